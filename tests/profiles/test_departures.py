"""A teammate who leaves: no session stays open upstream, and the record of calls stays."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.calls.models import Call
from console.profiles.models import CredentialProfile, TokenState
from console.profiles.services import refresh_now
from console.team.models import FormerTeammate, User
from sandbox.dxtra import DxtraUpstream
from tests.factories import CallFactory, UserFactory
from tests.services.profiles import client_of

pytestmark = pytest.mark.both_databases

Leave = Callable[[User], Any]


def deactivated_by_an_administrator(user: User) -> None:
    root = UserFactory(administrator=True)
    client_of(root).post(f"/admin/team/user/{user.pk}/change/", {"email": user.email, "name": ""})
    user.refresh_from_db()
    assert not user.is_active


def deactivated_in_a_shell(user: User) -> None:
    user.is_active = False
    user.save()


def deactivated_by_a_query(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def deactivated_with_others(user: User) -> None:
    user.is_active = False
    User.objects.bulk_update([user, UserFactory()], ["is_active"])


def deleted_by_an_administrator(user: User) -> None:
    root = UserFactory(administrator=True)
    client_of(root).post(f"/admin/team/user/{user.pk}/delete/", {"post": "yes"})


def deleted_among_others(user: User) -> None:
    typed = {"action": "delete_selected", "_selected_action": [user.pk], "post": "yes"}
    client_of(UserFactory(administrator=True)).post("/admin/team/user/", typed)


DEACTIVATED = [
    deactivated_by_an_administrator,
    deactivated_in_a_shell,
    deactivated_by_a_query,
    deactivated_with_others,
]
DELETED = [deleted_by_an_administrator, deleted_among_others, User.delete]


def finish_sign_outs() -> None:
    for thread in threading.enumerate():
        if thread.name == "sign out":
            thread.join(20)


@pytest.fixture
def open_session(dxtra_profile: CredentialProfile) -> CredentialProfile:
    refresh_now(CredentialProfile.objects.with_clock().get(pk=dxtra_profile.pk))
    return dxtra_profile


@pytest.mark.parametrize("leave", [*DEACTIVATED, *DELETED])
def test_their_sessions_are_ended_upstream(
    open_session: CredentialProfile, alice: User, dxtra: DxtraUpstream, leave: Leave
) -> None:
    leave(alice)
    finish_sign_outs()

    assert dxtra.stats.counts.sign_outs == 1
    assert Call.objects.filter(operation="end session", outcome="ok").count() == 1


@pytest.mark.parametrize("leave", DEACTIVATED)
def test_a_deactivated_teammate_has_no_tokens_left(
    open_session: CredentialProfile, alice: User, leave: Leave
) -> None:
    leave(alice)
    finish_sign_outs()
    row = CredentialProfile.objects.get(pk=open_session.pk)

    assert (row.state, row.sealed_tokens) == (TokenState.EMPTY, None)


def test_who_was_deactivated_by_sql_is_signed_out_the_next_day(
    open_session: CredentialProfile, alice: User, dxtra: DxtraUpstream
) -> None:
    cache.clear()
    client_of(UserFactory())  # the first sign-in of this day
    with connection.cursor() as cursor:
        cursor.execute("UPDATE team_user SET is_active = %s WHERE email = %s", [False, alice.email])
    client_of(UserFactory())
    finish_sign_outs()
    assert dxtra.stats.counts.sign_outs == 0
    cache.clear()  # a day later
    client_of(UserFactory())
    finish_sign_outs()

    assert dxtra.stats.counts.sign_outs == 1


def test_a_teammate_who_stays_stays_signed_in(
    open_session: CredentialProfile, alice: User, dxtra: DxtraUpstream
) -> None:
    alice.name = "Alice"
    alice.save()
    User.objects.update(is_active=True)
    User.objects.exclude(pk=alice.pk).update(is_active=False)
    finish_sign_outs()

    assert dxtra.stats.counts.sign_outs == 0


def test_an_upstream_that_hangs_keeps_no_administrator_waiting(
    open_session: CredentialProfile, alice: User, dxtra: DxtraUpstream
) -> None:
    dxtra.faults.add(route="POST /v1/signout", hang=4)
    began = time.monotonic()
    deleted_by_an_administrator(alice)
    took = time.monotonic() - began
    finish_sign_outs()

    assert took < 3


def test_an_administrator_reads_nothing_of_what_is_deleted(
    open_session: CredentialProfile, alice: User
) -> None:
    """The results of queries are up to 16 MB each; secrets need not be listed either."""
    client = client_of(UserFactory(administrator=True))
    with CaptureQueriesContext(connection) as captured:
        page = client.get(f"/admin/team/user/{alice.pk}/delete/")
        client.post(f"/admin/team/user/{alice.pk}/delete/", {"post": "yes"})
    finish_sign_outs()
    read = " ".join(each["sql"] for each in captured if each["sql"].startswith("SELECT"))

    assert alice.email in page.content.decode()
    assert not User.objects.filter(pk=alice.pk).exists()
    assert "graphql_storedresult" in read
    assert '"graphql_storedresult"."sealed"' not in read
    assert "accounts_accountsubmission" not in read


@pytest.mark.parametrize("leave", DELETED)
def test_the_record_of_calls_outlives_them_untouched(
    open_session: CredentialProfile, alice: User, leave: Leave
) -> None:
    calls = [CallFactory(user=alice, profile_id=open_session.pk, number=n) for n in range(3)]
    owner = alice.pk
    with CaptureQueriesContext(connection) as captured:
        leave(alice)
    finish_sign_outs()
    left = Call.objects.filter(pk__in=[each.pk for each in calls])

    assert {(each.user_id, each.profile_id) for each in left} == {(owner, open_session.pk)}
    assert len(left) == 3
    assert [each["sql"] for each in captured if "calls_call" in each["sql"]] == []
    assert FormerTeammate.objects.get(pk=owner).email == "alice@example.com"
    assert not CredentialProfile.objects.exists()
