"""A signed-in client, what is typed into a profile's form, and the token source of a call."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from console.profiles.clients import tokens_of
from console.profiles.lifecycle.tokens import ProfileTokens
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.timeline import Timeline
from sandbox.people import OPS_DXTRA
from tests.profiles.lifecycle.model.world import World, worlds
from tests.profiles.lifecycle.rows import finish_background_refreshes
from tests.services import profiles
from tests.services.profiles import client_of

TokensOf = Callable[[CredentialProfile], ProfileTokens]


@pytest.fixture
def tokens() -> TokensOf:
    """The token source of one call, as a fresh process would see it."""

    def of(profile: CredentialProfile) -> ProfileTokens:
        row = CredentialProfile.objects.with_clock().get(pk=profile.pk)
        return tokens_of(row, Timeline())

    return of


@pytest.fixture(autouse=True)
def no_refresh_outlasts_its_test() -> Iterator[None]:
    yield
    finish_background_refreshes()


@pytest.fixture
def new_world(alice: User) -> Iterator[Callable[[], World]]:
    """Makes a World of the model; the one before it is over then."""
    with worlds(alice) as make:
        yield make


@pytest.fixture
def signed_in(alice: Any) -> Client:
    return client_of(alice)


@pytest.fixture
def dxtra_form(dxtra: Any, reachable: None) -> dict[str, str]:
    return {
        "name": "Dxtra",
        "auth_url": dxtra.auth_url,
        "graphql_url": dxtra.graphql_url,
        "personal_access_token": OPS_DXTRA.personal_access_token,
        "role": "",
    }


@pytest.fixture
def dpaas_form(dpaas: Any, reachable: None) -> dict[str, str]:
    return profiles.dpaas_form(dpaas)
