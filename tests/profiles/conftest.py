"""Teammates, their profiles at the sandbox upstreams, and an egress that may reach them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from console.profiles import services
from console.profiles.connections import egress, tokens_of
from console.profiles.models import CredentialProfile
from console.profiles.tokens import ProfileTokens
from console.team.models import User
from console.upstream.timeline import Timeline
from console.vault.secret import Secret
from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DPAAS, OPS_DXTRA

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
def reachable(settings: Any, dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> Iterator[None]:
    settings.UPSTREAM_ORIGINS = [dpaas.url, dxtra.url, NOBODY_LISTENS]
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
    return services.create_dpaas_profile(
        alice,
        name="DPaaS",
        base_url=dpaas.url,
        email=OPS_DPAAS.email,
        password=Secret(OPS_DPAAS.password),
        organization_slug=OPS_DPAAS.organization_slug,
    )


@pytest.fixture
def dxtra_profile(alice: User, dxtra: DxtraUpstream, reachable: None) -> CredentialProfile:
    return services.create_dxtra_profile(
        alice,
        name="Dxtra",
        auth_url=dxtra.auth_url,
        graphql_url=dxtra.graphql_url,
        personal_access_token=Secret(OPS_DXTRA.personal_access_token),
    )


TokensOf = Callable[[CredentialProfile], ProfileTokens]


@pytest.fixture
def tokens() -> TokensOf:
    """The token source of one call, as a fresh process would see it."""

    def of(profile: CredentialProfile) -> ProfileTokens:
        row = CredentialProfile.objects.with_clock().get(pk=profile.pk)
        return tokens_of(row, Timeline())

    return of
