"""Every compiled query of the console gives what its plain queryset gives, on both databases."""

import importlib
import pkgutil
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db.models import Model, QuerySet
from django.utils import timezone

import console
from console.accounts.bulk.models import Job, JobRow
from console.accounts.lists.models import ListSettings
from console.accounts.models import SubmissionState
from console.database.compiled import CompiledQuery
from console.profiles import guard
from console.profiles.models import CredentialProfile
from console.team.groups import OPERATIONS
from console.team.models import User
from tests.factories import AccountSubmissionFactory

pytestmark = pytest.mark.both_databases


def compiled_queries() -> dict[str, CompiledQuery[Any]]:
    """All of them, by "module.NAME"."""
    modules = (
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(console.__path__, "console.")
        if "migrations" not in module.name
        and not module.name.endswith(("__main__", "wsgi", "urls"))
    )
    return {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, CompiledQuery)
    }


def columns(row: Model) -> dict[str, object]:
    """All that was read of a row, but for the moment of reading."""
    read = {each.attname: getattr(row, each.attname) for each in row._meta.fields}
    annotated = set(vars(row)) - set(read) - {"_state", "read_at", "database_now"}
    return read | {name: getattr(row, name) for name in annotated}


def test_every_compiled_query_gives_the_rows_of_its_queryset(
    alice: User, dpaas_profile: CredentialProfile, dxtra_profile: CredentialProfile
):
    AccountSubmissionFactory(
        user=alice, profile=dpaas_profile, state=SubmissionState.UNKNOWN, sent_at=timezone.now()
    )
    guard.unlock(dpaas_profile, typed_name=dpaas_profile.target.name)
    guard.unlock(dpaas_profile, typed_name=dpaas_profile.target.name)
    ListSettings.objects.create(owner=alice)
    alice.groups.add(Group.objects.get(name=OPERATIONS))
    Session.objects.create(session_key=str(alice.pk), expire_date=timezone.now())
    job = Job.objects.create(pk=alice.pk, owner=alice, profile=dpaas_profile)
    JobRow.objects.create(job=job, number=1)
    for name, query in compiled_queries().items():
        plain = [(id, list(query.queryset(id))) for id in (alice.pk, dpaas_profile.pk)]
        assert any(rows for _, rows in plain), f"{name}: a test of nothing"
        for id, rows in plain:
            assert [columns(row) for row in query.rows(id)] == [columns(row) for row in rows], name


def test_a_database_s_time_is_read_as_a_time(alice: User, dpaas_profile: CredentialProfile):
    [row] = of_owner().rows(alice.pk)
    [plain] = own(alice.pk)
    assert isinstance(row.now, datetime)
    assert row.now.tzinfo == plain.now.tzinfo
    assert abs((row.now - plain.now).total_seconds()) < 60


def own(owner: Any) -> QuerySet[CredentialProfile]:
    return CredentialProfile.objects.with_clock().filter(owner_id=owner).order_by()


def of_owner() -> CompiledQuery[CredentialProfile]:
    return CompiledQuery(own)


def test_it_answers_each_id_for_itself(alice: User, bob: User, dpaas_profile: CredentialProfile):
    query = of_owner()
    for _ in range(2):
        assert [each.pk for each in query.rows(alice.pk)] == [dpaas_profile.pk]
        assert query.rows(bob.pk) == []
        assert query.first(bob.pk) is None


def test_a_row_that_was_read_so_can_be_saved(alice: User, dpaas_profile: CredentialProfile):
    [profile] = of_owner().rows(alice.pk)
    profile.name = "Renamed"
    profile.save()
    assert CredentialProfile.objects.get(pk=dpaas_profile.pk).name == "Renamed"


def test_a_query_that_reads_another_row_is_noticed(
    alice: User, bob: User, dpaas_profile: CredentialProfile
):
    """The negative control: an id that the compiled SQL does not take the place of."""
    fixed = CompiledQuery(lambda _: own(bob.pk))
    assert [row.pk for row in fixed.rows(alice.pk)] != [row.pk for row in own(alice.pk)]
