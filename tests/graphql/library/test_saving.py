"""Versions of a saved query: who saved what, and nothing is overwritten unseen."""

from dataclasses import asdict
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from console.graphql.library.contents import Content, ContentLost, open_content
from console.graphql.library.models import SavedQuery, SavedVersion
from console.graphql.library.saving import SaveRefused, newest, save_version
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.vault.columns import sealed_columns
from tests.graphql.library.conftest import CONTROLLERS, Save
from tests.graphql.reading import read_screen
from tests.services.profiles import screen_of, text

pytestmark = pytest.mark.both_databases

CANARY = "canary-of-a-data-subject"


def edit_url(profile: CredentialProfile, saved: SavedQuery) -> str:
    return screen_of(profile, "graphql_saved_edit", saved.pk)


def texts_of(saved: SavedQuery, **changes: Any) -> dict[str, Any]:
    saved.refresh_from_db()
    return {**asdict(open_content(newest(saved))), **changes}


def numbers(saved: SavedQuery) -> list[tuple[int, str, str]]:
    return [(each.number, each.author, each.note) for each in saved.versions.all()]


def test_a_new_query_is_private_and_its_first_version(
    client: Client, profile: CredentialProfile, alice: User
):
    form = {
        "name": " Controllers ",
        "folder": " Rights / Access/",
        "tags": "Weekly, audit weekly",
        "description": "All of them.",
        "query": CONTROLLERS.replace(" { ", " {\r\n"),
        "variables": '{"limit": 12345678901234567890.10}',
        "save": "version",
    }
    response = client.post(screen_of(profile, "graphql_saved_new"), form)
    saved = SavedQuery.objects.get()
    assert response.headers["Location"] == screen_of(profile, "graphql_saved_query", saved.pk)
    content = open_content(newest(saved))
    assert content == Content(
        name="Controllers",
        query=CONTROLLERS.replace(" { ", " {\n"),
        variables='{"limit": 12345678901234567890.10}',
        folder="Rights/Access",
        description="All of them.",
        tags="weekly audit",
    )
    assert (saved.owner, saved.is_shared, saved.kind) == (alice, False, "query")
    assert numbers(saved) == [(1, "alice@example.com", "")]


def test_what_cannot_be_saved_is_told_beside_its_field_and_stays_typed(
    client: Client, profile: CredentialProfile
):
    form = {"query": "{ kept }", "variables": "[1]", "role": "ö", "save": "version"}
    screen = read_screen(client.post(screen_of(profile, "graphql_saved_new"), form))
    assert screen.status == 422
    assert screen.errors("name") == ["Enter a name."]
    assert screen.errors("role") == ["This is not a valid role name."]
    assert len(screen.errors("variables")) == 1
    assert (screen.value("query"), screen.value("variables")) == ("{ kept }", "[1]")
    assert SavedQuery.objects.count() == 0


def test_each_save_is_a_version_that_tells_who_and_what_changed(
    client: Client, bobs: Client, profile: CredentialProfile, save: Save
):
    saved = save(is_shared=True)
    form = texts_of(saved, query=CONTROLLERS.replace("title", "website"), version=1, save="version")
    assert bobs.post(edit_url(profile, saved), form).status_code == 302
    assert numbers(saved) == [(2, "bob@example.com", ""), (1, "alice@example.com", "")]
    screen = read_screen(client.get(screen_of(profile, "graphql_saved_version", saved.pk, 2)))
    lines = [line.line for line in screen.root.all("div", class_="diff-line")]
    assert lines == [
        f"-removed: {CONTROLLERS}",
        f"+added: {CONTROLLERS.replace('title', 'website')}",
    ]


