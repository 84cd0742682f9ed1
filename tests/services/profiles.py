"""Teammates and their profiles at the sandbox, in the test process's own database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from console.profiles import services
from console.profiles.clients import egress
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.vault.secret import Secret
from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DPAAS, OPS_DXTRA, DpaasPerson

NOBODY_LISTENS = "http://127.0.0.1:9"
NO_SUCH_HOST = "http://no-such-host.invalid"


@pytest.fixture
def reachable(settings: Any, dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> Iterator[None]:
    """The console may call both sandbox upstreams, and two places where nobody answers."""
    settings.UPSTREAM_ORIGINS = [dpaas.url, dxtra.url, NOBODY_LISTENS, NO_SUCH_HOST]
    egress.cache_clear()
    yield
    egress.cache_clear()


@pytest.fixture
def alice(transactional_db: None) -> User:
    return User.objects.create_user("alice@example.com")


@pytest.fixture
def bob(transactional_db: None) -> User:
    return User.objects.create_user("bob@example.com")


@pytest.fixture
def dpaas_profile(alice: User, dpaas: DpaasUpstream, reachable: None) -> CredentialProfile:
    return dpaas_profile_of(alice, dpaas)


@pytest.fixture
def dxtra_profile(alice: User, dxtra: DxtraUpstream, reachable: None) -> CredentialProfile:
    return dxtra_profile_of(alice, dxtra)


def dpaas_form(dpaas: DpaasUpstream) -> dict[str, str]:
    """What is typed into the form of a new DPaaS profile."""
    return {
        "name": "DPaaS",
        "base_url": dpaas.url,
        "email": OPS_DPAAS.email,
        "password": OPS_DPAAS.password,
        "organization_slug": OPS_DPAAS.organization_slug,
    }


def dpaas_profile_of(
    user: User,
    dpaas: DpaasUpstream,
    *,
    name: str = "DPaaS",
    person: DpaasPerson = OPS_DPAAS,
    base_url: str = "",
) -> CredentialProfile:
    """A profile of `user`, who signs in to DPaaS as `person`; nothing is sent yet."""
    return services.create_dpaas_profile(
        user,
        name=name,
        base_url=base_url or dpaas.url,
        email=person.email,
        password=Secret(person.password),
        organization_slug=person.organization_slug,
    )


def dxtra_profile_of(user: User, dxtra: DxtraUpstream, *, name: str = "Dxtra") -> CredentialProfile:
    """A profile of `user` with the sandbox's first personal access token; nothing is sent yet."""
    return services.create_dxtra_profile(
        user,
        name=name,
        auth_url=dxtra.auth_url,
        graphql_url=dxtra.graphql_url,
        personal_access_token=Secret(OPS_DXTRA.personal_access_token),
    )


def client_of(user: User) -> Client:
    """Django's test client, with `user` signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    """The body with its white space made single."""
    body: str = response.content.decode()
    return " ".join(body.split())
