"""Drafts: what is typed into a tab is kept on the server, and two windows overwrite nothing."""

import uuid
from typing import Any

import pytest
from django.test import Client

from console.graphql.desk import tabs
from console.graphql.desk.models import Tab
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.systems import System
from tests.graphql.reading import Screen, read_screen
from tests.services.profiles import client_of, opened_by, screen_of

WINDOW, OTHER_WINDOW = "a" * 32, "b" * 32
SECRET_SUBJECT = "did:v4riable"


def desk(client: Client, profile: CredentialProfile, tab: Any = "") -> Screen:
    query = {"tab": str(tab)} if tab else {}
    return read_screen(client.get(screen_of(profile), query))


def typed(
    tab: uuid.UUID, text: str, *, version: int = 0, window: str = WINDOW, number: int = 0
) -> dict[str, Any]:
    own = opened_by(kind=System.DXTRA)
    of = {"tab": str(tab), "version": version, "window": window, "save_number": number}
    return {"query": text, **of, **own}


def save(
    client: Client,
    profile: CredentialProfile,
    tab: uuid.UUID,
    text: str,
    *,
    variables: str = "",
    **of: Any,
) -> Any:
    """Send what stands in the form, as the editor does while one types."""
    fields = {**typed(tab, text, **of), "variables": variables}
    url = f"{screen_of(profile)}tabs/{tab}/draft/"
    return client.post(url, fields, headers={"Accept": "application/json"})


@pytest.mark.both_databases
def test_what_was_typed_is_there_again_in_another_browser(
    client: Client, profile: CredentialProfile, alice: User
):
    tab = uuid.UUID(desk(client, profile).value("tab"))
    answer = save(client, profile, tab, "{ half a", variables=SECRET_SUBJECT)
    assert (answer.status_code, answer.json()) == (200, {"version": 1, "name": "Untitled"})
    assert save(client, profile, tab, "{ half a query", version=1).json()["version"] == 2
    assert desk(client_of(alice), profile).value("query") == "{ half a query"
    assert Tab.objects.count() == 1


def test_a_draft_is_sealed(client: Client, profile: CredentialProfile):
    tab = uuid.uuid4()
    save(client, profile, tab, f'{{ find(did: "{SECRET_SUBJECT}") }}')
    row = Tab.objects.values().get()
    assert SECRET_SUBJECT.encode() not in bytes(row.pop("sealed"))
    assert SECRET_SUBJECT not in str(row)


def test_an_unreadable_text_is_kept_as_it_was_typed(client: Client, profile: CredentialProfile):
    tab = uuid.uuid4()
    text = "{ a(\n  # half\n" + "x" * 1000
    assert save(client, profile, tab, text).status_code == 200
    assert desk(client, profile, tab).value("query") == text


@pytest.mark.both_databases
def test_the_later_of_two_windows_is_told_and_overwrites_nothing(
    client: Client, profile: CredentialProfile
):
    tab = uuid.uuid4()
    save(client, profile, tab, "{ first }")
    assert save(client, profile, tab, "{ mine }", version=1, window=OTHER_WINDOW).status_code == 200
    late = save(client, profile, tab, "{ late }", version=1)
    assert late.status_code == 409
    assert "changed in another window" in late.json()["message"]
    assert desk(client, profile, tab).value("query") == "{ mine }"


def test_a_window_never_conflicts_with_itself(client: Client, profile: CredentialProfile):
    tab = uuid.uuid4()
    save(client, profile, tab, "{ one }")
    assert save(client, profile, tab, "{ two }").status_code == 200  # the answer was not read yet
    assert desk(client, profile, tab).value("query") == "{ two }"


@pytest.mark.both_databases
def test_a_save_that_was_overtaken_on_its_way_changes_nothing(
    client: Client, profile: CredentialProfile
):
    tab = uuid.uuid4()
    save(client, profile, tab, "{ a }")
    assert save(client, profile, tab, "{ abc }", number=2).json()["version"] == 2
    assert save(client, profile, tab, "{ ab }", number=1).json()["version"] == 2
    assert desk(client, profile, tab).value("query") == "{ abc }"
    fresh = save(client, profile, tab, "{ d }", version=2, window=OTHER_WINDOW)
    assert fresh.json()["version"] == 3, "each window counts for itself"


