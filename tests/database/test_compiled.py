"""A question whose SQL is written once gets the answer that its queryset would give."""

from uuid import UUID

import pytest
from django.db.models import QuerySet

from console.database.compiled import CompiledQuery
from console.profiles.models import CredentialProfile
from console.team.models import User

pytestmark = pytest.mark.both_databases


def own(owner: UUID) -> QuerySet[CredentialProfile]:
    return CredentialProfile.objects.with_clock().filter(owner_id=owner).order_by()


def columns(profile: CredentialProfile) -> dict[str, object]:
    """All that was read, but for the moment of reading."""
    return {each.attname: getattr(profile, each.attname) for each in profile._meta.fields}


def test_it_reads_what_the_queryset_reads(
    alice: User, dpaas_profile: CredentialProfile, dxtra_profile: CredentialProfile
):
    written = {each.pk: each for each in CompiledQuery(own).rows(alice.pk)}
    asked = {each.pk: each for each in own(alice.pk)}
    assert set(written) == {dpaas_profile.pk, dxtra_profile.pk}
    for pk, profile in written.items():
        assert columns(profile) == columns(asked[pk])
        assert abs((profile.now - asked[pk].now).total_seconds()) < 60
        assert profile.now.tzinfo == asked[pk].now.tzinfo


def test_it_answers_each_asker_for_themselves(
    alice: User, bob: User, dpaas_profile: CredentialProfile
):
    question = CompiledQuery(own)
    for _ in range(2):
        assert [each.pk for each in question.rows(alice.pk)] == [dpaas_profile.pk]
        assert question.rows(bob.pk) == []
        assert question.exists(alice.pk)
        assert not question.exists(bob.pk)


def test_its_sql_is_written_once(alice: User, bob: User):
    times = 0

    def counted(owner: UUID) -> QuerySet[CredentialProfile]:
        nonlocal times
        times += 1
        return own(owner)

    question = CompiledQuery(counted)
    for user in (alice, bob, alice):
        question.rows(user.pk)
        question.exists(user.pk)
    assert times == 1


def test_a_row_that_was_read_so_can_be_saved(alice: User, dpaas_profile: CredentialProfile):
    [profile] = CompiledQuery(own).rows(alice.pk)
    profile.name = "Renamed"
    profile.save()
    assert CredentialProfile.objects.get(pk=dpaas_profile.pk).name == "Renamed"
