"""A mutation is named before it runs, and runs once."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.utils import timezone

from console.graphql import runs
from console.graphql.confirmations import SALT
from console.graphql.models import MutationRun, StoredResult
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.systems import System
from sandbox.dxtra import DxtraUpstream
from sandbox.dxtra_data import FIRST_CONTROLLER
from tests.graphql.conftest import Post
from tests.graphql.reading import Screen, read_screen
from tests.services.profiles import client_of, opened_by, screen_of

pytestmark = pytest.mark.both_databases

INSERT = """
mutation AddSubject($did: String!, $controller: uuid!) {
  insert_dataSubjects(objects: [{did: $did, dataControllerId: $controller}]) { affected_rows }
}
"""
VARIABLES = json.dumps({"did": "did:dxtra:new", "controller": FIRST_CONTROLLER})
TYPED = {"query": INSERT, "variables": VARIABLES}
ALREADY = "This mutation was already sent and was not sent again. "


def created(dxtra: DxtraUpstream) -> int:
    count: int = dxtra.stats.counts.creates
    return count


@pytest.mark.parametrize("part", [False, True])
def test_a_mutation_is_named_first_and_nothing_is_sent(
    post: Post, dxtra: DxtraUpstream, part: bool
):
    screen = post(**TYPED, part=part)
    assert screen.status == 200
    target = dxtra.url.removeprefix("http://")
    assert screen.question == (
        "Run the mutation AddSubject? Nothing has been sent yet. It may change data in Dxtra and "
        f"is sent only once. Target {target} local Sent to {dxtra.graphql_url} Profile Dxtra "
        f"Role Default role Fields insert_dataSubjects Variables {VARIABLES} "
        "Run the mutation Cancel"
    )
    assert dxtra.stats.counts.api_calls == 0
    assert MutationRun.objects.count() == 0


def test_the_question_names_the_chosen_role(post: Post):
    assert "Role data_protection_officer" in post(**TYPED, role="data_protection_officer").question


@pytest.mark.parametrize("part", [False, True])
def test_a_confirmed_mutation_runs(post: Post, dxtra: DxtraUpstream, part: bool):
    screen = post(**TYPED, confirm=post(**TYPED).confirmation, part=part)
    assert screen.json == {"data": {"insert_dataSubjects": {"affected_rows": 1}}}
    assert screen.notices == []
    assert created(dxtra) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"query": INSERT.replace("affected_rows", "returning { id }")},
        {"variables": VARIABLES.replace("new", "other")},
        {"role": "data_protection_officer"},
        {"confirm": "made-up"},
    ],
)
def test_what_was_changed_since_is_asked_anew(
    post: Post, dxtra: DxtraUpstream, changed: dict[str, str]
):
    fields = {**TYPED, "confirm": post(**TYPED).confirmation, **changed}
    screen = post(**fields)
    assert screen.question.startswith("Run the mutation AddSubject?")
    assert screen.notices == [
        "Nothing was sent: the mutation changed after you confirmed it, or the confirmation "
        "expired. Review it and confirm again."
    ]
    assert created(dxtra) == 0


def test_another_profile_or_address_is_asked_anew(
    post: Post, dxtra: DxtraUpstream, profile: CredentialProfile
):
    confirmation = post(**TYPED).confirmation
    CredentialProfile.objects.filter(pk=profile.pk).update(graphql_url=f"{dxtra.graphql_url}/2")
    assert post(**TYPED, confirm=confirmation).question != ""
    assert dxtra.stats.counts.api_calls == 0


def test_a_confirmation_of_somebody_else_counts_for_nothing(
    post: Post, bob: User, dxtra: DxtraUpstream, profile: CredentialProfile
):
    confirmation = post(**TYPED).confirmation
    CredentialProfile.objects.filter(pk=profile.pk).update(owner=bob)
    form = {**TYPED, "confirm": confirmation, **opened_by(bob.email, System.DXTRA)}
    answer = client_of(bob).post(screen_of(profile), form)
    assert read_screen(answer).question != ""
    assert created(dxtra) == 0


def test_a_confirmation_runs_once_and_shows_the_same_answer_again(post: Post, dxtra: DxtraUpstream):
    confirmation = post(**TYPED).confirmation
    first, second = (post(**TYPED, confirm=confirmation) for _ in range(2))
    assert created(dxtra) == 1
    assert second.json == first.json
    assert second.notices == [ALREADY + "This is its result."]


def test_a_double_click_runs_the_mutation_once(
    post: Post, alice: User, dxtra: DxtraUpstream, profile: CredentialProfile
):
    """Both clicks see the answer of the one run."""
    confirmation = post(**TYPED).confirmation
    dxtra.faults.add(route="/v1/graphql", latency=0.4, work=True)
    together = threading.Barrier(2)

    def click() -> Screen:
        client = client_of(alice)
        together.wait()
        try:
            form = {**TYPED, "confirm": confirmation, **opened_by(kind=System.DXTRA)}
            return read_screen(client.post(screen_of(profile), form), client)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as clicks:
        screens = [future.result() for future in [clicks.submit(click) for _ in range(2)]]
    assert created(dxtra) == 1
    assert [screen.json["data"] for screen in screens] == [
        {"insert_dataSubjects": {"affected_rows": 1}}
    ] * 2
    assert sorted(screen.notices for screen in screens) == [
        [],
        [ALREADY + "This is its result."],
    ]


def test_a_run_that_takes_long_can_be_looked_at_again(
    post: Post, alice: User, dxtra: DxtraUpstream, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runs, "MAX_WAIT_SECONDS", 0.0)
    confirmation = post(**TYPED).confirmation
    MutationRun.objects.create(pk=signing.loads(confirmation, salt=SALT)[0], owner=alice)
    screen = post(**TYPED, confirm=confirmation)
    assert screen.notices == [
        "This mutation was already sent and is still running. It is not sent again."
    ]
    assert screen.confirmation == confirmation
    MutationRun.objects.update(began_at=timezone.now() - timedelta(minutes=5))
    assert post(**TYPED, confirm=confirmation).notices == [
        "This mutation was already sent, and its response was lost. It may have gone through. "
        "Check before you try again."
    ]
    assert created(dxtra) == 0


def test_a_lost_answer_is_never_sent_again_by_itself(post: Post, dxtra: DxtraUpstream):
    confirmation = post(**TYPED).confirmation
    dxtra.faults.add(route="/v1/graphql", lose_answer=True)
    first = post(**TYPED, confirm=confirmation)
    assert (first.status, len(first.notices)) == (502, 1)
    assert "Check before you try again" in first.notices[0]
    second = post(**TYPED, confirm=confirmation)
    assert (second.status, second.notices) == (
        502,
        [ALREADY + "This is its result.", first.notices[0]],
    )
    assert (dxtra.stats.counts.api_calls, created(dxtra)) == (1, 1)


def test_an_expired_token_is_renewed_for_a_mutation_too(post: Post, dxtra: DxtraUpstream):
    post("{ dataControllers { id } }")
    dxtra.expire("access")
    screen = post(**TYPED, confirm=post(**TYPED).confirmation)
    assert screen.json == {"data": {"insert_dataSubjects": {"affected_rows": 1}}}
    assert created(dxtra) == 1


def test_an_action_that_fails_with_an_error_of_its_own_is_shown(post: Post, dxtra: DxtraUpstream):
    subject = post("{ dataSubjects(limit: 1) { id } }").rows[0][0]
    typed = {
        "query": "mutation($id: uuid!) { eraseDataSubject(dataSubjectId: $id) { status } }",
        "variables": json.dumps({"id": subject}),
    }
    screen = post(**typed, confirm=post(**typed).confirmation)
    assert screen.graphql_errors == [
        'This data subject is under legal hold details {"reason": "legal-hold"}'
    ]


@pytest.mark.parametrize("status", [401, 422, 500])
def test_a_mutation_that_ran_under_a_status_of_refusal_is_sent_once_and_shown_as_it_is(
    post: Post, dxtra: DxtraUpstream, status: int
):
    body = {"data": {"act": {"id": 1}, "b": None}, "errors": [{"message": "b failed"}]}
    dxtra.faults.add(route="/v1/graphql", body=body, status=status, times=None)
    confirmation = post(**TYPED).confirmation
    first, second = (post(**TYPED, confirm=confirmation) for _ in range(2))
    assert dxtra.stats.counts.api_calls == 1
    assert (first.json, first.notices, first.graphql_errors) == (body, [], ["b failed"])
    assert (second.json, second.graphql_errors) == (body, ["b failed"])
    for screen in (first, second):
        assert f"Dxtra returned {status} " in screen.root.line
        assert "send it again" not in screen.html


def test_what_came_in_place_of_an_answer_to_a_mutation_is_shown_again(
    post: Post, dxtra: DxtraUpstream
):
    dxtra.faults.add(route="/v1/graphql", body='{"data": {"n": NaN}}', status=401, times=None)
    confirmation = post(**TYPED).confirmation
    first, second = (post(**TYPED, confirm=confirmation) for _ in range(2))
    assert dxtra.stats.counts.api_calls == 1
    assert "Check before you try again" in first.notices[0]
    assert second.notices[0] == ALREADY + "This is its result."
    assert "Check before you try again" in second.notices[1]  # in our own words
    assert first.json_text == second.json_text == '{"data": {"n": NaN}}'


def test_an_answer_that_is_no_longer_kept_is_not_fetched_anew(post: Post, dxtra: DxtraUpstream):
    confirmation = post(**TYPED).confirmation
    post(**TYPED, confirm=confirmation)
    StoredResult.objects.all().delete()
    screen = post(**TYPED, confirm=confirmation)
    assert screen.notices == [ALREADY + "Its response is no longer stored."]
    assert created(dxtra) == 1


def test_an_hour_later_a_confirmation_is_asked_for_anew(
    post: Post, dxtra: DxtraUpstream, monkeypatch: pytest.MonkeyPatch
):
    confirmation = post(**TYPED).confirmation
    monkeypatch.setattr("console.graphql.confirmations.MAX_AGE_SECONDS", -1)
    assert post(**TYPED, confirm=confirmation).question != ""
    assert created(dxtra) == 0