def test_the_same_text_from_two_windows_is_no_conflict(client: Client, profile: CredentialProfile):
    tab = uuid.uuid4()
    save(client, profile, tab, "{ same }")
    assert save(client, profile, tab, "{ same }", window=OTHER_WINDOW).status_code == 200


def test_a_tab_that_was_closed_elsewhere_is_told_and_comes_back_if_wanted(
    client: Client, profile: CredentialProfile
):
    tab = uuid.uuid4()
    save(client, profile, tab, "{ a }")
    client.post(f"{screen_of(profile)}tabs/{tab}/close/")
    late = save(client, profile, tab, "{ b }", version=1)
    assert late.status_code == 409
    assert "closed in another window" in late.json()["message"]
    url = f"{screen_of(profile)}tabs/{tab}/draft/"
    client.post(url, {**typed(tab, "{ b }"), "overwrite": "1"})
    assert desk(client, profile, tab).value("query") == "{ b }"
    assert tabs.read_draft(Tab.objects.open().get()).query == "{ b }"


def test_a_run_saves_the_draft_too_and_says_where_another_window_was_first(
    client: Client, profile: CredentialProfile
):
    tab = uuid.uuid4()
    text = "{ dataControllers { id } }"
    assert read_screen(client.post(screen_of(profile), typed(tab, text))).status == 200
    save(client, profile, tab, "{ other }", version=1, window=OTHER_WINDOW)
    screen = read_screen(client.post(screen_of(profile), typed(tab, text, version=1)))
    assert screen.columns == ["id"]
    assert "changed in another window" in screen.notices[0]
    assert tabs.read_draft(Tab.objects.get()).query == "{ other }"


def test_another_teammates_tab_is_nowhere(
    client: Client, profile: CredentialProfile, bob: User, dxtra: Any
):
    tab = uuid.uuid4()
    save(client, profile, tab, "{ a }")
    CredentialProfile.objects.filter(pk=profile.pk).update(owner=bob)
    stranger = client_of(bob)
    assert stranger.get(screen_of(profile), {"tab": str(tab)}).status_code == 404
    assert save(stranger, profile, tab, "{ b }", version=1).status_code == 404
    for action in ("close", "reopen", "rename"):
        answer = stranger.post(f"{screen_of(profile)}tabs/{tab}/{action}/", {"name": "x"})
        assert answer.status_code == 404
    assert str(tab) not in desk(stranger, profile).html
    assert tabs.read_draft(Tab.objects.get()).query == "{ a }"


def test_tabs_stand_in_the_bar_by_name_and_can_be_renamed(
    client: Client, profile: CredentialProfile
):
    one, two = uuid.uuid4(), uuid.uuid4()
    save(client, profile, one, "query Subjects { a }")
    save(client, profile, two, "{ consents }")
    client.post(f"{screen_of(profile)}tabs/{two}/rename/", {"name": "Mine \0"})
    (bar,) = desk(client, profile, one).root.all("nav", class_="desk-tabs")
    assert [a.line for a in bar.all("a")] == ["Subjects", "Mine", ""]


def test_only_so_many_tabs_stay_open_and_the_others_can_be_reopened(
    client: Client, profile: CredentialProfile, settings: Any
):
    settings.MAX_GRAPHQL_TABS = 2
    ids = [uuid.uuid4() for _ in range(3)]
    for tab in ids:
        save(client, profile, tab, "{ a }")
    assert set(Tab.objects.open().values_list("pk", flat=True)) == set(ids[1:])
    client.post(f"{screen_of(profile)}tabs/{ids[0]}/reopen/")
    assert Tab.objects.open().filter(pk=ids[0]).exists()


def test_a_text_that_is_too_long_is_refused_with_a_sentence(
    client: Client, profile: CredentialProfile
):
    answer = save(client, profile, uuid.uuid4(), "é" * 300_000)
    assert (answer.status_code, "Shorten it" in answer.json()["message"]) == (413, True)


