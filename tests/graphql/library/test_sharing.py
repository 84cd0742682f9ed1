"""Who sees, edits, shares and deletes a saved query; and the list of them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.graphql.library.models import SavedQuery
from console.profiles.models import CredentialProfile
from console.team.models import User
from tests.factories import DxtraProfileFactory
from tests.graphql.library.conftest import MUTATION, Save
from tests.graphql.reading import read_screen
from tests.services.profiles import screen_of

pytestmark = pytest.mark.both_databases

GET, POST = "get", "post"
PAGES: list[tuple[str, str, tuple[int, ...]]] = [
    (GET, "graphql_saved_query", ()),
    (POST, "graphql_saved_query", ()),
    (POST, "graphql_saved_open", ()),
    (GET, "graphql_saved_edit", ()),
    (POST, "graphql_saved_edit", ()),
    (GET, "graphql_saved_version", (1,)),
    (POST, "graphql_saved_version", (1,)),
    (GET, "graphql_report", ()),
    (POST, "graphql_report", ()),
    (POST, "graphql_saved_settings", ()),
    (GET, "graphql_saved_delete", ()),
    (POST, "graphql_saved_delete", ()),
]
OWNERS = ("graphql_saved_settings", "graphql_saved_delete")


def statuses(client: Client, profile: CredentialProfile, saved: SavedQuery) -> dict[Any, int]:
    return {
        (method, name): getattr(client, method)(
            screen_of(profile, name, saved.pk, *more)
        ).status_code
        for method, name, more in PAGES
    }


def test_a_private_query_is_nowhere_for_a_colleague(
    bobs: Client, profile: CredentialProfile, save: Save
):
    saved = save(is_report=True)
    assert set(statuses(bobs, profile, saved).values()) == {404}
    assert saved.name not in bobs.get(screen_of(profile, "graphql_saved")).content.decode()
    assert SavedQuery.objects.filter(pk=saved.pk, version=1).exists()


def test_a_shared_query_is_the_teams_but_for_its_sharing_and_its_end(
    bobs: Client, profile: CredentialProfile, save: Save
):
    saved = save(is_shared=True, is_report=True)
    found = statuses(bobs, profile, saved)
    assert {name for (_, name), status in found.items() if status == 404} == set(OWNERS)
    assert SavedQuery.objects.filter(pk=saved.pk, is_shared=True).exists()
    assert saved.name in bobs.get(screen_of(profile, "graphql_saved")).content.decode()


def test_an_address_of_another_target_does_not_lead_to_it(client: Client, save: Save):
    saved = save()
    assert client.get(f"/dxtra/api.dxtra.ai/graphql/saved/{saved.pk}/").status_code == 404


def test_its_owner_shares_pins_and_deletes_it(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save()
    settings = screen_of(profile, "graphql_saved_settings", saved.pk)
    for done in ("share", "pin"):
        client.post(settings, {"do": done})
    saved.refresh_from_db()
    assert (saved.is_shared, saved.is_report) == (True, True)
    delete = screen_of(profile, "graphql_saved_delete", saved.pk)
    assert "permanently deletes it" in client.get(delete).content.decode()
    assert SavedQuery.objects.count() == 1
    client.post(delete)
    assert SavedQuery.objects.count() == 0


def test_a_mutation_cannot_be_pinned(client: Client, profile: CredentialProfile, save: Save):
    saved = save(query=MUTATION)
    response = client.post(screen_of(profile, "graphql_saved_settings", saved.pk), {"do": "pin"})
    assert response.status_code == 422
    saved.refresh_from_db()
    assert not saved.is_report


# --- The list -------------------------------------------------------------------------------------

List = Callable[..., list[str]]


@pytest.fixture
def listed(client: Client, profile: CredentialProfile) -> List:
    """`listed(q="x")`: the names in alice's list."""

    def names(**query: str) -> list[str]:
        screen = read_screen(client.get(screen_of(profile, "graphql_saved"), query))
        return [cell.all("a")[0].line for cell in screen.root.all("td", class_="main")]

    return names


