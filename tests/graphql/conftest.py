"""Two teammates, a Dxtra profile at the sandbox, and the screen as a signed-in teammate sees it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from console.profiles import services
from console.profiles.connections import egress
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.vault.secret import Secret
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DXTRA
from tests.graphql.reading import Screen, read_screen

NOBODY_LISTENS = "http://127.0.0.1:9"
PART = {"HX-Request": "true", "HX-Target": "graphql-result"}


@pytest.fixture
def reachable(settings: Any, dxtra: DxtraUpstream) -> Iterator[None]:
    settings.UPSTREAM_ORIGINS = [dxtra.url, NOBODY_LISTENS]
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
def profile(alice: User, dxtra: DxtraUpstream, reachable: None) -> CredentialProfile:
    return services.create_dxtra_profile(
        alice,
        name="Ops",
        auth_url=dxtra.auth_url,
        graphql_url=dxtra.graphql_url,
        personal_access_token=Secret(OPS_DXTRA.personal_access_token),
    )


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


Post = Callable[..., Screen]


@pytest.fixture
def post(client: Client, profile: CredentialProfile) -> Post:
    """`post("{ a }", role="me", part=True)`: send the form as the page or as htmx does."""

    def send(query: str, *, part: bool = False, **fields: str) -> Screen:
        headers = PART if part else {}
        return read_screen(client.post("/graphql/", {"query": query, **fields}, headers=headers))

    return send
