"""One run's page, and what its buttons do."""

from typing import Any

import pytest
from django.test import Client

from console.graphql.history.models import Run
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.systems import System
from tests.factories import DxtraProfileFactory, RunFactory, UserFactory
from tests.graphql.reading import read_screen
from tests.services.profiles import client_of, opened_by, screen_of, text

QUERY = "query Controllers { dataControllers { id } }"
VARIABLES = '{"email": "elodie@example.com"}'
MUTATION = "mutation Sign { signDocument(id: 1) { id } }"


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


@pytest.fixture
def run(alice: User, dxtra_profile: CredentialProfile) -> Run:
    return run_of(alice, dxtra_profile)


def run_of(owner: User, profile: CredentialProfile, **columns: Any) -> Run:
    """A run of QUERY at the profile's target."""
    columns = {"query": QUERY, "operation": "Controllers", "role": "", **columns}
    return RunFactory(owner=owner, graphql_url=profile.target.address, **columns)


@pytest.fixture
def bob_there(bob: User, dxtra: Any, reachable: None) -> Client:
    """Bob, who has a profile for the same target."""
    DxtraProfileFactory(owner=bob, origin=dxtra.url)
    return client_of(bob)


def press(client: Client, run: Run, button: str, **fields: str) -> Any:
    """Press a button of a page that is opened now; `fields`: what else, or other, is sent."""
    carried = opened_by(client.get("/calls/").context["user"].email, kind=System.DXTRA)
    return client.post(f"{run.get_absolute_url()}{button}/", carried | fields)


def test_a_mutations_page_tells_what_was_sent(client, alice, dxtra_profile):
    run = run_of(
        alice,
        dxtra_profile,
        query=MUTATION,
        variables=VARIABLES,
        is_mutation=True,
        outcome="timed_out",
        status=None,
        failure="Dxtra did not respond within 65 seconds.",
    )
    page = text(client.get(run.get_absolute_url()))
    assert '<code id="query-text">mutation Sign' in page
    assert "elodie@example.com" in page
    assert "did not respond within 65 seconds" in page
    assert 'data-copy-from="variables-text"' in page


def test_a_run_is_its_owners_at_its_own_target(client, run, bob_there):
    assert client.get(run.get_absolute_url()).status_code == 200
    assert bob_there.get(run.get_absolute_url()).status_code == 404
    assert client.get(run.get_absolute_url().replace("127.0.0.1", "127.0.0.2")).status_code == 404


def test_a_shared_query_is_shown_to_teammates_with_a_profile_for_its_target(
    client, alice, dxtra_profile, bob_there, settings
):
    run = run_of(alice, dxtra_profile, variables=VARIABLES, failure="A sentence.", role="user")
    assert press(client, run, "share", sharing="query").status_code == 302
    page = text(bob_there.get(run.get_absolute_url()))
    assert "dataControllers" in page
    assert "alice@example.com" in page
    for hidden in ("elodie@example.com", "A sentence.", "Run again", "14 ms", 'name="sharing"'):
        assert hidden not in page
    stranger = client_of(UserFactory())
    assert stranger.get(run.get_absolute_url()).status_code == 404
    press(client, run, "share", sharing="variables")
    assert "elodie@example.com" in text(bob_there.get(run.get_absolute_url()))
    press(client, run, "share", sharing="")
    assert bob_there.get(run.get_absolute_url()).status_code == 404


def test_a_query_runs_again_and_is_recorded(client, run, dxtra):
    response = press(client, run, "again")
    new = Run.objects.exclude(pk=run.pk).get()
    assert response["Location"] == new.get_absolute_url()
    assert (new.operation, new.outcome) == ("Controllers", "ok")


def test_a_run_is_opened_in_a_tab_of_the_desk_as_it_was_sent(client, alice, dxtra_profile):
    run = run_of(alice, dxtra_profile, variables=VARIABLES, role="user")
    desk = read_screen(client.get(press(client, run, "open")["Location"]))
    assert (desk.value("query"), desk.value("variables")) == (QUERY, VARIABLES)
    assert desk.value("role") == "user"
    assert Run.objects.count() == 1


def test_a_shared_run_is_opened_with_what_is_shared(bob_there, alice, dxtra_profile):
    run = run_of(alice, dxtra_profile, variables=VARIABLES, sharing="query")
    desk = read_screen(bob_there.get(press(bob_there, run, "open")["Location"]))
    assert (desk.value("query"), desk.value("variables")) == (QUERY, "")


def test_a_mutation_is_never_sent_from_the_history(client, alice, dxtra_profile, dxtra):
    run = run_of(alice, dxtra_profile, query=MUTATION, is_mutation=True)
    response = press(client, run, "again")
    assert dxtra.stats.counts.connections == 0
    desk = read_screen(client.get(response["Location"]))
    assert desk.question.startswith("Run the mutation Sign?")
    assert (dxtra.stats.counts.connections, Run.objects.count()) == (0, 1)
    own = opened_by(kind=System.DXTRA)
    confirmed = {"query": MUTATION, "confirm": desk.confirmation, **own}
    client.post(screen_of(dxtra_profile), confirmed)
    client.post(screen_of(dxtra_profile), confirmed)  # a second click
    sent = Run.objects.exclude(pk=run.pk).get()
    assert (sent.operation, sent.kind) == ("Sign", "mutation")


def test_what_cannot_run_any_more_is_opened_instead(client, alice, dxtra_profile, dxtra):
    run = run_of(alice, dxtra_profile, role="x\u00e9")
    response = client.get(press(client, run, "again")["Location"])
    assert "no longer valid as it was" in text(response)
    assert (dxtra.stats.counts.connections, Run.objects.count()) == (0, 1)


def test_without_a_profile_for_the_target_nothing_is_opened(client, alice, dxtra_profile):
    run = run_of(alice, dxtra_profile)
    dxtra_profile.delete()
    for button in ("open", "again"):
        page = client.get(press(client, run, button)["Location"])
        assert "You have no profile for" in text(page)
        assert page.status_code == 200


def test_what_was_sent_cannot_turn_its_line_round(client, alice, dxtra_profile):
    run = run_of(alice, dxtra_profile, query='{ a(b: "\u202e") }')
    page = text(client.get(run.get_absolute_url()))
    assert "\u202e" not in page
    assert "\\u202e" in page


def test_what_does_not_open_says_so(client, run, alice, dxtra_profile):
    other = run_of(alice, dxtra_profile)
    Run.objects.filter(pk=run.pk).update(sealed=other.sealed)
    page = text(client.get(run.get_absolute_url()))
    assert "cannot be decrypted" in page
    assert "dataControllers {" not in page