def test_the_list_is_searched_and_filtered(listed: List, save: Save, bob: User):
    save(name="Änderungen", description="What changed", folder="Rights")
    save(name="B", tags="weekly audit", folder="Rights/Access")
    save(name="C", owner=bob, is_shared=True, tags="weekly", folder="Rightsx")
    save(name="Hidden", owner=bob)
    assert listed() == ["Änderungen", "B", "C"]
    assert listed(q="ÄNDER") == ["Änderungen"]
    assert listed(q="changed what") == ["Änderungen"]
    assert listed(q="week") == ["B", "C"]
    assert listed(q="100%") == []
    assert listed(tag="weekly", whose="mine") == ["B"]
    assert listed(whose="team") == ["C"]
    assert listed(folder="Rights") == ["Änderungen", "B"]
    assert listed(page="2") == listed(page="99999", q="\x00none") == []


def test_the_list_takes_as_many_queries_for_three_as_for_one(
    client: Client, profile: CredentialProfile, save: Save, bob: User
):
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(screen_of(profile, "graphql_saved"))
        return len(queries)

    save(is_report=True)
    client.get(screen_of(profile, "graphql_saved"))
    one = count()
    save(is_report=True)
    save(owner=bob, is_shared=True)
    assert count() == one


def test_a_teammate_without_a_profile_for_the_target_reads_it_and_is_told(
    bobs: Client, bob: User, profile: CredentialProfile, save: Save
):
    saved = save(is_shared=True, is_report=True)
    page = read_screen(bobs.get(screen_of(profile, "graphql_saved_query", saved.pk)))
    assert page.status == 200
    assert [notice for notice in page.notices if "You have no profile" in notice]
    report = bobs.get(screen_of(profile, "graphql_report", saved.pk))
    assert "Add one to run this report." in report.content.decode()
    DxtraProfileFactory(owner=bob, origin=profile.graphql_url.removesuffix("/v1/graphql"))
    page = read_screen(bobs.get(screen_of(profile, "graphql_saved_query", saved.pk)))
    assert page.notices == []


@pytest.mark.parametrize("name", ["graphql_saved", "graphql_reports"])
@pytest.mark.parametrize("is_empty", [True, False])
def test_a_list_of_a_target_without_a_profile_says_so_and_is_not_called_empty(
    bobs: Client, profile: CredentialProfile, save: Save, name: str, is_empty: bool
):
    if not is_empty:
        save(is_shared=True, is_report=True)
    page = read_screen(bobs.get(screen_of(profile, name)))
    assert f"You have no profile for {profile.target.name}" in page.html
    assert "graphql_url=" in page.html  # Add one, filled in
    assert "yet</h2>" not in page.html


def test_what_is_shared_stays_when_its_owner_is_deleted(
    bobs: Client, profile: CredentialProfile, save: Save, alice: User, bob: User
):
    DxtraProfileFactory(owner=bob, graphql_url=profile.graphql_url)
    private, shared = save(name="Mine alone"), save(name="Every morning", is_shared=True)
    page = screen_of(profile, "graphql_saved_query", shared.pk)
    formerly = f"formerly {alice.email}"
    alice.delete()
    assert not SavedQuery.objects.filter(pk=private.pk).exists()
    html = bobs.get(page).content.decode()
    assert "dataControllers(limit: $limit)" in html  # its texts still open
    assert formerly in html
    assert formerly in bobs.get(screen_of(profile, "graphql_saved")).content.decode()
    settings = screen_of(profile, "graphql_saved_settings", shared.pk)
    assert bobs.post(settings, {"do": "pin"}).status_code == 302
    assert bobs.post(settings, {"do": "unshare"}).status_code == 404
    assert bobs.post(screen_of(profile, "graphql_saved_delete", shared.pk)).status_code == 302


def test_share_in_the_desk_ends_at_the_link(client: Client, profile: CredentialProfile):
    new = screen_of(profile, "graphql_saved_new")
    screen = read_screen(client.post(new, {"share": "1", "query": "query Weekly { a }"}))
    assert screen.value("share") == "1"
    assert "checked" in screen.root.all("input", name="is_shared")[0].attributes
    fields = {"name": "Weekly", "query": "query Weekly { a }", "is_shared": "on"}
    saved = client.post(new, {**fields, "share": "1", "save": "version"}, follow=True)
    link = f"http://testserver{saved.request['PATH_INFO']}"
    assert link in saved.content.decode()
