"""One thread of a process at a time reads a large answer; the others wait their turn.

A large answer takes some 40 MB while it is read. Eight at once would take eight times as much, and
be no sooner done: reading is work of the processor. What is smaller than LARGE takes no turn. Each
teammate has one thread in that queue at most, so that nobody waits for more than one read of each
other.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from time import monotonic, perf_counter
from uuid import UUID
from weakref import WeakValueDictionary

from console.database.connection import release_connection
from console.upstream.network.response import LARGE

MAX_WAIT_SECONDS = 5.0
WITHOUT_END = -1.0  # for an answer that has just come, and would be lost
MAX_WAITING = 8  # threads of one teammate; each keeps one from the others


class StillBusy(Exception):
    """Something large is done for this teammate, or others, for longer than one waits."""


class _OfTeammate:
    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.places = threading.BoundedSemaphore(MAX_WAITING)


_turn = threading.Lock()
_of_teammates: WeakValueDictionary[UUID, _OfTeammate] = WeakValueDictionary()
_finding = threading.Lock()


@contextmanager
def turn(size: int, owner_id: UUID, *, max_wait: float | None = None) -> Iterator[None]:
    """Within the block, this thread alone reads a large answer. Raises StillBusy.

    `max_wait`: seconds; MAX_WAIT_SECONDS unless given.
    """
    if size < LARGE:
        yield
        return
    seconds = MAX_WAIT_SECONDS if max_wait is None else max_wait
    until = monotonic() + seconds
    with own_turn(owner_id, max_wait=seconds):
        left = seconds if seconds == WITHOUT_END else max(until - monotonic(), 0.0)
        with _taken(_turn, left):
            yield


@contextmanager
def own_turn(owner_id: UUID, *, max_wait: float | None = None) -> Iterator[None]:
    """Within the block, this thread alone does something large for the teammate. Raises StillBusy.

    At once where MAX_WAITING of their threads wait, unless this one waits without end.
    """
    with _finding:
        own = _of_teammates.setdefault(owner_id, _OfTeammate())
    seconds = MAX_WAIT_SECONDS if max_wait is None else max_wait
    if seconds == WITHOUT_END:
        with _taken(own.turn, seconds):
            yield
    else:
        with _taken(own.places, 0.0), _taken(own.turn, seconds):
            yield


@contextmanager
def _taken(lock: "threading.Lock | threading.BoundedSemaphore", max_wait: float) -> Iterator[None]:
    if not lock.acquire(blocking=False):
        release_connection()
        if max_wait == 0 or not lock.acquire(timeout=max_wait):
            raise StillBusy
    try:
        yield
    finally:
        lock.release()


@contextmanager
def turn_when_large(owner_id: UUID) -> Iterator[Callable[[], float]]:
    """Gives what takes a turn, once, to be held until the block ends; it returns the milliseconds
    that it waited. For an answer of which only its arrival shows how large it is."""
    with ExitStack() as held:
        taken = False

        def take() -> float:
            nonlocal taken
            began = perf_counter()
            if not taken:
                held.enter_context(turn(LARGE, owner_id, max_wait=WITHOUT_END))
                taken = True
            return (perf_counter() - began) * 1000

        yield take
