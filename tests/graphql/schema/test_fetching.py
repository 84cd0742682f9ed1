"""A schema is fetched over the real wire, by role, once for all who may see it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from console.calls.models import Call
from console.graphql.schema.access import schema_key
from console.graphql.schema.fetching import fetch_schema, note_errors
from console.graphql.schema.hints import is_hint_of_change
from console.graphql.schema.introspection import ONE_OF_QUERY
from console.graphql.schema.models import Schema, SchemaVersion
from console.graphql.schema.store import claim
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.graphql_errors import GraphQLError
from console.upstream.systems import System
from sandbox.dxtra import DxtraUpstream
from tests.factories import DxtraProfileFactory
from tests.graphql.reading import read_screen
from tests.graphql.schema.big import introspection_of
from tests.graphql.schema.conftest import Get, signed_in
from tests.services.profiles import client_of, opened_by, screen_of

STATUS = {"HX-Request": "true", "HX-Target": "schema-status"}
OFFICER = "data_protection_officer"
WRONG = [GraphQLError("field 'x' not found in type: 'query_root'", code="validation-failed")]


def answers(dxtra: DxtraUpstream, body: Any) -> None:
    dxtra.faults.add(route="/v1/graphql", body=json.dumps(body), content_type="application/json")


def type_names(profile: CredentialProfile, role: str = "") -> set[str]:
    schema = schema_key(profile, role).find()
    assert schema is not None
    assert schema.version is not None
    return set(schema.version.types.values_list("name", flat=True))


def test_the_first_visit_fetches_by_itself_and_without_javascript_by_a_button(
    client: Client, profile: CredentialProfile, get: Get
):
    forms = [form for form in get().root.all("form") if form.attributes.get("hx-trigger")]
    assert [form.attributes["hx-trigger"] for form in forms] == ["load, submit"]
    assert Call.objects.count() == 0
    address = forms[0].attributes["action"]
    assert (
        read_screen(client.post(address, opened_by(kind=System.DXTRA), headers=STATUS)).root.all(
            "li"
        )
        != []
    )
    assert client.post(address, opened_by(kind=System.DXTRA)).headers["Location"] == address
    shown = get()
    assert "query_root" in shown.html
    assert "dataSubjects" in shown.html
    assert not [f for f in shown.root.all("form") if "load" in f.attributes.get("hx-trigger", "")]


def test_a_page_says_that_a_schema_is_being_fetched_only_while_one_is(
    profile: CredentialProfile, get: Get
):
    assert "No schema yet." in get().html
    schema = schema_key(profile, "").get_or_create()
    assert claim(schema)
    assert "Fetching the schema…" in get().html


def test_nothing_is_fetched_with_a_credential_that_was_exchanged_since(
    client: Client, profile: CredentialProfile, get: Get
):
    opened, address = opened_by(kind=System.DXTRA), screen_of(profile, "graphql_schema")
    CredentialProfile.objects.update(credential_changed_at=timezone.now())
    for headers in ({}, STATUS):
        screen = read_screen(client.post(address, opened, headers=headers))
        assert screen.status == 409
        assert "Nothing was sent. The credential of" in screen.notices[0]
        assert 'hx-trigger="load' not in screen.html  # nor is it sent again by itself
    beside = client.post(address, opened, headers=STATUS | {"HX-Target": "schema-fetch"})
    assert (beside.status_code, Call.objects.count()) == (204, 0)
    again = client.post(address, opened_by(kind=System.DXTRA))
    assert (again.status_code, Call.objects.count()) == (302, 1)


def test_the_call_is_recorded_like_any_other(profile: CredentialProfile):
    assert fetch_schema(profile).failure == ""
    call = Call.objects.get()
    assert (call.operation, call.method, call.path, call.outcome) == (
        "IntrospectionQuery",
        "POST",
        "/v1/graphql",
        "ok",
    )


@pytest.mark.both_databases
def test_each_role_has_the_schema_that_it_sees(profile: CredentialProfile):
    fetch_schema(profile, "user")
    fetch_schema(profile, OFFICER)
    fetch_schema(profile, "me")
    assert "dataSubjects_aggregate" not in type_names(profile, "user")
    assert "dataSubjects_aggregate" in type_names(profile, OFFICER)
    assert "mutation_root" not in type_names(profile, "me")


def test_who_may_use_the_role_there_sees_it_and_nobody_else(
    profile: CredentialProfile, bob: User, dxtra: DxtraUpstream
):
    fetch_schema(profile, "user")
    bobs = DxtraProfileFactory(owner=bob, origin=dxtra.url)
    page = screen_of(bobs, "graphql_type", "dataSubjects")
    client = client_of(bob)
    unknown = client.get(page)  # no token has told his roles
    assert "displayName" not in unknown.content.decode()
    signed_in(bobs, "user")
    assert "displayName" in client.get(page).content.decode()
    assert "displayName" in client.get(page, {"role": "user"}).content.decode()
    signed_in(bobs, "me")
    assert "displayName" not in client.get(page).content.decode()
    assert client.get(page, {"role": "user"}).status_code == 404
    data = screen_of(bobs, "graphql_schema_data")
    assert client.get(data, {"role": "user"}).status_code == 404
    signed_in(bobs, "user")
    bobs.state = "needs_user"
    bobs.save()
    assert "displayName" not in client.get(page).content.decode()


@pytest.mark.both_databases
def test_one_fetch_at_a_time(profile: CredentialProfile):
    signed_in(profile, "user")
    assert claim(schema_key(profile).get_or_create()) is not None
    assert fetch_schema(profile).is_elsewhere
    assert Call.objects.count() == 0


def test_where_introspection_is_refused_the_page_says_so_and_queries_run(
    client: Client, profile: CredentialProfile, dxtra: DxtraUpstream, get: Get
):
    refusal = "GraphQL introspection is not allowed by Apollo Server"
    answers(dxtra, {"errors": [{"message": refusal}]})
    address = screen_of(profile, "graphql_schema")
    screen = read_screen(client.post(address, opened_by(kind=System.DXTRA)))
    assert screen.status == 200
    assert f"Dxtra refuses introspection: {refusal}." in screen.notices[0]
    assert f"Dxtra refuses introspection: {refusal}." in get().notices[0]
    assert 'hx-trigger="load' not in get().html  # it is not tried again without being asked to
    ran = client.post(
        screen_of(profile),
        {"query": "{ dataControllers { id } }", **opened_by(kind=System.DXTRA)},
    )
    assert "550e8400" in ran.content.decode()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"data": {"__schema": {"types": "all"}}}, "The schema cannot be read"),
        (
            {"data": {"__schema": {"queryType": {"name": "<b>"}, "types": [
                {"kind": "OBJECT", "name": "<b>"}
            ]}}},
            "is not a valid GraphQL name",
        ),
        ({"data": {"__schema": {"queryType": {"name": "Q"}, "types": []}}}, "its root type Q"),
    ],
)  # fmt: skip
def test_a_broken_answer_is_no_schema(
    profile: CredentialProfile, dxtra: DxtraUpstream, body: Any, sentence: str
):
    answers(dxtra, body)
    assert sentence in fetch_schema(profile).failure
    assert not SchemaVersion.objects.exists()


def test_a_server_that_knows_less_is_asked_for_less(
    profile: CredentialProfile, dxtra: DxtraUpstream
):
    answers(dxtra, {"errors": [{"message": 'Cannot query field "specifiedByURL" on "__Type".'}]})
    assert fetch_schema(profile).failure == ""
    assert list(Call.objects.order_by("pk").values_list("outcome", flat=True)) == [
        "graphql_errors",
        "ok",
    ]
    assert "dataSubjects" in type_names(profile)


ONE_OF = "input By @oneOf { id: ID, name: String } type Query { user(by: By!): String }"
GIVE_ONE = "Give exactly one of these"


def test_a_server_that_knows_more_is_asked_for_more(
    profile: CredentialProfile, dxtra: DxtraUpstream, get: Get
):
    dxtra.faults.add(route="/v1/graphql", times=1, body=json.dumps(introspection_of(ONE_OF)))
    answers(dxtra, introspection_of(ONE_OF, ONE_OF_QUERY))
    assert fetch_schema(profile).failure == ""
    assert GIVE_ONE in get("By").html
    assert GIVE_ONE not in get("Query").html
    buttons = get("Query", field="user").root.all("button")
    insert = next(each.attributes for each in buttons if "data-insert" in each.attributes)
    assert json.loads(insert["data-insert-variables"]) == {"by": {"id": ""}}


@pytest.mark.parametrize("body", [{"errors": [{"message": "Not now"}]}, {"data": {"__schema": 1}}])
def test_what_is_known_without_asking_for_more_is_kept(
    profile: CredentialProfile, dxtra: DxtraUpstream, get: Get, body: Any
):
    dxtra.faults.add(route="/v1/graphql", times=1, body=json.dumps(introspection_of(ONE_OF)))
    answers(dxtra, body)
    assert fetch_schema(profile).failure == ""
    assert "By" in type_names(profile)
    assert GIVE_ONE not in get("By").html


def test_a_schema_beyond_the_cap_is_not_kept(profile: CredentialProfile, settings: Any):
    settings.SCHEMA_MAX_BYTES = 1024
    assert "SCHEMA_MAX_BYTES" in fetch_schema(profile).failure
    assert not SchemaVersion.objects.exists()


def test_a_failure_keeps_the_schema_that_is_there(
    profile: CredentialProfile, dxtra: DxtraUpstream, get: Get
):
    fetch_schema(profile)
    answers(dxtra, {"errors": [{"message": "Not now"}]})
    fetch_schema(profile)
    shown = get()
    assert "was not refreshed" in shown.notices[0]
    assert "query_root" in shown.html


def test_it_is_fetched_again_when_a_day_old_or_when_an_error_hints_at_a_change(
    profile: CredentialProfile,
):
    fetch_schema(profile)
    rows = Schema.objects.all()
    assert not rows.get().is_due
    assert not note_errors(profile, WRONG)  # it has just been fetched
    rows.update(checked_at=timezone.now() - timedelta(minutes=6))
    assert not note_errors(profile, [GraphQLError("permission denied")])
    assert note_errors(profile, WRONG)
    assert rows.get().is_due
    fetch_schema(profile)
    assert not rows.get().is_due
    rows.update(checked_at=timezone.now() - timedelta(hours=25))
    assert rows.get().is_due
    assert SchemaVersion.objects.count() == 1  # it was the same each time


@pytest.mark.parametrize(
    "message",
    [
        'Cannot query field "x" on type "Query". Did you mean "y"?',
        "field 'x' not found in type: 'query_root'",
        'Unknown type "Y".',
    ],
)
def test_errors_of_validation_hint_at_a_change(message: str):
    assert is_hint_of_change([GraphQLError("other"), GraphQLError(message)])
    assert not is_hint_of_change([GraphQLError("Uniqueness violation", code="constraint")])
