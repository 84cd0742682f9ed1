"""What changed since a teammate's last look, and which queries that breaks."""

import json

import msgspec
import pytest
from django.test import Client

from console.graphql.schema.access import schema_key
from console.graphql.schema.changes import broken_queries
from console.graphql.schema.introspection import read_introspection
from console.graphql.schema.models import Comparison, SchemaType, SchemaVersion
from console.graphql.schema.store import save_introspection
from console.profiles.models import CredentialProfile
from tests.graphql.reading import read_screen
from tests.graphql.schema.big import introspection_of
from tests.graphql.schema.conftest import Get, signed_in, store
from tests.services.profiles import screen_of

pytestmark = pytest.mark.both_databases

OLD = "type Query { a: Int b: String } enum E { A }"
NEW = "type Query { a: String c(x: Int): E } enum E { A B }"


@pytest.fixture
def profile(dxtra_profile: CredentialProfile) -> CredentialProfile:
    return signed_in(dxtra_profile, "user")


def test_changes_are_told_by_their_danger_until_they_are_seen(
    client: Client, profile: CredentialProfile, get: Get
):
    address = screen_of(profile, "graphql_schema_changes")
    store(profile, OLD)
    get()  # the first look
    assert "Nothing has changed" in client.get(address).content.decode()
    store(profile, NEW)
    assert "The schema has changed" in get().notices[0]
    screen = read_screen(client.get(address))
    assert "Check the saved queries" in screen.root.line
    panels = screen.root.all("section", class_="panel")
    assert [panel.line for panel in panels] == [
        "Breaking 2 Queries that use these fail. Field Query.b was removed."
        "Field Query.a changed type from Int to String.",
        "Dangerous 1 Queries still run but may return different results. Enum value E.B was added.",
        "Safe 1 Field Query.c was added.",
    ]
    assert Comparison.objects.count() == 1
    assert client.post(address).headers["Location"] == screen_of(profile, "graphql_schema")
    assert get().notices == []


def test_the_order_of_types_is_no_change(profile: CredentialProfile):
    first = store(profile, "type Query { a: A b: B } type A { x: Int } type B { x: Int }")
    again = store(profile, "type B { x: Int } type A { x: Int } type Query { a: A b: B }")
    assert first.pk == again.pk


def test_only_the_current_version_has_rows_and_only_seen_ones_are_kept(
    profile: CredentialProfile, get: Get
):
    store(profile, OLD)
    get()
    for number in range(3):
        store(profile, f"type Query {{ a{number}: Int }}")
    assert SchemaVersion.objects.count() == 2  # the one that was seen last, and the current one
    assert set(SchemaType.objects.values_list("version", flat=True)) == {
        SchemaVersion.objects.latest("pk").pk
    }


def test_the_queries_that_a_version_breaks_are_told_with_their_reasons(
    profile: CredentialProfile,
):
    documents = {1: "{ a }", 2: "{ b }", 3: "query Q($x: Int) { c(x: $x) }", 4: "{ not closed"}
    assert broken_queries(store(profile, OLD), documents) == {
        3: ["Cannot query field 'c' on type 'Query'. Did you mean 'a' or 'b'?"]
    }
    assert broken_queries(store(profile, NEW), documents) == {
        2: ["Cannot query field 'b' on type 'Query'. Did you mean 'a' or 'c'?"]
    }


def odd_schema(description: str = "", lists: int = 0) -> str:
    return f'"""{description}"""\ntype Query {{ a: {"[" * lists}Int{"]" * lists} }}'


@pytest.mark.parametrize("description", ["cut in half: \ud83d", "with a \x00"])
def test_a_description_with_an_odd_character_hides_no_schema(
    profile: CredentialProfile, get: Get, description: str
):
    answer = introspection_of(odd_schema("REPLACED"))
    whole = json.dumps(answer["data"]).replace("REPLACED", json.dumps(description)[1:-1])
    read, raw = read_introspection(msgspec.Raw(whole.encode()))
    save_introspection(schema_key(profile, "").get_or_create(), read, raw)
    assert description[:6] in get("Query").html


def test_schemas_that_nest_too_deeply_to_be_compared_are_told_as_such(
    client: Client, profile: CredentialProfile, get: Get
):
    address = screen_of(profile, "graphql_schema_changes")
    for depth in (1, 2):
        answer = introspection_of(odd_schema())
        field = next(t for t in answer["data"]["__schema"]["types"] if t["name"] == "Query")
        for _ in range(300 * depth):
            of_type = field["fields"][0]["type"]
            field["fields"][0]["type"] = {"kind": "LIST", "name": None, "ofType": of_type}
        store(profile, answer)
        get()
    assert client.get(address).status_code == 200
