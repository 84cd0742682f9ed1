"""Saved queries of alice, at the sandbox that her profile is for; bob is her colleague."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from console.graphql.library.contents import Content
from console.graphql.library.models import SavedQuery
from console.graphql.library.saving import save_new
from console.profiles.models import CredentialProfile
from console.team.models import User
from tests.services.profiles import client_of

CONTROLLERS = "query Controllers($limit: Int) { dataControllers(limit: $limit) { id title } }"
MUTATION = 'mutation Rename { updateUser(id: "1") { id } }'

Save = Callable[..., SavedQuery]


@pytest.fixture
def save(alice: User, profile: CredentialProfile) -> Save:
    """`save(name="A", query="{ a }", is_shared=True)`: alice's, or that of `owner`."""

    def save_it(
        *, owner: User | None = None, is_shared: bool = False, is_report: bool = False, **texts: Any
    ) -> SavedQuery:
        content = Content(**{"name": "Controllers", "query": CONTROLLERS, **texts})
        saved = save_new(owner or alice, profile.target, content, is_shared=is_shared)
        if is_report:
            SavedQuery.objects.filter(pk=saved.pk).update(is_report=True)
        return saved

    return save_it


@pytest.fixture
def bobs(bob: User) -> Client:
    return client_of(bob)
