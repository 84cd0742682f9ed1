"""Save on the desk, and opening a saved query there."""

from typing import Any

import pytest
from django.test import Client

from console.graphql.desk.models import Tab
from console.graphql.desk.tabs import read_draft
from console.graphql.library.contents import open_content
from console.graphql.library.models import OpenedTab, SavedQuery
from console.graphql.library.saving import newest
from console.profiles.models import CredentialProfile
from console.team.models import User
from tests.factories import DxtraProfileFactory
from tests.graphql.library.conftest import CONTROLLERS, Save
from tests.graphql.reading import Screen, read_screen
from tests.services.profiles import screen_of

pytestmark = pytest.mark.both_databases

TYPED = {"query": "query Typed { a }", "variables": '{"n": 1.10}', "operation_name": "", "role": ""}


def desk_form(client: Client, address: str) -> dict[str, str]:
    """The hidden fields of the desk's form, as a browser sends them along."""
    form = read_screen(client.get(address)).root.all("form", id="graphql-form")[0]
    hidden = [each.attributes for each in form.all("input") if each.attributes["type"] == "hidden"]
    return {each["name"]: each["value"] for each in hidden if each["name"] != "csrfmiddlewaretoken"}


def carried(screen: Screen) -> dict[str, str]:
    form = screen.root.all("form", id="save-form")[0]
    names = (
        "name",
        "folder",
        "tags",
        "description",
        "query",
        "variables",
        "operation_name",
        "role",
    )
    values = {name: screen.value(name) for name in names}
    hidden = [each.attributes for each in form.all("input") if each.attributes["type"] == "hidden"]
    return {**values, **{each["name"]: each["value"] for each in hidden}, "save": "version"}


def test_save_asks_for_a_name_keeps_the_text_and_leads_back_to_the_tab(
    client: Client, profile: CredentialProfile
):
    desk = screen_of(profile)
    sent = {**desk_form(client, f"{desk}?tab=new"), **TYPED}
    screen = read_screen(client.post(screen_of(profile, "graphql_saved_new"), sent))
    assert screen.status == 200
    assert (screen.value("name"), screen.value("query")) == ("Typed", TYPED["query"])
    assert SavedQuery.objects.count() == 0
    tab = Tab.objects.get()  # so that Cancel leads back to the text
    assert read_draft(tab).query == TYPED["query"]

    response = client.post(screen_of(profile, "graphql_saved_new"), carried(screen))
    assert response.headers["Location"] == f"{desk}?tab={tab.pk}#graphql-save"
    saved = SavedQuery.objects.get()
    content = open_content(newest(saved))
    assert (content.query, content.variables) == (TYPED["query"], TYPED["variables"])


def test_save_once_more_makes_a_version_of_what_the_tab_holds(
    client: Client, bobs: Client, profile: CredentialProfile, save: Save
):
    saved = save(is_shared=True)
    opened = client.post(screen_of(profile, "graphql_saved_open", saved.pk))
    address = opened.headers["Location"]
    assert read_screen(client.get(address)).value("query") == CONTROLLERS

    sent = {**desk_form(client, address), **TYPED}
    screen = read_screen(client.post(screen_of(profile, "graphql_saved_new"), sent))
    assert (screen.value("name"), screen.value("version")) == ("Controllers", "1")
    assert screen.value("query") == TYPED["query"]

    # A colleague saves first: the tab was opened with the version before.
    edit = screen_of(profile, "graphql_saved_edit", saved.pk)
    theirs = {"name": "Controllers", "query": "{ theirs }", "version": 1, "save": "version"}
    assert bobs.post(edit, theirs).status_code == 302
    assert client.post(edit, carried(screen)).status_code == 409

    anyway = {**carried(screen), "version": "2"}
    back = client.post(edit, anyway).headers["Location"]
    assert back.partition("#")[0] == address.partition("#")[0]
    assert open_content(newest(SavedQuery.objects.get())).query == TYPED["query"]
    assert OpenedTab.objects.get().version == 3


def test_a_colleague_opens_a_shared_query_with_their_own_profile(
    bobs: Client, bob: User, profile: CredentialProfile, save: Save
):
    origin = profile.graphql_url.removesuffix("/v1/graphql")
    own = DxtraProfileFactory(owner=bob, origin=origin)
    saved = save(is_shared=True)
    bobs.post(screen_of(profile, "graphql_saved_open", saved.pk))
    tab = Tab.objects.get()
    assert (tab.owner, tab.profile, read_draft(tab).query) == (bob, own, CONTROLLERS)


