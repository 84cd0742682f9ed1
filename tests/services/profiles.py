"""Teammates and their profiles at the sandbox, in the test process's own database."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from console.profiles.clients import egress
from console.profiles.models import CredentialProfile
from console.team.models import User
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
    """The console may call both sandbox upstreams, and two places where nobody answers."""
    settings.UPSTREAM_ORIGINS = [dpaas.url, dxtra.url, NOBODY_LISTENS, NO_SUCH_HOST]
    egress.cache_clear()
    yield
    egress.cache_clear()


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


def dpaas_form(dpaas: DpaasUpstream) -> dict[str, str]:
    """What is typed into the form of a new DPaaS profile."""
    return {
        "name": "DPaaS",
        "base_url": dpaas.url,
        "email": OPS_DPAAS.email,
        "password": OPS_DPAAS.password,
        "organization_slug": OPS_DPAAS.organization_slug,
    }


def client_of(user: User) -> Client:
    """Django's test client, with `user` signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    """The body with its white space made single."""
    body: str = response.content.decode()
    return " ".join(body.split())
