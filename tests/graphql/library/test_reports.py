"""Running a saved query: from its page, and as a report, over the real wire."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.calls.models import Call
from console.graphql.history.models import Run
from console.graphql.library.models import SavedQuery
from console.graphql.models import StoredResult
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.systems import System
from sandbox.dxtra import DxtraUpstream
from tests.factories import DxtraProfileFactory
from tests.graphql.library.conftest import CONTROLLERS, MUTATION, Save
from tests.graphql.reading import Screen, read_screen
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import opened_by, screen_of, text

PART = {"HX-Request": "true", "HX-Target": "report-work"}


def own() -> dict[str, str]:
    """What a form carries that is opened now."""
    return opened_by(kind=System.DXTRA)


def at(profile: CredentialProfile, screen: str, saved: SavedQuery) -> str:
    now = CredentialProfile.objects.get(pk=profile.pk)
    return screen_of(now, screen, saved.pk)


def field_errors(screen: Screen) -> list[str]:
    return [li.line for ul in screen.root.all("ul", class_="errors") for li in ul.all("li")]


def test_a_report_without_variables_runs_when_it_is_opened(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(query="{ dataControllers(limit: 2) { id title } }", is_report=True)
    screen = read_screen(client.get(at(profile, "graphql_report", saved), follow=True))
    assert screen.status == 200
    assert screen.columns == ["id", "title"]
    assert screen.rows[0][1] == "My Organisation"
    assert client.head(at(profile, "graphql_report", saved)).status_code == 200
    assert Call.objects.count() == 1


@pytest.mark.both_databases
def test_back_to_a_report_shows_its_answer_and_asks_nobody_while_it_is_kept(
    client: Client, bobs: Client, profile: CredentialProfile, save: Save
):
    saved = save(query="{ dataControllers(limit: 2) { id title } }", is_report=True)
    address = client.get(at(profile, "graphql_report", saved)).headers["Location"]
    for _ in range(2):
        assert read_screen(client.get(address)).rows[0][1] == "My Organisation"
    assert Call.objects.count() == 1
    assert bobs.get(address).status_code == 404, "it is private"
    StoredResult.objects.all().delete()
    assert client.get(address).headers["Location"] not in ("", address)
    assert Call.objects.count() == 2


def test_a_kept_answer_tells_when_it_came_and_not_when_the_page_was_opened(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(query="{ dataControllers(limit: 2) { id title } }", is_report=True)
    address = client.get(at(profile, "graphql_report", saved)).headers["Location"]
    came = timezone.now() - timedelta(minutes=10)
    StoredResult.objects.update(created_at=came)
    times = read_screen(client.get(address)).root.all("p", class_="answered")
    assert [each.line for each in times] == [f"{came:%H:%M}, before your last run"]


def test_a_report_without_rows_says_so_in_plain_words(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(query="{ dataControllers(limit: 0) { id title } }", is_report=True)
    page = text(client.get(at(profile, "graphql_report", saved), follow=True))
    assert "The list is empty." in page
    assert 'class="tree"' not in page


def test_a_report_without_lists_shows_its_values_by_name(
    client: Client, profile: CredentialProfile, save: Save
):
    query = "{ dataController(id: $id) { title } me: __typename }"
    saved = save(
        query=f"query Q($id: uuid!) {query}",
        variables='{"id": "550e8400-e29b-41d4-a716-446655440000"}',
        is_report=True,
    )
    typed = {"v-id": "550e8400-e29b-41d4-a716-446655440000", **own()}
    sent = client.post(at(profile, "graphql_report", saved), typed, follow=True)
    (facts,) = read_screen(sent).root.all("dl", class_="facts")
    assert [
        (dt.line, dd.line) for dt, dd in zip(facts.all("dt"), facts.all("dd"), strict=True)
    ] == [
        ("dataController.title", "My Organisation"),
        ("me", "query_root"),
    ]
    assert 'class="tree"' not in text(sent)


@pytest.mark.parametrize("part", [False, True])
def test_a_report_with_variables_is_a_form_that_keeps_what_was_typed(
    client: Client, profile: CredentialProfile, save: Save, part: bool
):
    saved = save(variables='{"limit": 3}', is_report=True)
    address = at(profile, "graphql_report", saved)
    screen = read_screen(client.get(address))
    assert (screen.value("v-limit"), Call.objects.count()) == ("3", 0)
    headers = PART if part else {}
    sent = client.post(address, {"v-limit": "1", **own()}, headers=headers, follow=True)
    screen = read_screen(sent)
    assert ("<!DOCTYPE html>" in screen.html) == (not part)
    assert (screen.value("v-limit"), len(screen.rows)) == ("1", 1)
    assert [(run.operation, run.outcome) for run in Run.objects.all()] == [("Controllers", "ok")]


@pytest.mark.parametrize("part", [False, True])
def test_back_to_a_report_with_variables_shows_its_answer_and_what_was_typed_for_it(
    client: Client, profile: CredentialProfile, save: Save, part: bool
):
    saved = save(variables='{"limit": 3}', is_report=True)
    address = at(profile, "graphql_report", saved)
    sent = client.post(address, {"v-limit": "2", **own()}, headers=PART if part else {})
    back = sent.headers["HX-Replace-Url" if part else "Location"]
    for _ in range(2):
        screen = read_screen(client.get(back))
        assert (screen.value("v-limit"), len(screen.rows)) == ("2", 2)
    assert Call.objects.count() == 1
    StoredResult.objects.all().delete()
    screen = read_screen(client.get(back))
    assert (screen.value("v-limit"), screen.rows, Call.objects.count()) == ("3", [], 1)


def test_another_teammates_answer_is_not_shown_on_a_shared_report(
    client: Client, bobs: Client, bob: User, profile: CredentialProfile, save: Save
):
    DxtraProfileFactory(owner=bob, origin=profile.graphql_url.removesuffix("/v1/graphql"))
    saved = save(variables='{"limit": 3}', is_report=True, is_shared=True)
    address = at(profile, "graphql_report", saved)
    theirs = client.post(address, {"v-limit": "2", **own()}).headers["Location"]
    screen = read_screen(bobs.get(theirs))
    assert (screen.status, screen.value("v-limit"), screen.rows) == (200, "3", [])


def test_a_mistake_in_the_form_sends_nothing(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(is_report=True)
    sent = client.post(at(profile, "graphql_report", saved), {"v-limit": "x", **own()})
    screen = read_screen(sent)
    assert (screen.status, screen.value("v-limit")) == (422, "x")
    assert field_errors(screen) == ["Enter a whole number."]
    assert Call.objects.count() == 0


def test_no_words_of_the_query_language_stand_on_a_report(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(name="Controllers, by number", is_report=True)
    screen = read_screen(client.get(at(profile, "graphql_report", saved)))
    main = screen.root.all("main")[0].line.lower()
    for word in ("graphql", "query", "mutation", "variable", "operation", "json"):
        assert word not in main


def test_every_report_is_listed(client: Client, profile: CredentialProfile, save: Save):
    for number in range(52):
        save(name=f"Report {number:02}", is_report=True)
    screen = read_screen(client.get(screen_of(profile, "graphql_reports")))
    (cards,) = screen.root.all("ul", class_="report-cards")
    assert [card.line for card in cards.all("li")] == [f"Report {each:02}" for each in range(52)]


def test_the_address_of_what_is_no_report_leads_to_the_saved_query(
    client: Client, bobs: Client, profile: CredentialProfile, save: Save
):
    saved = save()
    address = at(profile, "graphql_report", saved)
    screen = read_screen(client.get(address, follow=True))
    assert "“Controllers” is not pinned as a report." in " ".join(screen.notices)
    assert screen.root.all("h1")[0].line == "Controllers"
    assert bobs.get(address).status_code == 404, "it is private"


def test_a_report_that_becomes_a_mutation_is_none_any_more(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(is_report=True)
    form = {"name": "A", "query": MUTATION, "version": 1, "save": "version"}
    sent = client.post(at(profile, "graphql_saved_edit", saved), form, follow=True)
    saved.refresh_from_db()
    assert (saved.kind, saved.is_report) == ("mutation", False)
    assert "“A” is no longer a report, because it is a mutation now." in text(sent)


def test_a_report_whose_query_is_broken_for_a_while_stays_one(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(is_report=True)
    form = {"name": "A", "query": "{ a", "version": 1, "save": "version"}
    client.post(at(profile, "graphql_saved_edit", saved), form)
    screen = read_screen(client.get(at(profile, "graphql_report", saved)))
    assert "This report can't run." in " ".join(screen.notices)
    assert "Unpin" in text(client.get(at(profile, "graphql_saved_query", saved)))
    client.post(
        at(profile, "graphql_saved_edit", saved), {**form, "query": CONTROLLERS, "version": 2}
    )
    assert read_screen(client.get(at(profile, "graphql_report", saved))).value("v-limit") == ""


def test_a_saved_query_runs_on_its_page_with_its_variables(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(variables='{"limit": 1}')
    screen = read_screen(client.post(at(profile, "graphql_saved_query", saved), own()))
    assert (screen.status, len(screen.rows)) == (200, 1)


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"query": MUTATION}, "This is a mutation. Open it in a tab"),
        ({"query": "{ a"}, "The query ends too early."),
    ],
)
def test_what_must_not_or_cannot_run_here_sends_nothing(
    client: Client,
    profile: CredentialProfile,
    save: Save,
    texts: dict[str, str],
    sentence: str,
):
    screen = read_screen(client.post(at(profile, "graphql_saved_query", save(**texts)), own()))
    assert screen.status == 422
    assert sentence in " ".join(screen.notices)
    assert Call.objects.count() == 0


def test_a_role_that_the_token_does_not_allow_is_said_and_nothing_is_sent(
    client: Client, profile: CredentialProfile, save: Save
):
    run = at(profile, "graphql_saved_query", save(query=CONTROLLERS))
    client.post(run, own())  # brings the roles
    saved = save(role="admin-of-somebody")
    screen = read_screen(client.post(at(profile, "graphql_saved_query", saved), own()))
    assert (screen.status, Call.objects.count()) == (422, 1)
    assert "The role admin-of-somebody is not allowed" in screen.notices[0]


def test_an_upstreams_failure_is_told_and_the_form_stays(
    client: Client, profile: CredentialProfile, save: Save, dxtra: DxtraUpstream
):
    saved = save(is_report=True)
    dxtra.faults.add(route="/v1/graphql", html=True, status=200, times=None)
    screen = read_screen(
        client.post(at(profile, "graphql_report", saved), {"v-limit": "2", **own()})
    )
    assert (screen.status, screen.value("v-limit")) == (502, "2")
    assert len(screen.notices) == 1


def test_what_was_typed_into_a_report_is_back_after_expiry(
    alice: User, profile: CredentialProfile, save: Save
):
    address = at(profile, "graphql_report", save(variables='{"limit": 3}', is_report=True))
    client, led_to = sent_after_expiry(alice, address, {"v-limit": "17", "undeclared": "x"})
    back = client.get(led_to)
    assert (led_to, read_screen(back).value("v-limit")) == (address, "17")
    assert "“Run” was not done. What you typed is back" in text(back)
    assert Call.objects.count() == 0


def test_a_report_is_a_table_without_words_of_graphql(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save(query="{ dataControllers(limit: 2) { id title } }", is_report=True)
    screen = read_screen(client.get(at(profile, "graphql_report", saved), follow=True))
    words = screen.root.line
    assert not [word for word in ("Tree", "JSON", "data.", " ms") if word in words]
    (link, *_) = (a for a in screen.root.all("a") if "sort=0" in a.attributes["href"])
    sorted_page = read_screen(client.get(link.attributes["href"]))
    assert "JSON" not in sorted_page.root.line
    (heading,) = sorted_page.root.all("h1")
    assert heading.text == saved.name
    assert at(profile, "graphql_report", saved) in sorted_page.html
