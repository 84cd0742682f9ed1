"""An upstream without a free slot: its calls are refused, its profiles left as they are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from console.profiles import clients, services
from console.profiles.clients import egress
from console.profiles.models import TokenState
from console.upstream.dpaas_records import account_from
from console.upstream.errors import UpstreamBusy
from console.upstream.timeline import Timeline
from tests.profiles.lifecycle.rows import (
    enter_advisory_window,
    finish_background_refreshes,
    row_of,
)

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


@contextmanager
def all_slots_taken(url: str) -> Iterator[None]:
    taken, enough = threading.Event(), threading.Event()

    def call() -> None:
        with egress().acquire(url, timeline=Timeline()):
            taken.set()
            enough.wait(30)

    thread = threading.Thread(target=call)
    thread.start()
    assert taken.wait(60)
    yield
    enough.set()
    thread.join(60)


def test_a_busy_upstream_costs_a_profile_neither_its_token_nor_a_backoff(
    settings, dpaas, dpaas_profile
):
    settings.MAX_CALLS_PER_UPSTREAM, settings.MAX_CALLS, settings.MAX_QUEUED_CALLS = 1, 2, 0
    services.refresh_now(dpaas_profile)
    before = row_of(dpaas_profile)
    with all_slots_taken(dpaas.url):
        for call in (
            lambda: clients.dpaas(before, Timeline()).page("/accounts", account_from),
            lambda: services.refresh_now(before),
        ):
            with pytest.raises(UpstreamBusy):
                call()
    after = row_of(dpaas_profile)
    assert (after.generation, after.state) == (before.generation, before.state)
    assert (after.lease_epoch, after.failures, after.backoff_until) == (before.lease_epoch, 0, None)
    assert len(clients.dpaas(after, Timeline()).page("/accounts", account_from).items) == 20
    services.refresh_now(after)
    assert row_of(dpaas_profile).generation == before.generation + 1


def test_a_refresh_in_the_background_that_finds_no_slot_is_no_failure(
    settings, dpaas, dpaas_profile, tokens
):
    settings.MAX_CALLS_PER_UPSTREAM, settings.MAX_CALLS, settings.MAX_QUEUED_CALLS = 1, 2, 0
    services.refresh_now(dpaas_profile)
    enter_advisory_window(dpaas_profile)
    with all_slots_taken(dpaas.url):
        assert tokens(dpaas_profile).access_token().generation == 1
        finish_background_refreshes()
    row = row_of(dpaas_profile)
    assert (row.generation, row.state, row.failures) == (1, TokenState.VALID, 0)
