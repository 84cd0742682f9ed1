"""A limit on the calls in flight, so that an upstream that hangs cannot take all threads.

Each proxied call holds one slot until it finishes, including any wait for a token; nested requests
reuse it. Where all slots are taken a call queues, unless the upstream hangs: then it fails at once.
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

MAX_WAIT_SECONDS = 10.0  # for a slot
HANGS_AFTER_SECONDS = 3.0  # without a response: longer than a refresh and a call usually take


@dataclass(frozen=True, eq=False, slots=True)
class _Call:
    origin: Origin
    granted: threading.Event = field(default_factory=threading.Event)


class _OfThread(threading.local):
    holds_slot = False


class ConcurrencyLimiter:
    """The calls of one process, counted for each origin and over all. Shared by threads."""

    def __init__(self, *, max_per_origin: int, max_calls: int, max_queued: int) -> None:
        self._max_per_origin = max_per_origin
        self._max_calls = max_calls
        self._max_queued = max_queued
        self._lock = threading.Lock()
        self._held: dict[_Call, float] = {}  # since when: readings of time.monotonic()
        self._queue: list[_Call] = []
        self._answered_at: dict[Origin, float] = {}
        self._unanswered: set[Origin] = set()  # their last call ended without a response
        self._of_thread = _OfThread()

    @contextmanager
    def acquire(
        self,
        origin: Origin,
        context: ErrorContext,
        timeline: Timeline,
        *,
        seconds: float = math.inf,
    ) -> Iterator[None]:
        """Hold a slot at `origin` within the block; a thread that has one goes on with that.

        Where all are taken, queue for up to `seconds` and MAX_WAIT_SECONDS. Raises UpstreamBusy: at
        once if the upstream hangs or the queue is full, else when the wait is over.
        """
        if self._of_thread.holds_slot:
            yield
            return
        call = _Call(origin)
        self._take_slot(call, context, timeline, min(seconds, MAX_WAIT_SECONDS))
        self._of_thread.holds_slot = True
        answered = False
        try:
            yield
            answered = True
        finally:
            self._of_thread.holds_slot = False
            self._release(call, answered=answered)

    def _take_slot(
        self, call: _Call, context: ErrorContext, timeline: Timeline, seconds: float
    ) -> None:
        with self._lock:
            if self._has_slot(call.origin):
                self._held[call] = monotonic()
                return
            if len(self._queue) >= self._max_queued or self._hangs_in(call.origin) <= 0:
                raise UpstreamBusy(**context)
            self._queue.append(call)
        began = perf_counter()
        granted = self._wait(call, monotonic() + seconds)
        timeline.note("waited for a slot", milliseconds_since(began))
        if not granted:
            raise UpstreamBusy(**context)

    def _wait(self, call: _Call, give_up_at: float) -> bool:
        """Wait until `call` has a slot. False: not by `give_up_at`, or its upstream hangs."""
        while True:
            with self._lock:
                left = min(give_up_at - monotonic(), self._hangs_in(call.origin))
                if call in self._held:
                    return True
                if left <= 0:
                    self._queue.remove(call)
                    return False
            call.granted.wait(left)

    def _release(self, call: _Call, *, answered: bool) -> None:
        """Pass the slot to the first queued call that may have it, so that nobody jumps in."""
        with self._lock:
            since = self._held.pop(call)
            if answered:
                self._answered_at[call.origin] = monotonic()
                self._unanswered.discard(call.origin)
            elif monotonic() - since >= HANGS_AFTER_SECONDS:
                self._unanswered.add(call.origin)
            following = next((each for each in self._queue if self._has_slot(each.origin)), None)
            if following:
                self._queue.remove(following)
                self._held[following] = monotonic()
                following.granted.set()

    def _is_full(self, origin: Origin) -> bool:
        return sum(call.origin == origin for call in self._held) >= self._max_per_origin

    def _has_slot(self, origin: Origin) -> bool:
        return len(self._held) < self._max_calls and not self._is_full(origin)

    def _hangs_in(self, origin: Origin) -> float:
        """In how many seconds the origins that block `origin` count as hanging; 0 or less: now.

        Where the slots of all are taken, the last of them to hang counts.
        """
        blocking = {origin} if self._is_full(origin) else {call.origin for call in self._held}
        return max(map(self._one_hangs_in, blocking), default=math.inf)

    def _one_hangs_in(self, origin: Origin) -> float:
        if origin in self._unanswered:
            return 0.0
        oldest = min(since for call, since in self._held.items() if call.origin == origin)
        quiet_since = max(oldest, self._answered_at.get(origin, -math.inf))
        return quiet_since + HANGS_AFTER_SECONDS - monotonic()
