"""What is past its time goes also while nobody uses the console."""

from datetime import timedelta

import pytest
from django.utils import timezone

from console.accounts.detail.models import AccountChange
from console.accounts.lists.models import Walk
from console.database import expiry
from console.graphql.desk.models import Tab
from console.graphql.history.models import Run
from console.graphql.models import MutationRun, StoredResult
from console.graphql.stored import store_result
from console.profiles.models import CredentialProfile
from console.team.models import User
from tests.factories import RunFactory

pytestmark = pytest.mark.both_databases
LONG_AGO = timezone.now() - timedelta(days=400)


@pytest.fixture
def rows(alice: User, dpaas_profile: CredentialProfile) -> list[type]:
    """An old row and a fresh one of each kind."""
    fields = {"graphql_url": "https://d.example.com/v1/graphql", "operation": "a"}
    old = store_result(alice.pk, body=b"{}", **fields)
    store_result(alice.pk, body=b"{}", **fields)
    StoredResult.objects.filter(pk=old.pk).update(created_at=LONG_AGO)
    for at in (LONG_AGO, timezone.now()):
        RunFactory(owner=alice, at=at)
        MutationRun.objects.create(pk=RunFactory(owner=alice).pk, owner=alice, began_at=at)
        Tab.objects.create(owner=alice, sealed=b"", closed_at=at)
        of_profile = {"profile": dpaas_profile, "sealed": b""}
        Walk.objects.create(owner=alice, filters=at, quantity=100, read_at=at, **of_profile)
        AccountChange.objects.create(user=alice, sent_at=at, **of_profile)
    return [StoredResult, MutationRun, Tab, Run, Walk, AccountChange]


def test_expired_rows_are_deleted_by_themselves(rows):
    before = [kind.objects.count() for kind in rows]
    expiry.delete_expired()
    assert [kind.objects.count() for kind in rows] == [count - 1 for count in before]
