"""Two teammates, one in Operations and one not, with DPaaS profiles at the sandbox."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from console.profiles.connections import egress
from console.profiles.models import CredentialProfile
from console.profiles.services import create_dpaas_profile
from console.team.groups import OPERATIONS
from console.team.models import User
from console.vault.secret import Secret
from sandbox.dpaas import DpaasUpstream
from sandbox.people import OPS_DPAAS, DpaasPerson

NOBODY_LISTENS = "http://127.0.0.1:9"
NO_SUCH_HOST = "http://no-such-host.invalid"


@pytest.fixture
def reachable(settings: Any, dpaas: DpaasUpstream) -> Iterator[None]:
    settings.UPSTREAM_ORIGINS = [dpaas.url, NOBODY_LISTENS, NO_SUCH_HOST]
    egress.cache_clear()
    yield
    egress.cache_clear()


@pytest.fixture
def alice(transactional_db: None) -> User:
    """In the group Operations."""
    user = User.objects.create_user("alice@example.com")
    user.groups.add(Group.objects.get(name=OPERATIONS))
    return user


@pytest.fixture
def bob(transactional_db: None) -> User:
    """A teammate like any other."""
    return User.objects.create_user("bob@example.com")


@pytest.fixture
def profile(alice: User, dpaas: DpaasUpstream, reachable: None) -> CredentialProfile:
    return profile_of(alice, dpaas)


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


@pytest.fixture
def bobs(bob: User, dpaas: DpaasUpstream, reachable: None) -> Client:
    profile_of(bob, dpaas)
    return client_of(bob)


def profile_of(
    user: User, dpaas: DpaasUpstream, *, person: DpaasPerson = OPS_DPAAS, base_url: str = ""
) -> CredentialProfile:
    return create_dpaas_profile(
        user,
        name="Sandbox",
        base_url=base_url or dpaas.url,
        email=person.email,
        password=Secret(person.password),
        organization_slug=person.organization_slug,
    )


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def htmx(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}


def text(response: Any) -> str:
    """The body with its white space made single."""
    body: str = response.content.decode()
    return " ".join(body.split())