def test_the_operation_that_was_saved_is_the_one_that_opens(
    client: Client, profile: CredentialProfile, save: Save
):
    several = "query A { a } mutation B { b }"
    saved = save(query=several, operation_name="B", role="user", variables="{}")
    client.post(screen_of(profile, "graphql_saved_open", saved.pk))
    draft = read_draft(Tab.objects.get())
    assert (draft.query, draft.operation_name, draft.role) == (several, "B", "user")


def test_what_is_private_again_is_saved_as_a_query_of_ones_own(
    bobs: Client, bob: User, profile: CredentialProfile, save: Save
):
    origin = profile.graphql_url.removesuffix("/v1/graphql")
    DxtraProfileFactory(owner=bob, origin=origin)
    saved = save(is_shared=True)
    address = bobs.post(screen_of(profile, "graphql_saved_open", saved.pk)).headers["Location"]
    SavedQuery.objects.update(is_shared=False)
    sent = {**desk_form(bobs, address), **TYPED}
    screen = read_screen(bobs.post(screen_of(profile, "graphql_saved_new"), sent))
    assert screen.root.all("form", id="save-form")[0].attributes["action"] == screen_of(
        profile, "graphql_saved_new"
    )
    assert "Controllers" not in screen.html


@pytest.mark.parametrize(
    "tab", ["", "nonsense", "b7a1a3d2-0d3c-4c1c-9a49-9d5b9d0f6a11", "another's"]
)
def test_a_tab_that_is_not_ones_own_is_left_alone(
    client: Client, bobs: Client, bob: User, profile: CredentialProfile, tab: str
):
    if tab == "another's":
        origin = profile.graphql_url.removesuffix("/v1/graphql")
        DxtraProfileFactory(owner=bob, origin=origin)
        sent: dict[str, Any] = {**desk_form(bobs, f"{screen_of(profile)}?tab=new"), **TYPED}
        bobs.post(screen_of(profile, "graphql_saved_new"), sent)
        tab = str(Tab.objects.get().pk)
    form = {"name": "A", "query": "{ mine }", "tab": tab, "save": "version"}
    response = client.post(screen_of(profile, "graphql_saved_new"), form)
    saved = SavedQuery.objects.get()
    assert response.headers["Location"] == screen_of(profile, "graphql_saved_query", saved.pk)
    assert [read_draft(each).query for each in Tab.objects.all()] in ([], [TYPED["query"]])


def test_what_another_window_wrote_into_the_tab_meanwhile_stays(
    client: Client, profile: CredentialProfile
):
    desk, new = screen_of(profile), screen_of(profile, "graphql_saved_new")
    sent = {**desk_form(client, f"{desk}?tab=new"), **TYPED}
    screen = read_screen(client.post(new, sent))
    tab = Tab.objects.get()
    other = {**desk_form(client, f"{desk}?tab={tab.pk}"), "query": "{ other }"}
    client.post(f"{desk}tabs/{tab.pk}/draft/", other)
    response = client.post(new, carried(screen), follow=True)
    assert "is in a new tab" in read_screen(response).notices[1]
    assert {read_draft(each).query for each in Tab.objects.all()} == {"{ other }", TYPED["query"]}


def test_a_draft_that_does_not_open_does_not_hinder_saving(
    client: Client, profile: CredentialProfile
):
    sent = {**desk_form(client, f"{screen_of(profile)}?tab=new"), **TYPED}
    new = screen_of(profile, "graphql_saved_new")
    client.post(new, sent)
    Tab.objects.update(sealed=b"nonsense")
    assert client.get(f"{new}?tab={Tab.objects.get().pk}").status_code == 200


def test_htmx_is_sent_to_the_page_where_the_text_of_the_tab_stands(
    client: Client, profile: CredentialProfile
):
    sent = {**desk_form(client, f"{screen_of(profile)}?tab=new"), **TYPED}
    headers = {"HX-Request": "true", "HX-Target": "screen"}
    new = screen_of(profile, "graphql_saved_new")
    address = client.post(new, sent, headers=headers).headers["HX-Redirect"]
    assert address == f"{new}?tab={Tab.objects.get().pk}"
    screen = read_screen(client.get(address))
    assert (screen.value("name"), screen.value("query")) == ("Typed", TYPED["query"])
    assert screen.value("tab") == str(Tab.objects.get().pk)
