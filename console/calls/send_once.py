"""Send what must not be sent twice, such as a create or a mutation, once for one form.

The form carries a key, and a row under that key is inserted before anything is sent. The database
takes a key only once. A second request with the same key (a double click, another tab, the back
button) sends nothing, and waits for the outcome of the first. Nothing is ever sent again by itself.

Who waits holds a thread. So one request waits for each key, a few in each process; all others learn
at once that the first is still under way.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Protocol, TypeVar

from django.db import IntegrityError, models, transaction

from console.database.connection import release_connection

POLL_SECONDS = 0.1
MAX_WAITERS = 8  # of one process: half of the threads that settings.THREADS has to spare
WAITING_SECONDS = 40  # two waits for a token, one for a free slot, and some to spare


class Attempt(Protocol):
    """The row of what is sent once."""

    @property
    def is_over(self) -> bool:
        """Whether its outcome is known, or lost with the process that waited for the answer."""


A = TypeVar("A", bound=Attempt)


def max_sending_seconds(deadline: float) -> float:
    """Seconds after which an attempt without an outcome is lost. `deadline`: seconds of a call."""
    return deadline + WAITING_SECONDS


def is_first(row: models.Model) -> bool:
    """Insert `row` under its primary key. False if the key is taken: then nothing may be sent."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def wait_for_outcome(key: Hashable, read: Callable[[], A], *, max_seconds: float) -> A:
    """Call `read` for the first one's row until it is over, or for `max_seconds`.

    Once only, where another request waits for `key` already, or too many for others. No database
    connection is held between two reads.
    """
    row = read()
    if row.is_over or not _waiters.enter(key):
        return row
    try:
        return _poll(read, until=time.monotonic() + max_seconds)
    finally:
        _waiters.leave(key)


def _poll(read: Callable[[], A], *, until: float) -> A:
    while True:
        release_connection()
        time.sleep(POLL_SECONDS)
        row = read()
        if row.is_over or time.monotonic() > until:
            return row


class _Waiters:
    """The keys that requests of this process wait for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[Hashable] = set()

    def enter(self, key: Hashable) -> bool:
        with self._lock:
            if key in self._keys or len(self._keys) >= MAX_WAITERS:
                return False
            self._keys.add(key)
            return True

    def leave(self, key: Hashable) -> None:
        with self._lock:
            self._keys.discard(key)


_waiters = _Waiters()
