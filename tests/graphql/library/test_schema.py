"""What the stored schema tells a report's form, and which saved queries it breaks."""

import pytest
from django.test import Client

from console.calls.models import Call
from console.profiles.models import CredentialProfile
from console.team.models import User
from tests.graphql.library.conftest import Save
from tests.graphql.reading import read_screen
from tests.graphql.schema.conftest import signed_in, store
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import screen_of

pytestmark = pytest.mark.both_databases

SDL = """
enum Kind { OPEN CLOSED }
input Range { from: Int to: Int }
type Query { rows(kind: Kind, kinds: [Kind!], range: Range): [Row] }
type Row { id: ID }
"""
ROWS = "query Rows($kind: Kind, $kinds: [Kind!], $range: Range) { rows(kind: $kind) { id } }"


def test_a_reports_enums_and_inputs_are_those_of_the_schema(
    client: Client, profile: CredentialProfile, save: Save
):
    store(signed_in(profile, "user"), SDL)
    saved = save(query=ROWS, variables='{"kind": "CLOSED", "kinds": ["OPEN"]}', is_report=True)
    screen = read_screen(client.get(screen_of(profile, "graphql_report", saved.pk)))
    select = screen.root.all("select", name="v-kind")[0]
    assert [each.line for each in select.all("option")] == ["–", "OPEN", "CLOSED"]
    assert screen.value("v-kind") == "CLOSED"
    boxes = screen.root.all("input", name="v-kinds")
    assert [("checked" in box.attributes) for box in boxes] == [True, False]
    assert len(screen.root.all("textarea", name="v-range")) == 1


@pytest.mark.parametrize("ticked", [[], ["CLOSED"], ["OPEN", "CLOSED"]])
def test_what_was_ticked_in_a_report_is_back_after_expiry(
    alice: User, profile: CredentialProfile, save: Save, ticked: list[str]
):
    store(signed_in(profile, "user"), SDL)
    saved = save(query=ROWS, variables='{"kinds": ["OPEN"]}', is_report=True)
    address = screen_of(profile, "graphql_report", saved.pk)
    client, led_to = sent_after_expiry(alice, address, {"v-kind": "CLOSED", "v-kinds": ticked})
    screen = read_screen(client.get(led_to))
    boxes = screen.root.all("input", name="v-kinds")
    back = [box.attributes["value"] for box in boxes if "checked" in box.attributes]
    assert (screen.value("v-kind"), back) == ("CLOSED", ticked)


def test_the_schema_of_another_role_tells_nothing(
    client: Client, profile: CredentialProfile, save: Save
):
    store(signed_in(profile, "user"), SDL)
    saved = save(query=ROWS, role="admin", is_report=True)
    screen = read_screen(client.get(screen_of(profile, "graphql_report", saved.pk)))
    assert screen.status == 200
    assert screen.root.all("select", name="v-kind") == []


def test_the_saved_queries_that_a_schema_breaks_are_listed_with_the_reasons(
    client: Client, profile: CredentialProfile, save: Save, bob: User
):
    check = screen_of(profile, "graphql_saved_check")
    assert "The schema has not been fetched yet." in client.get(check).content.decode()
    store(signed_in(profile, "user"), SDL)
    save(name="Fits", query="{ rows { id } }")
    save(name="Breaks", query="{ rows { id gone } }", owner=bob, is_shared=True)
    save(name="Hidden", query="{ hidden }", owner=bob)
    screen = read_screen(client.get(check))
    assert [cell.line for cell in screen.root.all("td", class_="main")] == ["Breaks"]
    assert "Cannot query field 'gone' on type 'Row'." in screen.html.replace("&#x27;", "'")
    assert "2 queries checked" in screen.html
    assert Call.objects.count() == 0
