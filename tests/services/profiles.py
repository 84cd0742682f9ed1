"""Teammates and their profiles at the sandbox, in the test process's own database."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from console.calls import services as records
from console.graphql.history import record as run_record
from console.profiles.clients import egress
from console.profiles.editing.versions import signed_version
from console.profiles.lifecycle import tokens
from console.profiles.models import CredentialProfile
from console.profiles.selection.credential_state import credential_state
from console.team.models import User
from console.upstream.systems import System
from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DPAAS
from tests.factories import (
    NOBODY_LISTENS,
    DpaasProfileFactory,
    DxtraProfileFactory,
    UserFactory,
)

NO_SUCH_HOST = "http://no-such-host.invalid"


@pytest.fixture
def reachable(settings: Any, dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> Iterator[None]:
    """The console is deployed for both sandbox upstreams, and may call two places where nobody
    answers."""
    settings.UPSTREAM_ORIGINS = [dpaas.url, dxtra.url, NOBODY_LISTENS, NO_SUCH_HOST]
    settings.DPAAS_BASE_URL = dpaas.url
    settings.DXTRA_AUTH_URL, settings.DXTRA_GRAPHQL_URL = dxtra.auth_url, dxtra.graphql_url
    egress.cache_clear()
    yield
    egress.cache_clear()


@pytest.fixture
def same_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests that count statements, which neither a busy machine nor the tests before change.

    A call reads its profile once more where 20 ms have passed, each 500th deletes old records, and
    a GraphQL run in fifty, drawn by its random key, deletes old runs.
    """
    monkeypatch.setattr(tokens, "MAX_ROW_AGE", 60.0)
    monkeypatch.setattr(records, "PRUNE_EVERY", 10**9)
    monkeypatch.setattr(run_record, "PRUNE_EVERY", 2**128)


@pytest.fixture
def alice(transactional_db: None) -> User:
    return UserFactory(email="alice@example.com")


@pytest.fixture
def bob(transactional_db: None) -> User:
    return UserFactory(email="bob@example.com")


@pytest.fixture
def dpaas_profile(alice: User, dpaas: DpaasUpstream, reachable: None) -> CredentialProfile:
    return DpaasProfileFactory(owner=alice, base_url=dpaas.url)


@pytest.fixture
def dxtra_profile(alice: User, dxtra: DxtraUpstream, reachable: None) -> CredentialProfile:
    return DxtraProfileFactory(owner=alice, origin=dxtra.url)


def screen_of(profile: CredentialProfile, name: str = "", *args: Any) -> str:
    """The address of a screen (a URL's name) of the profile's target; by default its main one."""
    by_default = "accounts" if profile.kind == System.DPAAS else "graphql"
    return reverse(name or by_default, args=[profile.target, *args])


def dpaas_form(dpaas: DpaasUpstream) -> dict[str, str]:
    """What is typed into the form of a new DPaaS profile."""
    return {
        "name": "DPaaS",
        "base_url": dpaas.url,
        "dpaas_email": OPS_DPAAS.email,
        "dpaas_secret": OPS_DPAAS.password,
        "organization_slug": OPS_DPAAS.organization_slug,
    }


HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


def carried(response: Any, form_id: str = "profile-form") -> dict[str, str]:
    """The hidden fields of the form in `response`, at or after an id: what a browser sends."""
    form = text(response).partition(f'id="{form_id}"')[2]
    return {name: unescape(value) for name, value in HIDDEN.findall(form)}


def seen(profile: CredentialProfile) -> dict[str, str]:
    """What the form or the confirmation of a stored profile carries when it is opened now."""
    return {"opened_with": signed_version(CredentialProfile.objects.get(pk=profile.pk))}


def opened_by(email: str = "alice@example.com", kind: System = System.DPAAS) -> dict[str, str]:
    """What an upstream's form carries that this teammate opens now, with their one profile."""
    own = CredentialProfile.objects.filter(owner__email=email, kind=kind)
    return {"opened_with": credential_state(own.first())}


def client_of(user: User) -> Client:
    """Django's test client, with `user` signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    """The body with its white space made single."""
    body: str = response.content.decode()
    return " ".join(body.split())
