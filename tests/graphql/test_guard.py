"""No mutation leaves past the profile's guard, whichever way it comes in."""

import ast
import json
from collections.abc import Callable

import pytest
from django.test import Client

from console.graphql.confirmations import confirmation_for, confirmed_run
from console.graphql.documents import read_document
from console.graphql.models import MutationRun
from console.graphql.mutations import run_or_ask
from console.graphql.request import GraphQLRequest
from console.graphql.runs import run_once
from console.graphql.services import RunResult, run
from console.profiles.models import CredentialProfile, Unlock
from console.upstream.systems import System
from sandbox.dxtra import DxtraUpstream
from sandbox.dxtra_data import FIRST_CONTROLLER
from tests.conventions.test_imports import sources
from tests.factories import RunFactory
from tests.graphql.conftest import Post
from tests.graphql.reading import Screen, read_screen
from tests.services.profiles import opened_by

pytestmark = pytest.mark.both_databases

INSERT = """
mutation AddSubject($did: String!, $controller: uuid!) {
  insert_dataSubjects(objects: [{did: $did, dataControllerId: $controller}]) { affected_rows }
}
"""
VARIABLES = json.dumps({"did": "did:dxtra:new", "controller": FIRST_CONTROLLER})
TYPED = {"query": INSERT, "variables": VARIABLES}


def created(dxtra: DxtraUpstream) -> int:
    count: int = dxtra.stats.counts.creates
    return count


def mark(profile: CredentialProfile, **columns: object) -> None:
    CredentialProfile.objects.update(**columns)
    profile.refresh_from_db()


@pytest.fixture
def production(profile: CredentialProfile) -> CredentialProfile:
    mark(profile, environment="production")
    return profile


def request_of(profile: CredentialProfile) -> GraphQLRequest:
    fresh = CredentialProfile.objects.with_clock().get(pk=profile.pk)
    return GraphQLRequest(fresh, read_document(INSERT), VARIABLES, "")


def confirmed(request: GraphQLRequest) -> RunResult:
    run_id = confirmed_run(confirmation_for(request), request)
    assert run_id is not None
    return run_once(request, run_id)


def run_again(client: Client, profile: CredentialProfile) -> Screen:
    """The button of a run's page in the history; what the desk then shows."""
    kept = RunFactory(
        owner=profile.owner,
        graphql_url=profile.target.address,
        query=INSERT,
        variables=VARIABLES,
        is_mutation=True,
        role="",
    )
    opened = opened_by(profile.owner.email, System.DXTRA)
    return read_screen(client.post(f"{kept.get_absolute_url()}again/", opened, follow=True))


# Every way in. Screens post to the one address; reports and re-runs call the services.
WAYS: dict[str, Callable[[Post, CredentialProfile], object]] = {
    "form": lambda post, profile: post(**TYPED, confirm=post(**TYPED).confirmation),
    "htmx": lambda post, profile: post(**TYPED, confirm=post(**TYPED).confirmation, part=True),
    "the service": lambda post, profile: run(request_of(profile)),
    "the service, once": lambda post, profile: confirmed(request_of(profile)),
    "any view": lambda post, profile: run_or_ask(
        request_of(profile), {"confirm": confirmation_for(request_of(profile))}
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_without_a_guard_the_way_leads_to_dxtra(post, profile, dxtra, way: str):
    WAYS[way](post, profile)
    assert created(dxtra) == 1


@pytest.mark.parametrize("way", WAYS)
def test_production_sends_nothing_without_the_name(post, production, dxtra, way: str):
    came = WAYS[way](post, production)
    assert (dxtra.stats.counts.api_calls, MutationRun.objects.count()) == (0, 0)
    if isinstance(came, Screen):
        assert came.status == 422
        assert came.errors("typed_name") == ["Nothing was sent. Type the name shown above."]
        if way == "form":
            assert came.value("variables") == VARIABLES


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("form", "htmx")])
def test_read_only_sends_nothing_whatever_is_confirmed(post, profile, dxtra, way: str):
    mark(profile, read_only=True)
    came = WAYS[way](post, profile)
    assert (dxtra.stats.counts.api_calls, MutationRun.objects.count()) == (0, 0)
    assert isinstance(came, RunResult)
    assert came.failure.startswith("The profile Dxtra is read-only, so nothing was sent.")


@pytest.mark.parametrize("part", [False, True])
def test_read_only_after_the_question_sends_nothing_either(post, profile, dxtra, part: bool):
    question = post(**TYPED)
    mark(profile, read_only=True)
    name = profile.target.name
    screen = post(**TYPED, confirm=question.confirmation, typed_name=name, unlock="on", part=part)
    assert screen.status == 422
    assert screen.notices[0].startswith("Error The profile Dxtra is read-only") or (
        "The profile Dxtra is read-only" in screen.notices[0]
    )
    assert "is read-only" in post(**TYPED, part=part).notices[0], "it is not even asked"
    assert post("{ dataControllers { id } }").json["data"], "queries are"
    assert (dxtra.stats.counts.creates, MutationRun.objects.count()) == (0, 0)