def test_the_desk_without_a_tab_shows_the_targets_last_one(
    client: Client, profile: CredentialProfile
):
    save(client, profile, uuid.uuid4(), "{ elsewhere }")
    Tab.objects.update(graphql_url="https://other.example/v1/graphql")
    assert "dataControllers" in desk(client, profile).value("query")
    save(client, profile, uuid.uuid4(), "{ here }")
    assert desk(client, profile).value("query") == "{ here }"
    assert "dataControllers" in desk(client, profile, "new").value("query")


def test_without_javascript_prettify_formats_the_text_and_keeps_comments(
    client: Client, profile: CredentialProfile
):
    def pressed(text: str) -> Screen:
        fields = {**typed(uuid.uuid4(), text), "do": "prettify"}
        return read_screen(client.post(screen_of(profile), fields))

    assert pressed("{a{b}}").value("query") == "{\n  a {\n    b\n  }\n}\n"
    assert pressed("{a{b}").value("query") == "{a{b}"
    refused = pressed("{ a } # why")
    assert refused.value("query") == "{ a } # why"
    assert refused.errors("query") == [
        "Formatting would remove the comments in this query. Remove them first."
    ]


def test_after_a_reload_the_last_answer_stands_there_without_another_call(
    client: Client, profile: CredentialProfile, dxtra: Any
):
    tab = uuid.uuid4()
    client.post(screen_of(profile), typed(tab, "{ dataControllers { title } }"))
    calls = dxtra.stats.counts.api_calls
    screen = desk(client, profile, tab)
    assert (screen.columns, screen.rows[0]) == (["title"], ["My Organisation"])
    assert dxtra.stats.counts.api_calls == calls


def test_without_javascript_a_failed_run_shows_the_answer_before_it(
    client: Client, profile: CredentialProfile
):
    tab = uuid.uuid4()
    client.post(screen_of(profile), typed(tab, "{ dataControllers { title } }"))
    screen = read_screen(client.post(screen_of(profile), typed(tab, "{ nothing }", version=1)))
    assert "field 'nothing' not found" in screen.graphql_errors[0]
    assert screen.columns == ["title"]


def test_a_new_tab_is_the_current_one_and_can_be_named_before_anything_is_typed(
    client: Client, profile: CredentialProfile
):
    save(client, profile, uuid.uuid4(), "query Old { a }")
    screen = desk(client, profile, "new")
    current = [a.line for a in screen.root.all("a") if a.attributes.get("aria-current") == "page"]
    assert "New tab" in current
    assert "Old" not in current
    tab, window = uuid.UUID(screen.value("tab")), screen.value("window")
    named = {"name": "Morning", "window": window}
    client.post(f"{screen_of(profile)}tabs/{tab}/rename/", named)
    assert Tab.objects.get(pk=tab).name == "Morning"
    answer = save(client, profile, tab, "query Other { a }", window=window)  # on its way meanwhile
    assert answer.json() == {"version": 2, "name": "Morning"}


def test_the_tabs_are_drawn_alone(client: Client, profile: CredentialProfile):
    tab = uuid.uuid4()
    save(client, profile, tab, "query Weekly { a }")
    headers = {"HX-Request": "true", "HX-Target": "graphql-tabs"}
    part = client.get(f"{screen_of(profile)}?tab={tab}", headers=headers)
    assert "Weekly" in part.content.decode()
    assert "id_query" not in part.content.decode()


def test_a_text_that_is_too_long_for_a_draft_is_no_conflict(
    client: Client, profile: CredentialProfile
):
    tab = uuid.UUID(desk(client, profile).value("tab"))
    sent = typed(tab, "# " + "x" * 500_000)
    for more in ({}, {"do": "prettify"}):
        page = client.post(screen_of(profile), {**sent, **more}).content.decode()
        assert "This is too long to be saved as a draft. Shorten it." in page
        assert page.count("Open the other version") == 1  # in the template of a conflict alone
    assert not Tab.objects.exists()
