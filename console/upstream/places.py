"""Places for the calls in flight, so that an upstream that hangs cannot take all threads.

A thread holds one place for a whole proxied call, its waiting for a token included; whatever it
sends meanwhile needs no second one.
"""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, perf_counter

from console.upstream.errors import Facts, UpstreamBusy
from console.upstream.origins import Origin
from console.upstream.timeline import Timeline, milliseconds_since

PATIENCE = (
    1.0  # seconds: the longest wait for a place, and how old a call is when it counts as hung
)


@dataclass(frozen=True, eq=False, slots=True)
class _Call:
    origin: Origin


class _OfThread(threading.local):
    holds_place = False


class Places:
    """The calls of one process, counted for each origin and over all. Shared by threads."""

    def __init__(self, *, most_for_each: int, most_in_all: int) -> None:
        self._most_for_each = most_for_each
        self._most_in_all = most_in_all
        self._changed = threading.Condition()
        self._held: dict[_Call, float] = {}  # since when: readings of time.monotonic()
        self._waiting: list[_Call] = []  # who came first is seated first
        self._answered_at: dict[Origin, float] = {}
        self._of_thread = _OfThread()

    @contextmanager
    def hold(
        self, origin: Origin, facts: Facts, timeline: Timeline, *, seconds: float = PATIENCE
    ) -> Iterator[None]:
        """Hold a place at `origin` within the block; a thread that has one goes on with that.

        Where all are taken, wait for one up to `seconds` (and PATIENCE) if the upstream answers;
        raise UpstreamBusy at once if it seems to hang, or if the wait was in vain.
        """
        if self._of_thread.holds_place:
            yield
            return
        call = _Call(origin)
        self._take(call, facts, timeline, min(seconds, PATIENCE))
        self._of_thread.holds_place = True
        answered = False
        try:
            yield
            answered = True
        finally:
            self._of_thread.holds_place = False
            self._leave(call, answered=answered)

    def _take(self, call: _Call, facts: Facts, timeline: Timeline, seconds: float) -> None:
        with self._changed:
            if self._is_free(call.origin):
                self._seat(call)
            elif self._is_answering(call.origin):
                began = perf_counter()
                self._wait(call, seconds)
                timeline.note("waited for a place", milliseconds_since(began))
            if call not in self._held:
                raise UpstreamBusy(**facts)

    def _wait(self, call: _Call, seconds: float) -> None:
        self._waiting.append(call)
        try:
            self._changed.wait_for(lambda: call in self._held, seconds)
        finally:
            if call not in self._held:
                self._waiting.remove(call)

    def _leave(self, call: _Call, *, answered: bool) -> None:
        """Give the place on to the first that waits and may have it; so nobody can push in."""
        with self._changed:
            del self._held[call]
            if answered:
                self._answered_at[call.origin] = monotonic()
            heir = next((each for each in self._waiting if self._is_free(each.origin)), None)
            if heir:
                self._waiting.remove(heir)
                self._seat(heir)
                self._changed.notify_all()

    def _seat(self, call: _Call) -> None:
        self._held[call] = monotonic()

    def _is_full(self, origin: Origin) -> bool:
        return sum(call.origin == origin for call in self._held) >= self._most_for_each

    def _is_free(self, origin: Origin) -> bool:
        return len(self._held) < self._most_in_all and not self._is_full(origin)

    def _is_answering(self, origin: Origin) -> bool:
        """Whether a place may be free soon: of the calls that are in the way, none is old, or one
        ended with an answer a moment ago."""
        at_origin = self._is_full(origin)
        in_the_way = [call for call in self._held if call.origin == origin or not at_origin]
        lately = monotonic() - PATIENCE
        return all(self._held[call] > lately for call in in_the_way) or any(
            self._answered_at.get(call.origin, -math.inf) > lately for call in in_the_way
        )
