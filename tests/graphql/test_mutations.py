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
from sandbox.dxtra import DxtraUpstream
from sandbox.dxtra_data import FIRST_CONTROLLER
from tests.graphql.conftest import Post
from tests.graphql.reading import Screen, read_screen
from tests.services.profiles import client_of

pytestmark = pytest.mark.both_databases

INSERT = """
mutation AddSubject($did: String!, $controller: uuid!) {
  insert_dataSubjects(objects: [{did: $did, dataControllerId: $controller}]) { affected_rows }
}
"""
VARIABLES = json.dumps({"did": "did:dxtra:new", "controller": FIRST_CONTROLLER})
TYPED = {"query": INSERT, "variables": VARIABLES}
ALREADY = "This mutation was sent already, and not a second time. "


def created(dxtra: DxtraUpstream) -> int:
    count: int = dxtra.stats.counts.creates
    return count


@pytest.mark.parametrize("part", [False, True])
def test_a_mutation_is_named_first_and_nothing_is_sent(
    post: Post, dxtra: DxtraUpstream, part: bool
):
    screen = post(**TYPED, part=part)
    assert screen.status == 200
    assert screen.question == (
        "Run the mutation AddSubject? Nothing has been sent yet. It may change data in Dxtra, and "
        "is sent once. Fields insert_dataSubjects Profile Dxtra Role the token's default role "
        "Run the mutation"
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
        "This is not what you confirmed, or an hour has passed. Nothing was sent: look at it again."
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
    answer = client_of(bob).post("/graphql/", {**TYPED, "confirm": confirmation})
    assert read_screen(answer).question != ""
    assert created(dxtra) == 0


def test_a_confirmation_runs_once_and_shows_the_same_answer_again(post: Post, dxtra: DxtraUpstream):
    confirmation = post(**TYPED).confirmation
    first, second = (post(**TYPED, confirm=confirmation) for _ in range(2))
    assert created(dxtra) == 1
    assert second.json == first.json
    assert second.notices == [ALREADY + "Here is what came of it."]


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
            return read_screen(client.post("/graphql/", {**TYPED, "confirm": confirmation}))
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
        [ALREADY + "Here is what came of it."],
    ]


def test_a_run_that_takes_long_can_be_looked_at_again(
    post: Post, alice: User, dxtra: DxtraUpstream, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(runs, "MAX_WAIT_SECONDS", 0.0)
    confirmation = post(**TYPED).confirmation
    MutationRun.objects.create(pk=signing.loads(confirmation, salt=SALT)[0], owner=alice)
    screen = post(**TYPED, confirm=confirmation)
    assert screen.notices == [
        "This mutation was sent already, and is being carried out. It is not sent a second time."
    ]
    assert screen.confirmation == confirmation
    MutationRun.objects.update(began_at=timezone.now() - timedelta(minutes=5))
    assert post(**TYPED, confirm=confirmation).notices == [
        "This mutation was sent already, and its answer was lost. It may have been carried out: "
        "look before you try again."
    ]
    assert created(dxtra) == 0


def test_a_lost_answer_is_never_sent_again_by_itself(post: Post, dxtra: DxtraUpstream):
    confirmation = post(**TYPED).confirmation
    dxtra.faults.add(route="/v1/graphql", lose_answer=True)
    first = post(**TYPED, confirm=confirmation)
    assert (first.status, len(first.notices)) == (502, 1)
    assert "look before you try again" in first.notices[0]
    second = post(**TYPED, confirm=confirmation)
    assert (second.status, second.notices) == (
        502,
        [ALREADY + "Here is what came of it.", first.notices[0]],
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
    assert screen.graphql_errors == ["This data subject is under legal hold"]


def test_an_answer_that_is_no_longer_kept_is_not_fetched_anew(post: Post, dxtra: DxtraUpstream):
    confirmation = post(**TYPED).confirmation
    post(**TYPED, confirm=confirmation)
    StoredResult.objects.all().delete()
    screen = post(**TYPED, confirm=confirmation)
    assert screen.notices == [ALREADY + "Its answer is no longer kept."]
    assert created(dxtra) == 1


def test_an_hour_later_a_confirmation_is_asked_for_anew(
    post: Post, dxtra: DxtraUpstream, monkeypatch: pytest.MonkeyPatch
):
    confirmation = post(**TYPED).confirmation
    monkeypatch.setattr("console.graphql.confirmations.MAX_AGE_SECONDS", -1)
    assert post(**TYPED, confirm=confirmation).question != ""
    assert created(dxtra) == 0
