"""ConcurrencyLimiter for the calls in flight, so that an upstream that hangs cannot take all threads.

A thread holds one place for a whole proxied call, its waiting for a token included; whatever it
sends meanwhile needs no second one. Who finds no place waits for one in turn, unless the upstream
hangs: then it is told at once.
"""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, perf_counter

from console.upstream.errors import ErrorContext, UpstreamBusy
from console.upstream.network.origins import Origin
from console.upstream.timeline import Timeline, milliseconds_since

PATIENCE = 10.0  # seconds: the longest wait for a place
HANGS_AFTER = 3.0  # seconds without an answer: longer than a refresh and a call mostly take


@dataclass(frozen=True, eq=False, slots=True)
class _Call:
    origin: Origin
    seated: threading.Event = field(default_factory=threading.Event)


class _OfThread(threading.local):
    holds_place = False


class ConcurrencyLimiter:
    """The calls of one process, counted for each origin and over all. Shared by threads."""

    def __init__(self, *, most_for_each: int, max_calls: int, max_queued_calls: int) -> None:
        self._most_for_each = most_for_each
        self._most_in_all = max_calls
        self._most_waiting = max_queued_calls
        self._lock = threading.Lock()
        self._held: dict[_Call, float] = {}  # since when: readings of time.monotonic()
        self._waiting: list[_Call] = []  # who came first is seated first
        self._answered_at: dict[Origin, float] = {}
        self._unanswered: set[Origin] = set()  # their last call waited for nothing
        self._of_thread = _OfThread()

    @contextmanager
    def hold(
        self,
        origin: Origin,
        context: ErrorContext,
        timeline: Timeline,
        *,
        seconds: float = math.inf,
    ) -> Iterator[None]:
        """Hold a place at `origin` within the block; a thread that has one goes on with that.

        Where all are taken, wait for one, up to `seconds` and PATIENCE. Raises UpstreamBusy if the
        upstream hangs, at once, if too many wait already, or if the wait was in vain.
        """
        if self._of_thread.holds_place:
            yield
            return
        call = _Call(origin)
        self._take(call, context, timeline, min(seconds, PATIENCE))
        self._of_thread.holds_place = True
        answered = False
        try:
            yield
            answered = True
        finally:
            self._of_thread.holds_place = False
            self._leave(call, answered=answered)

    def _take(self, call: _Call, context: ErrorContext, timeline: Timeline, seconds: float) -> None:
        with self._lock:
            if self._is_free(call.origin):
                self._seat(call)
                return
            if len(self._waiting) >= self._most_waiting or self._hangs_in(call.origin) <= 0:
                raise UpstreamBusy(**context)
            self._waiting.append(call)
        began = perf_counter()
        seated = self._wait(call, monotonic() + seconds)
        timeline.note("waited for a place", milliseconds_since(began))
        if not seated:
            raise UpstreamBusy(**context)

    def _wait(self, call: _Call, give_up_at: float) -> bool:
        """Wait until `call` is seated. False: not by `give_up_at`, or its upstream hangs."""
        while True:
            with self._lock:
                left = min(give_up_at - monotonic(), self._hangs_in(call.origin))
                if call in self._held:
                    return True
                if left <= 0:
                    self._waiting.remove(call)
                    return False
            call.seated.wait(left)

    def _leave(self, call: _Call, *, answered: bool) -> None:
        """Give the place on to the first that waits and may have it; so nobody can push in."""
        with self._lock:
            since = self._held.pop(call)
            if answered:
                self._answered_at[call.origin] = monotonic()
                self._unanswered.discard(call.origin)
            elif monotonic() - since >= HANGS_AFTER:
                self._unanswered.add(call.origin)
            heir = next((each for each in self._waiting if self._is_free(each.origin)), None)
            if heir:
                self._waiting.remove(heir)
                self._seat(heir)
                heir.seated.set()

    def _seat(self, call: _Call) -> None:
        self._held[call] = monotonic()

    def _is_full(self, origin: Origin) -> bool:
        return sum(call.origin == origin for call in self._held) >= self._most_for_each

    def _is_free(self, origin: Origin) -> bool:
        return len(self._held) < self._most_in_all and not self._is_full(origin)

    def _hangs_in(self, origin: Origin) -> float:
        """In how many seconds `origin`, whose place is wanted, counts as one that hangs: 0 or less
        if it does now. Where the places of all are taken, the last of them to hang counts."""
        in_the_way = {origin} if self._is_full(origin) else {call.origin for call in self._held}
        return max(map(self._one_hangs_in, in_the_way), default=math.inf)

    def _one_hangs_in(self, origin: Origin) -> float:
        if origin in self._unanswered:
            return 0.0
        oldest = min(since for call, since in self._held.items() if call.origin == origin)
        quiet_since = max(oldest, self._answered_at.get(origin, -math.inf))
        return quiet_since + HANGS_AFTER - monotonic()
