"""One teammate in Operations and one not, with DPaaS profiles at the sandbox."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from console.profiles.models import CredentialProfile
from console.team.groups import OPERATIONS
from console.team.models import User
from sandbox.dpaas import DpaasUpstream
from tests.factories import DpaasProfileFactory
from tests.services.profiles import client_of


@pytest.fixture
def alice(alice: User) -> User:
    """In the group Operations."""
    alice.groups.add(Group.objects.get(name=OPERATIONS))
    return alice


@pytest.fixture
def profile(dpaas_profile: CredentialProfile) -> CredentialProfile:
    return dpaas_profile


@pytest.fixture
def client(alice: User) -> Client:
    return client_of(alice)


@pytest.fixture
def bobs(bob: User, dpaas: DpaasUpstream, reachable: None) -> Client:
    """The client of bob, who has a profile of his own and no right to create."""
    DpaasProfileFactory(owner=bob, base_url=dpaas.url)
    return client_of(bob)


def htmx(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}
