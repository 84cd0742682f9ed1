"""Slugs of targets: readable, one for each target, and the same in every teammate's address bar."""

from typing import Any
from urllib.parse import unquote

import pytest
from django.urls import Resolver404, resolve, reverse

from console.profiles.targets import Target
from console.upstream.systems import System

DEPLOYMENT = "https://dpaas.example"

DPAAS_SLUGS = {
    ("acme", "https://dpaas.example"): "acme",
    ("acme", "https://DPaaS.example:443/"): "acme",
    ("acme", "https://eu.dpaas.example"): "acme@eu.dpaas.example",
    ("acme", "https://eu.dpaas.example:8443"): "acme@eu.dpaas.example:8443",
    ("acme", "https://eu.dpaas.example/v2"): "acme@eu.dpaas.example~v2",
    ("acme", "https://dpaas.example/v2"): "acme@dpaas.example~v2",
    ("acme", "http://dpaas.example"): "acme@http+dpaas.example",
    ("acme", "http://127.0.0.1:18082"): "acme@127.0.0.1:18082",
    ("acme", "https://127.0.0.1:18082"): "acme@https+127.0.0.1:18082",
    ("acme", "http://[::1]:8000"): "acme@[::1]:8000",
    ("ação", "https://dpaas.example"): "ação",
    ("名前", "https://dpaas.example"): "名前",
    ("a/b", "https://dpaas.example"): "a%2Fb",
    ("a%2Fb", "https://dpaas.example"): "a%252Fb",
    ("..", "https://dpaas.example"): "%2E%2E",
    ("a@b", "https://dpaas.example"): "a%40b",
    ("a~b?c#d", "https://dpaas.example"): "a%7Eb%3Fc%23d",
    ("\u202eevil", "https://dpaas.example"): "%E2%80%AEevil",
    ("", "https://dpaas.example"): "@dpaas.example",
}
DXTRA_SLUGS = {
    "https://api.dxtra.ai/v1/graphql": "api.dxtra.ai",
    "https://API.dxtra.ai:443/v1/graphql/": "api.dxtra.ai",
    "https://local.graphql.local.dxtra.ai/v1": "local.graphql.local.dxtra.ai~v1",
    "https://api.dxtra.ai": "api.dxtra.ai~",
    "https://api.dxtra.ai//v1": "api.dxtra.ai~~v1",
    "https://api.dxtra.ai/v1~graphql": "api.dxtra.ai~v1%7Egraphql",
    "https://api.dxtra.ai/v1/../graphql": "api.dxtra.ai~v1~%2E%2E~graphql",
    "http://127.0.0.1:18081/v1/graphql": "127.0.0.1:18081",
    "http://api.dxtra.ai/v1/graphql": "http+api.dxtra.ai",
}


@pytest.fixture(autouse=True)
def deployment(settings: Any) -> None:
    settings.DPAAS_BASE_URL = DEPLOYMENT


def all_targets() -> list[tuple[Target, str]]:
    return [
        *((Target.dpaas(*told), slug) for told, slug in DPAAS_SLUGS.items()),
        *((Target.dxtra(url), slug) for url, slug in DXTRA_SLUGS.items()),
    ]


def test_a_slug_is_as_readable_as_its_target_allows():
    assert [(target, target.slug) for target, _ in all_targets()] == all_targets()


def test_a_slug_leads_back_to_its_target_and_to_no_other():
    for target, slug in all_targets():
        assert Target.parse(target.system, slug) == target
    distinct = {target for target, _ in all_targets()}
    assert len({(target.system, target.slug) for target in distinct}) == len(distinct)


@pytest.mark.parametrize("name", ["accounts", "account_new", "users", "graphql"])
def test_an_address_survives_the_decoding_of_servers(name: str):
    system = System.DXTRA if name == "graphql" else System.DPAAS
    for target, _ in all_targets():
        if target.system == system:
            address = reverse(name, args=[target])
            assert address.isascii()
            found = resolve(unquote(address))
            assert (found.url_name, found.kwargs) == (name, {"target": target})


def test_the_deployments_own_organization_is_found_under_its_long_name_too():
    assert Target.parse(System.DPAAS, "acme@dpaas.example") == Target.dpaas("acme", DEPLOYMENT)


@pytest.mark.parametrize(
    "slug",
    ["", "acme@", "a b", "a%2fb", "%", "%ZZ", "%FF", ".", "..", "\x00", "acme@host?x", "acme@ftp+h",
     "acme@256.1.1.1", "acme@user@host", "acme@host:99999", "acme@host~a b", "a" * 9000 + "@", "~"],
)  # fmt: skip
def test_what_no_target_is_called_leads_nowhere(slug: str):
    with pytest.raises(Resolver404):
        resolve(f"/dpaas/{slug}/accounts/")


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (Target.dxtra("https://api.dxtra.ai/v1/graphql"), "api.dxtra.ai"),
        (Target.dxtra("https://api.dxtra.ai"), "api.dxtra.ai/"),
        (Target.dxtra("https://api.dxtra.ai/v1"), "api.dxtra.ai/v1"),
        (Target.dxtra("http://127.0.0.1:18081/v1/graphql"), "127.0.0.1:18081"),
        (Target.dxtra("http://api.dxtra.ai/v1/graphql"), "http://api.dxtra.ai"),
        (Target(System.DXTRA, "no address"), "no address"),
    ],
)
def test_people_read_where_it_is(target: Target, name: str):
    assert target.name == name


def test_people_read_the_host_where_two_have_an_organization_of_one_name():
    assert Target.dpaas("acme", DEPLOYMENT).name == "acme"
    assert Target.dpaas("acme", "https://eu.dpaas.example/v2").name == "acme@eu.dpaas.example/v2"


def test_a_stored_address_that_is_malformed_breaks_no_page():
    target = Target.dpaas("acme", "https://a b/c")
    assert reverse("accounts", args=[target])
