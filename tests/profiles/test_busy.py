"""An upstream without a free place: its calls are refused, its profiles left as they are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from console.profiles import connections, services
from console.profiles.connections import egress
from console.upstream.errors import UpstreamBusy
from console.upstream.timeline import Timeline
from tests.profiles.rows import row_of

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


@contextmanager
def all_places_taken(url: str) -> Iterator[None]:
    taken, enough = threading.Event(), threading.Event()

    def call() -> None:
        with egress().place(url, timeline=Timeline()):
            taken.set()
            enough.wait(30)

    thread = threading.Thread(target=call)
    thread.start()
    assert taken.wait(10)
    yield
    enough.set()
    thread.join(10)


def test_a_busy_upstream_costs_a_profile_neither_its_token_nor_a_pause(
    settings, dpaas, dpaas_profile
):
    settings.MAX_CALLS_PER_UPSTREAM, settings.MAX_CALLS, settings.MAX_QUEUED_CALLS = 1, 2, 0
    services.refresh_now(dpaas_profile)
    before = row_of(dpaas_profile)
    with all_places_taken(dpaas.url):
        for call in (
            lambda: connections.dpaas(before, Timeline()).accounts(),
            lambda: services.refresh_now(before),
        ):
            with pytest.raises(UpstreamBusy):
                call()
    after = row_of(dpaas_profile)
    assert (after.generation, after.state) == (before.generation, before.state)
    assert (after.lease_epoch, after.failures, after.not_before) == (before.lease_epoch, 0, None)
    assert len(connections.dpaas(after, Timeline()).accounts().items) == 20
    services.refresh_now(after)
    assert row_of(dpaas_profile).generation == before.generation + 1
