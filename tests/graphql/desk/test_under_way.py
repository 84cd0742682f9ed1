"""The desk while a mutation of the teammate waits for its answer."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from console.graphql.history.models import UNDER_WAY
from console.profiles.models import CredentialProfile
from console.team.models import User
from tests.factories import RunFactory
from tests.graphql.reading import read_screen
from tests.services.profiles import screen_of

pytestmark = pytest.mark.both_databases


def test_who_comes_back_meanwhile_is_told_that_it_was_sent(
    client: Client, alice: User, profile: CredentialProfile
):
    here = {"graphql_url": profile.target.address, "is_mutation": True}
    run = RunFactory(owner=alice, operation="Erase", outcome=UNDER_WAY, **here)
    screen = read_screen(client.get(screen_of(profile)))
    (told,) = screen.notices
    assert "Erase was sent at" in told
    assert "Dxtra has not responded yet" in told
    assert f"/graphql/history/{run.pk}/" in screen.html


def test_nothing_else_is_taken_for_a_mutation_under_way(
    client: Client, alice: User, bob: User, profile: CredentialProfile
):
    here = {"graphql_url": profile.target.address, "is_mutation": True}
    long_ago = timezone.now() - timedelta(hours=1)
    RunFactory(owner=alice, **here)  # it has ended
    RunFactory(owner=alice, outcome=UNDER_WAY, at=long_ago, **here)  # its process is gone
    RunFactory(owner=alice, outcome=UNDER_WAY, **{**here, "is_mutation": False})
    RunFactory(owner=alice, outcome=UNDER_WAY, is_mutation=True)  # elsewhere
    RunFactory(owner=bob, outcome=UNDER_WAY, **here)
    assert read_screen(client.get(screen_of(profile))).notices == []
