"""The schema beside a query: fetched in the background, refreshed after a hint, inserted from."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from console.calls.models import Call
from console.graphql.desk.models import Tab
from console.graphql.desk.tabs import read_draft
from console.graphql.schema.fetching import fetch_schema
from console.graphql.schema.models import Schema
from console.profiles.models import CredentialProfile
from console.upstream.systems import System
from sandbox.dxtra import DxtraUpstream
from tests.graphql.reading import Screen, read_screen
from tests.graphql.schema.conftest import signed_in, store
from tests.services.profiles import opened_by, screen_of

QUIET = {"HX-Request": "true", "HX-Target": "schema-fetch"}


def background(screen: Screen) -> str:
    """Where the page has its schema fetched beside it; empty where it has not."""
    forms = screen.root.all("form", id="schema-fetch")
    return forms[0].attributes["hx-post"] if forms else ""


def test_the_desk_fetches_the_schema_beside_it_once(client: Client, profile: CredentialProfile):
    address = background(read_screen(client.get(screen_of(profile))))
    assert address == screen_of(profile, "graphql_schema")
    response = client.post(address, opened_by(kind=System.DXTRA), headers=QUIET)
    assert response["HX-Trigger"] == "gatehouse:schema"
    picker = read_screen(response).root.all("select", id="id_role")[0]  # the call brought the roles
    assert picker.attributes["hx-swap-oob"] == "true"
    assert [each.attributes["value"] for each in picker.all("option")][1:] == [
        "data_protection_officer",
        "me",
        "user",
    ]
    assert client.post(address, opened_by(kind=System.DXTRA), headers=QUIET).status_code == 204
    assert background(read_screen(client.get(screen_of(profile)))) == ""


def test_a_fetch_that_failed_is_told_to_no_editor(
    client: Client, profile: CredentialProfile, dxtra: DxtraUpstream
):
    dxtra.faults.add(route="/v1/graphql", status=503)
    address = screen_of(profile, "graphql_schema")
    response = client.post(address, opened_by(kind=System.DXTRA), headers=QUIET)
    assert "HX-Trigger" not in response
    assert Call.objects.get().outcome != "ok"


def test_a_query_that_the_schema_refuses_has_it_refreshed(
    client: Client, profile: CredentialProfile
):
    fetch_schema(profile)
    Schema.objects.update(checked_at=timezone.now() - timedelta(hours=1))

    def run(query: str) -> Any:
        return client.post(screen_of(profile), {"query": query, **opened_by(kind=System.DXTRA)})

    good = run("{ dataControllers { id } }")
    assert background(read_screen(good)) == ""
    refused = run("{ renamed { id } }")
    assert background(read_screen(refused)) == screen_of(profile, "graphql_schema")


def test_whose_credential_was_refused_is_not_signed_in_for_it(
    client: Client, profile: CredentialProfile
):
    CredentialProfile.objects.filter(pk=profile.pk).update(state="needs_user")
    assert background(read_screen(client.get(screen_of(profile)))) == ""


def test_without_javascript_insert_opens_a_tab(client: Client, profile: CredentialProfile):
    store(signed_in(profile, "user"), "type Query { a(x: Int!): A } type A { b: Int c: A }")
    address = f"{screen_of(profile, 'graphql_type', 'Query')}?field=a"
    response = client.post(address)
    tab = Tab.objects.get()
    assert response.headers["Location"] == f"{screen_of(profile)}?tab={tab.pk}"
    draft = read_draft(tab)
    assert draft.query == "query A($x: Int!) {\n  a(x: $x) {\n    b\n  }\n}\n"
    assert draft.variables == '{\n  "x": 0\n}'
    begins_nothing = f"{screen_of(profile, 'graphql_type', 'A')}?field=b"
    assert client.post(begins_nothing).status_code == 404
