"""The navigation is cached by what it shows: each page has its own, and what changes shows."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from console.profiles.models import CredentialProfile
from tests.factories import DxtraProfileFactory
from tests.services.profiles import client_of, text

PROFILES = "/profiles/"


@pytest.fixture
def client(alice, dpaas_profile) -> Client:
    return client_of(alice)


def navigation(client: Client, path: str = PROFILES) -> str:
    _, begin, rest = text(client.get(path)).partition('<nav class="nav"')
    shown, end, _ = rest.partition('<details class="menu">')
    assert begin
    assert end
    return shown


@pytest.mark.parametrize(
    ("path", "label", "current"),
    [
        ("accounts/", "Accounts", "page"),
        ("accounts/new/", "Accounts", "true"),
        ("users/", "Users", "page"),
        ("service-accounts/", "Users", "true"),
        ("groups/", "Users", "true"),
        ("groups/columns/", "Users", "true"),
    ],
)
def test_one_entry_is_current(client, path: str, label: str, current: str):
    shown = navigation(client, f"/dpaas/acme/{path}").partition("</nav>")[0]
    assert re.findall(r'aria-current="(\w+)">(\w+)<', shown) == [(current, label)]


@pytest.mark.parametrize(
    ("changed", "shown"),
    [
        ({"name": "Renamed"}, '<bdi class="menu-profile">Renamed</bdi>'),
        ({"organization_slug": "globex"}, '<bdi class="using-name">globex'),
        ({"environment": "production"}, "using-one is-production"),
        ({"environment": "staging"}, '<span class="environment">staging</span>'),
        ({"read_only": True}, 'aria-label="Read-only"'),
        ({"failures": 1}, 'title="Unreachable"'),
        ({"state": "needs_user"}, 'title="Sign-in refused"'),
        ({"backoff_until": timezone.now() + timedelta(hours=1)}, 'title="Paused"'),
    ],
)
def test_what_changed_is_on_the_next_page(client, changed: dict[str, Any], shown: str):
    before = navigation(client)
    assert navigation(client) == before
    assert shown not in before
    CredentialProfile.objects.update(**changed)
    assert shown in navigation(client)


def test_a_pause_that_ended_is_not_shown_any_more(client):
    CredentialProfile.objects.update(backoff_until=timezone.now() + timedelta(hours=1))
    assert 'title="Paused"' in navigation(client)
    CredentialProfile.objects.update(backoff_until=timezone.now() - timedelta(seconds=1))
    assert 'title="Paused"' not in navigation(client)


def test_each_page_marks_its_own_place(client):
    assert f'href="{PROFILES}" aria-current="page"' in navigation(client)
    elsewhere = navigation(client, "/calls/")
    assert 'href="/calls/" aria-current="page"' in elsewhere
    assert f'href="{PROFILES}" aria-current' not in elsewhere
    assert f'href="{PROFILES}" aria-current="true"' in navigation(client, "/profiles/new/dpaas/")


def test_nobody_sees_the_targets_of_another(client, bob):
    DxtraProfileFactory(owner=bob, name="Bob's own")
    assert "DPaaS</bdi>" in navigation(client)
    of_bob = navigation(client_of(bob))
    assert "DPaaS</bdi>" not in of_bob
    assert "Bob&#x27;s own" in of_bob
    assert "Bob&#x27;s own" not in navigation(client)


def test_no_token_of_a_form_is_in_it(client, monkeypatch):
    kept = []
    fragments = caches["template_fragments"]
    monkeypatch.setattr(fragments, "set", lambda key, value, *_, **__: kept.append(value))
    fragments.clear()
    client.get(PROFILES)
    assert len(kept) == 2, "the links to styles and scripts, and the navigation"
    assert not any("csrf" in each for each in kept)
