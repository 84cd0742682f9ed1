"""One teammate's calls that hang leave slots for another's, whatever kind they are of."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import connections

from console.accounts.services import list_page
from console.profiles.clients import egress
from console.profiles.editing.saving import check_credential
from console.profiles.models import CredentialProfile
from console.profiles.services import refresh_now
from console.team.models import User
from console.upstream.dpaas_records import account_from
from console.upstream.errors import UpstreamError
from sandbox.dpaas import DpaasUpstream
from tests.factories import DpaasProfileFactory

HANG = 30.0  # seconds; it ends with the test


@pytest.fixture
def few_slots(settings: Any, reachable: None) -> None:
    settings.MAX_CALLS_PER_UPSTREAM = 2
    egress.cache_clear()


def fresh(profile: CredentialProfile) -> CredentialProfile:
    return CredentialProfile.objects.with_clock().get(pk=profile.pk)


def lists(profile: CredentialProfile) -> Any:
    return list_page(
        fresh(profile),
        "/accounts",
        account_from,
        page=1,
        quantity=10,
        order_by="name",
        operation="list accounts",
    )


def checks(profile: CredentialProfile) -> Any:
    return check_credential(fresh(profile), None)


def refreshes(profile: CredentialProfile) -> Any:
    return refresh_now(fresh(profile))


@pytest.mark.parametrize("work", [lists, checks, refreshes])
def test_another_teammate_s_call_goes_on(
    alice: User, bob: User, dpaas: DpaasUpstream, few_slots: None, work: Callable[..., Any]
) -> None:
    mine = [DpaasProfileFactory(owner=alice, name=f"{n}", base_url=dpaas.url) for n in range(4)]
    theirs = DpaasProfileFactory(owner=bob, base_url=dpaas.url)
    assert lists(theirs).failure is None
    dpaas.faults.add(route="POST /authentication/login", hang=HANG, times=None)

    def run(profile: CredentialProfile) -> None:
        with suppress(UpstreamError):
            work(profile)
        connections.close_all()

    threads = [threading.Thread(target=run, args=(profile,)) for profile in mine]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    failure = lists(theirs).failure
    took = time.monotonic() - began
    dpaas.faults.clear()
    for thread in threads:
        thread.join(30)

    assert failure is None
    assert took < HANG
