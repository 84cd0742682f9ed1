"""The Dxtra screen as a signed-in teammate sees it."""

from collections.abc import Callable

import pytest
from django.test import Client

from console.profiles.models import CredentialProfile
from console.profiles.selection.credential_state import credential_state
from console.team.models import User
from tests.graphql.reading import Screen, read_screen
from tests.services.profiles import client_of, screen_of

PART = {"HX-Request": "true", "HX-Target": "graphql-result"}


@pytest.fixture
def profile(dxtra_profile: CredentialProfile) -> CredentialProfile:
    return CredentialProfile.objects.with_clock().get(pk=dxtra_profile.pk)


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


Post = Callable[..., Screen]


@pytest.fixture
def post(client: Client, profile: CredentialProfile) -> Post:
    """`post("{ a }", role="me", part=True)`: send the form as the page or as htmx does."""

    def send(query: str, *, part: bool = False, **fields: str) -> Screen:
        headers = PART if part else {}
        now = CredentialProfile.objects.get(pk=profile.pk)
        typed = {"query": query, "opened_with": credential_state(now), **fields}
        return read_screen(client.post(screen_of(now), typed, headers=headers), client)

    return send
