"""Runs that are under way, and may be cancelled by their teammate from any process.

The browser names a run by a key that it makes up, and sends the key again to cancel it. A run of
another process is cancelled by a word in the shared cache, for which each process looks every
half a second while a run of its own takes longer than that.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.cache import cache
from django.db import DatabaseError, connections

from console.upstream.network.cancellation import Cancellation

POLL_SECONDS = 0.5
KEPT_SECONDS = 120  # longer than any run
IDLE_SECONDS = 60.0  # after which the thread that looks ends

log = logging.getLogger(__name__)


@contextmanager
def cancellable(owner_id: UUID, key: UUID | None) -> Iterator[Cancellation | None]:
    """Within the block a run can be cancelled by its owner under `key`; None: it cannot be."""
    if key is None:
        yield None
        return
    name, cancellation = _name(owner_id, key), Cancellation()
    _runs.add(name, cancellation)
    try:
        yield cancellation
    finally:
        _runs.remove(name)


def cancel(owner_id: UUID, key: UUID) -> None:
    """Give up the run of `owner_id` under `key`, in whichever process it is."""
    name = _name(owner_id, key)
    if not _runs.cancel(name):
        cache.set(name, True, KEPT_SECONDS)


def read_cancel_key(text: str) -> UUID | None:
    """The key that a browser sent; None where it sent none, or nothing of the kind."""
    try:
        return UUID(text)
    except ValueError:
        return None


def _name(owner_id: UUID, key: UUID) -> str:
    return f"cancelled-run:{owner_id}:{key}"


class _RunsOfProcess:
    """The runs under way in this process, and the thread that looks for those to cancel."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._runs: dict[str, tuple[Cancellation, float]] = {}  # since when: time.monotonic()
        self._is_watched = False

    def add(self, name: str, cancellation: Cancellation) -> None:
        with self._changed:
            self._runs[name] = cancellation, time.monotonic()
            if not self._is_watched:
                self._is_watched = True
                threading.Thread(target=self._watch, name="cancelled runs", daemon=True).start()
            self._changed.notify()

    def remove(self, name: str) -> None:
        with self._changed:
            self._runs.pop(name, None)

    def cancel(self, name: str) -> bool:
        """False if it is no run of this process."""
        with self._changed:
            cancellation, _ = self._runs.get(name, (None, 0))
        if cancellation:
            cancellation.request()
        return cancellation is not None

    def _watch(self) -> None:
        while self._has_runs():
            time.sleep(POLL_SECONDS)
            if names := self._that_take_long():
                for name in _cancelled_elsewhere(names):
                    self.cancel(name)

    def _has_runs(self) -> bool:
        """Wait for a run. False: none came, and the thread ends."""
        with self._changed:
            self._is_watched = self._changed.wait_for(lambda: bool(self._runs), IDLE_SECONDS)
            return self._is_watched

    def _that_take_long(self) -> list[str]:
        """So that a quick run costs no query."""
        began_before = time.monotonic() - POLL_SECONDS
        with self._changed:
            return [name for name, (_, since) in self._runs.items() if since <= began_before]


def _cancelled_elsewhere(names: list[str]) -> Iterable[str]:
    try:
        return list(cache.get_many(names))
    except DatabaseError:
        log.exception("Could not look for cancelled runs")
        return []
    finally:
        connections.close_all()  # held by a thread that sleeps, it would be missing elsewhere


_runs = _RunsOfProcess()
