"""The token source of one call."""

from collections.abc import Callable, Iterator

import pytest

from console.profiles.clients import tokens_of
from console.profiles.lifecycle.tokens import ProfileTokens
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.timeline import Timeline
from tests.profiles.lifecycle.model.world import World, worlds
from tests.profiles.lifecycle.rows import finish_background_refreshes

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