def test_run_again_asks_in_production_and_refuses_where_it_is_read_only(client, profile, dxtra):
    assert run_again(client, profile).question.endswith("Run the mutation Cancel")
    mark(profile, environment="production")
    assert "to confirm" in run_again(client, profile).question
    mark(profile, read_only=True)
    screen = run_again(client, profile)
    assert screen.question == ""
    assert any("is read-only, so nothing was sent" in notice for notice in screen.notices)
    assert dxtra.stats.counts.api_calls == 0


def test_the_name_is_typed_once_and_nothing_typed_is_lost(post, production, dxtra):
    question = post(**TYPED)
    assert "to confirm" in question.question
    wrong = post(**TYPED, confirm=question.confirmation, typed_name="api.dxtra.ai")
    assert wrong.value("typed_name") == "api.dxtra.ai"
    assert wrong.errors("typed_name") == [
        f"Nothing was sent. The name does not match: type {production.target.name} exactly."
    ]
    assert wrong.confirmation == question.confirmation
    assert created(dxtra) == 0
    sent = {**TYPED, "confirm": wrong.confirmation, "typed_name": production.target.name}
    assert post(**sent).json["data"]
    assert "was already sent" in post(**TYPED, confirm=wrong.confirmation).notices[0]
    assert (created(dxtra), Unlock.objects.count()) == (1, 0)


def test_an_unlock_asks_for_no_name_until_it_is_locked_again(post, production, client, dxtra):
    name, first = production.target.name, post(**TYPED).confirmation
    wrong = post(**TYPED, confirm=first, typed_name="wrong", unlock="on")
    assert (wrong.status, Unlock.objects.count()) == (422, 0)
    part = post(**TYPED, confirm=first, typed_name=name, unlock="on", part=True)
    assert "Production is unlocked" in part.html
    question = post(**TYPED)
    assert "to confirm" not in question.question
    post(**TYPED, confirm=question.confirmation)
    assert dxtra.stats.counts.api_calls == 2
    client.post(f"/profiles/{production.pk}/lock/")
    again = post(**TYPED)
    assert "to confirm" in again.question
    assert post(**TYPED, confirm=again.confirmation).status == 422
    assert dxtra.stats.counts.api_calls == 2


def test_locked_between_question_and_answer_asks_for_the_name(post, production, client, dxtra):
    post(**TYPED, confirm=post(**TYPED).confirmation, typed_name=production.target.name, unlock="1")
    question = post(**TYPED)
    client.post(f"/profiles/{production.pk}/lock/")
    screen = post(**TYPED, confirm=question.confirmation)
    assert screen.errors("typed_name") != []
    assert created(dxtra) == 1


@pytest.mark.parametrize("part", [False, True])
def test_cancel_sends_nothing_and_keeps_what_was_typed(post, profile, dxtra, part: bool):
    question = post(**TYPED)
    screen = post(**TYPED, confirm=question.confirmation, do="cancel", part=part)
    assert (screen.status, screen.question, screen.notices) == (200, "", [])
    assert (screen.value("variables"), dxtra.stats.counts.api_calls) == (VARIABLES, 0)


def test_the_question_takes_the_focus_and_shows_variables_as_they_were_typed(post, production):
    typed = {**TYPED, "variables": '{"did": "a\u202eb", "n": 1.10}'}
    screen = post(**typed)
    focused = [each for each in screen.root.all() if "autofocus" in each.attributes]
    assert [each.attributes.get("name") for each in focused] == ["typed_name"]
    boxes = screen.root.all("pre", class_="asked-variables")
    assert [box.text for box in boxes] == ['{"did": "a\\u202eb", "n": 1.10}']


def test_nothing_else_in_the_product_sends_documents_or_creates():
    """A new way in, by another call of the clients, has to come by the guard too."""
    senders = {
        (module, call.func.attr)
        for module, source in sources().items()
        if module.startswith("console.") and not module.startswith("console.upstream.")
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if call.func.attr in ("execute", "create_account") and not is_a_query(call)
    }
    assert {each for each in senders if not is_of_the_database(each[0])} == {
        ("console.graphql.services", "execute"),
        ("console.accounts.services", "create_account"),
    }


def is_a_query(call: ast.Call) -> bool:
    """`execute(…, is_mutation=False)`."""
    return any(
        each.arg == "is_mutation" and isinstance(each.value, ast.Constant) and not each.value.value
        for each in call.keywords
    )


def is_of_the_database(module: str) -> bool:
    """Whose `cursor.execute` this is."""
    return module.startswith("console.database.")