def test_a_restored_version_becomes_the_newest_and_the_others_stay(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save()
    client.post(edit_url(profile, saved), texts_of(saved, query="{ b }", version=1, save="version"))
    first = screen_of(profile, "graphql_saved_version", saved.pk, 1)
    assert client.post(first, {"version": 1}).status_code == 409  # not the newest
    assert client.post(first, {"version": 2}).status_code == 302
    assert open_content(newest(SavedQuery.objects.get())).query == CONTROLLERS
    assert [note for _, _, note in numbers(saved)] == ["Restored version 1", "", ""]


def test_the_second_of_two_who_save_at_once_sees_both_and_chooses(
    client: Client, bobs: Client, profile: CredentialProfile, save: Save
):
    saved = save(is_shared=True)
    url = edit_url(profile, saved)
    mine = texts_of(saved, query="{ mine }", version=1, save="version")
    assert bobs.post(url, {**mine, "query": "{ theirs }"}).status_code == 302
    screen = read_screen(client.post(url, mine))
    assert screen.status == 409
    assert screen.value("query") == "{ mine }"
    assert "bob@example.com saved version 2" in screen.notices[0]
    lines = [line.line for line in screen.root.all("div", class_="diff-line")]
    assert lines == ["-removed: { theirs }", "+added: { mine }"]
    choices = [button.line for button in screen.root.all("button", name="save")]
    assert choices == ["Save as a new version anyway", "Save a copy"]
    assert open_content(newest(SavedQuery.objects.get())).query == "{ theirs }"

    # Somebody saves once more while the choice is on the screen: it is asked again.
    anyway = {**mine, "version": screen.value("version")}
    bobs.post(url, {**mine, "query": "{ again }", "version": 2})
    assert client.post(url, anyway).status_code == 409
    assert client.post(url, {**anyway, "version": 3}).status_code == 302
    versions = saved.versions.order_by("number")
    assert [open_content(each).query for each in versions] == [
        CONTROLLERS,
        "{ theirs }",
        "{ again }",
        "{ mine }",
    ]


def test_a_save_that_changes_nothing_is_no_version_and_no_conflict(
    client: Client, bobs: Client, profile: CredentialProfile, save: Save
):
    saved = save(variables='{"limit": 1}', is_shared=True)
    form = {**texts_of(saved, description="Two\r\nlines"), "save": "version", "version": 1}
    for teammate in (client, client, bobs):  # bob has typed the same
        response = teammate.post(edit_url(profile, saved), form)
        assert response.headers["Location"] == screen_of(profile, "graphql_saved_query", saved.pk)
    assert [number for number, _, _ in numbers(saved)] == [2, 1]


def test_a_copy_is_ones_own_and_private(
    bobs: Client, bob: User, profile: CredentialProfile, save: Save
):
    saved = save(is_shared=True)
    bobs.post(edit_url(profile, saved), texts_of(saved, query="{ b }", version=0, save="copy"))
    copy = SavedQuery.objects.get(owner=bob)
    assert (copy.is_shared, open_content(newest(copy)).query) == (False, "{ b }")
    assert len(numbers(saved)) == 1


def test_what_grows_has_a_limit(
    client: Client, profile: CredentialProfile, save: Save, settings: Any, alice: User
):
    settings.SAVED_QUERY_VERSIONS = 2
    saved = save()
    for number in (1, 2, 3):
        content = Content(name="A", query=f"{{ a{number} }}")
        save_version(saved, content, alice, made_from=number)
    assert [number for number, _, _ in numbers(saved)] == [4, 3]

    settings.SAVED_QUERIES_MAX_BYTES = 1
    with pytest.raises(SaveRefused, match="which is the limit"):
        save_version(saved, content, alice, made_from=4)
    saved.refresh_from_db()
    assert saved.version == 4

    settings.SAVED_QUERIES_PER_TEAMMATE = 1
    form = {"name": "B", "query": "{ kept }", "save": "version"}
    screen = read_screen(client.post(screen_of(profile, "graphql_saved_new"), form))
    assert (screen.status, screen.value("query")) == (422, "{ kept }")
    assert "You have 1 saved queries, which is the limit." in screen.html


def test_texts_are_sealed_to_their_query_and_owner(save: Save, bob: User):
    saved = save(query=f'{{ a(x: "{CANARY}") }}', variables=f'{{"x": "{CANARY}"}}')
    with connection.cursor() as cursor:
        for model in (SavedQuery, SavedVersion):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")
            assert CANARY not in str(cursor.fetchall())
    other = save()
    SavedVersion.objects.filter(saved=saved).update(saved=other, number=2)
    with pytest.raises(ContentLost):
        open_content(SavedVersion.objects.get(number=2))


def test_a_version_that_does_not_open_is_said_and_another_can_be_restored(
    client: Client, profile: CredentialProfile, save: Save
):
    saved = save()
    client.post(edit_url(profile, saved), texts_of(saved, query="{ b }", version=1, save="version"))
    SavedVersion.objects.filter(number=2).update(sealed=b"broken")
    page = client.get(screen_of(profile, "graphql_saved_query", saved.pk))
    assert "cannot be decrypted" in text(page)
    assert client.get(edit_url(profile, saved)).status_code == 200
    first = screen_of(profile, "graphql_saved_version", saved.pk, 1)
    assert client.post(first, {"version": 2}).status_code == 302
    assert open_content(newest(SavedQuery.objects.get())).query == CONTROLLERS


def test_versions_are_among_the_sealed_columns_and_are_resealed(save: Save):
    saved = save()
    column = next(each for each in sealed_columns() if each.name == "saved")
    before = newest(saved)
    assert column.reseal(before.pk)
    assert bytes(newest(saved).sealed) != bytes(before.sealed)
    assert open_content(newest(saved)).query == CONTROLLERS
    assert column.count_by_key().total() == 1
