"""Import and export as a teammate uses them."""

import json
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from console.graphql.library.contents import Content, open_content
from console.graphql.library.importing.found import MAX_LEFT_OUT
from console.graphql.library.models import SavedQuery
from console.graphql.library.saving import newest
from console.profiles.models import CredentialProfile
from console.team.models import User
from tests.graphql.library.conftest import CONTROLLERS, Save
from tests.graphql.library.test_importing import POSTMAN, TOKEN
from tests.graphql.reading import read_screen
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import screen_of, text

pytestmark = pytest.mark.both_databases

HOSTILE = '../<script>alert(1)</script> "é" \u202ex'


def send(client: Client, profile: CredentialProfile, *files: tuple[str, bytes], **more: str) -> Any:
    uploads = [SimpleUploadedFile(name, body) for name, body in files]
    return client.post(screen_of(profile, "graphql_saved_import"), {"uploads": uploads, **more})


def contents_of(user: User) -> list[Content]:
    return [open_content(newest(each)) for each in SavedQuery.objects.filter(owner=user)]


def exported(client: Client, profile: CredentialProfile) -> bytes:
    response = client.get(screen_of(profile, "graphql_saved_export"))
    assert response.headers["Cache-Control"] == "no-store"
    return b"".join(response.streaming_content)


def test_after_expiry_the_folder_is_back_and_the_files_are_asked_for_again(
    alice: User, profile: CredentialProfile
):
    address = screen_of(profile, "graphql_saved_import")
    file = SimpleUploadedFile("a.graphql", b"{ canary }")
    client, led_to = sent_after_expiry(alice, address, {"folder": "Rights/New", "uploads": file})
    back = client.get(led_to)
    assert (led_to, read_screen(back).value("folder")) == (address, "Rights/New")
    assert "“Import” was not done" in text(back)
    assert "choose the files again" in text(back)
    assert not SavedQuery.objects.exists()


def test_an_export_imports_again_as_it_was(
    client: Client, bobs: Client, bob: User, alice: User, profile: CredentialProfile, save: Save
):
    save(variables='{"n": 12345678901234567890.10}', folder="Rights/Access", tags="a b")
    save(name=HOSTILE, description="Two\nlines", role="user", is_shared=True)
    several = "query A { a } query B { b }"
    save(name="CONTROLLERS", folder="rights/Access", query=several, variables="{}")
    save(owner=bob, is_shared=True, name="Bob's")
    packed = exported(client, profile)
    with zipfile.ZipFile(BytesIO(packed)) as archive:
        names = archive.namelist()
        assert archive.read("Rights/Access/Controllers.graphql").decode() == CONTROLLERS
    assert len(names) == len({name.casefold() for name in names}) == 6
    assert not [name for name in names if ".." in name.split("/") or name.startswith("/")]

    screen = read_screen(send(bobs, profile, ("mine.zip", packed)))
    assert screen.root.all("section", class_="panel")[0].all("h2")[0].line == "3 queries imported"
    theirs = [each for each in contents_of(bob) if each.name != "Bob's"]
    # A name is one printable line after an import.
    mine = [
        replace(each, name=" ".join(each.name.replace("\u202e", " ").split()))
        for each in contents_of(alice)
    ]
    key = lambda each: (each.folder, each.name)  # noqa: E731
    assert sorted(theirs, key=key) == sorted(mine, key=key)
    assert not SavedQuery.objects.filter(owner=bob, is_shared=True).exclude(name="Bob's").exists()


def test_a_collection_is_imported_into_a_folder_and_tells_what_it_left_out(
    client: Client, alice: User, profile: CredentialProfile
):
    files = [("shop.json", json.dumps(POSTMAN).encode()), ("x.graphql", b"{ a }"), ("y.txt", b"-")]
    screen = read_screen(send(client, profile, *files, folder="From Postman"))
    assert [(each.folder, each.name) for each in contents_of(alice)] == [
        ("From Postman", "x"),
        ("From Postman/Shop/Users", "One user"),
    ]
    lines = [li.line for li in screen.root.all("ul", class_="imported-list")[1].all("li")]
    assert lines[-1].startswith("“y.txt”: not imported.")
    assert "left out, as it is a REST request (GET)" in " ".join(lines)
    assert TOKEN not in screen.html

    again = read_screen(send(client, profile, *files, folder="From Postman"))
    assert SavedQuery.objects.count() == 2
    assert "skipped: already saved." in again.html


def test_an_import_stops_at_the_limits(client: Client, profile: CredentialProfile, settings: Any):
    settings.SAVED_QUERIES_PER_TEAMMATE = 2
    several = b" ".join(b"query A%d { a }" % number for number in range(5))
    screen = read_screen(send(client, profile, ("a.graphql", several)))
    assert SavedQuery.objects.count() == 2
    assert "3 not imported. You have 2 saved queries, which is the limit." in screen.html


def test_an_import_that_stops_says_so_first_however_many_lines_there_are(
    client: Client, profile: CredentialProfile, settings: Any
):
    settings.SAVED_QUERY_IMPORT_MAX = 2
    items = [
        {"name": f"R{number}", "request": {"method": "GET", "url": "https://example.com"}}
        for number in range(MAX_LEFT_OUT + 1)
    ]
    several = b" ".join(b"query A%d { a }" % number for number in range(5))
    files = [("a.json", json.dumps({**POSTMAN, "item": items}).encode()), ("b.graphql", several)]
    screen = read_screen(send(client, profile, *files))
    lines = [li.line for li in screen.root.all("ul", class_="imported-list")[1].all("li")]
    assert lines[0].startswith("3 not imported: an import takes 2 at most.")
    send(client, profile, *files)
    send(client, profile, *files)
    assert SavedQuery.objects.count() == 5


def test_one_import_joins_queries_and_the_fragments_of_other_files(
    client: Client, alice: User, profile: CredentialProfile
):
    query, name = b"query Users { users { ...Name } }", b"fragment Name on User { name }"
    screen = read_screen(send(client, profile, ("a.graphql", query), ("name.graphql", name)))
    assert [each.query for each in contents_of(alice)] == [f"{query.decode()}\n\n{name.decode()}\n"]
    assert "imported without" not in screen.html


def test_without_a_file_it_says_so(client: Client, profile: CredentialProfile):
    screen = read_screen(client.post(screen_of(profile, "graphql_saved_import"), {}))
    assert (screen.status, screen.errors("uploads")) == (422, ["Choose one or more files."])
