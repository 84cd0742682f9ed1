"""The token source of one call."""

from collections.abc import Callable

import pytest

from console.profiles.connections import tokens_of
from console.profiles.models import CredentialProfile
from console.profiles.tokens import ProfileTokens
from console.upstream.timeline import Timeline

TokensOf = Callable[[CredentialProfile], ProfileTokens]


@pytest.fixture
def tokens() -> TokensOf:
    """The token source of one call, as a fresh process would see it."""

    def of(profile: CredentialProfile) -> ProfileTokens:
        row = CredentialProfile.objects.with_clock().get(pk=profile.pk)
        return tokens_of(row, Timeline())

    return of
