"""A limit on the calls in flight, so that an upstream that hangs cannot take all threads.

Each proxied call holds one slot until it finishes, including any wait for a token; nested requests
reuse it. Where all slots are taken a call queues, unless the upstream hangs: then it fails at once.

No teammate can take all slots either, nor the whole queue: each has at most MAX_OWN_PER_FREE for
each one that is left free. So one alone gets three quarters, two get three sevenths each, and there
is something left for the next (the dynamic threshold by which switches share their buffers:
Choudhury and Hahne, 1998).
"""

import math
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, perf_counter

from console.upstream.errors import ErrorContext, ShareTaken, UpstreamBusy
from console.upstream.network.origins import Origin
from console.upstream.timeline import Timeline, milliseconds_since

MAX_WAIT_SECONDS = 10.0  # for a slot
MAX_OWN_PER_FREE = 3  # 1 is fairer still, but halves what a teammate who is alone can do
HANGS_AFTER_SECONDS = 3.0  # without a response: longer than a refresh and a call usually take


@dataclass(frozen=True, eq=False, slots=True)
class _Call:
    origin: Origin
    share: str
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
        share: str = "",
        seconds: float = math.inf,
    ) -> Iterator[None]:
        """Hold a slot at `origin` within the block; a thread that has one goes on with that.

        `share`: whose call it is; calls of nobody (empty) are not limited to a share.

        Where all are taken, queue for up to `seconds` and MAX_WAIT_SECONDS. Raises UpstreamBusy
        (ShareTaken if the calls of `share` alone are too many): at once if the upstream hangs or
        the queue is full, else when the wait is over.
        """
        if self._of_thread.holds_slot:
            yield
            return
        call = _Call(origin, share)
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
            if self._has_slot(call):
                self._held[call] = monotonic()
                return
            if not _has_room(call, self._queue, self._max_queued) or self._hangs_in(call) <= 0:
                raise self._busy(call)(**context)
            self._queue.append(call)
        began = perf_counter()
        granted = self._wait(call, monotonic() + seconds)
        timeline.note("waited for a slot", milliseconds_since(began))
        if not granted:
            with self._lock:
                busy = self._busy(call)
            raise busy(**context)

    def _wait(self, call: _Call, give_up_at: float) -> bool:
        """Wait until `call` has a slot. False: not by `give_up_at`, or its upstream hangs."""
        while True:
            with self._lock:
                left = min(give_up_at - monotonic(), self._hangs_in(call))
                if call in self._held:
                    return True
                if left <= 0:
                    self._queue.remove(call)
                    return False
            call.granted.wait(left)

    def _release(self, call: _Call, *, answered: bool) -> None:
        """Pass the slot on to queued calls, so that nobody jumps in."""
        with self._lock:
            since = self._held.pop(call)
            if answered:
                self._answered_at[call.origin] = monotonic()
                self._unanswered.discard(call.origin)
            elif monotonic() - since >= HANGS_AFTER_SECONDS:
                self._unanswered.add(call.origin)
            self._grant_queued()

    def _grant_queued(self) -> None:
        """Give free slots to queued calls, those that came first first.

        One that is freed raises what each share may have, so it may be more than one call.
        """
        waiting: set[tuple[Origin, str]] = set()
        for call in list(self._queue):
            alike = (call.origin, call.share)
            if alike not in waiting and self._has_slot(call):
                self._queue.remove(call)
                self._held[call] = monotonic()
                call.granted.set()
            else:
                waiting.add(alike)

    def _busy(self, call: _Call) -> type[UpstreamBusy]:
        """Whose calls are too many: everybody's, or those of this one's teammate alone."""
        here = sum(each.origin == call.origin for each in self._held)
        is_taken = here >= self._max_per_origin or len(self._held) >= self._max_calls
        has_queue = len(self._queue) < self._max_queued
        may_queue = _has_room(call, self._queue, self._max_queued)
        return ShareTaken if not is_taken or (has_queue and not may_queue) else UpstreamBusy

    def _is_full(self, call: _Call) -> bool:
        """Whether its origin has no slot for `call`."""
        here = [each for each in self._held if each.origin == call.origin]
        return not _has_room(call, here, self._max_per_origin)

    def _has_slot(self, call: _Call) -> bool:
        return _has_room(call, self._held, self._max_calls) and not self._is_full(call)

    def _hangs_in(self, call: _Call) -> float:
        """In how many seconds the origins that block `call` count as hanging; 0 or less: now.

        Where the slots of all are taken, the last of them to hang counts.
        """
        blocking = {call.origin} if self._is_full(call) else {each.origin for each in self._held}
        return max(map(self._one_hangs_in, blocking), default=math.inf)

    def _one_hangs_in(self, origin: Origin) -> float:
        if origin in self._unanswered:
            return 0.0
        oldest = min(since for call, since in self._held.items() if call.origin == origin)
        quiet_since = max(oldest, self._answered_at.get(origin, -math.inf))
        return quiet_since + HANGS_AFTER_SECONDS - monotonic()


def _has_room(call: _Call, taken: Collection[_Call], places: int) -> bool:
    """Whether one of `places` is left for `call`, and is within its share."""
    free = places - len(taken) - 1  # once `call` has its place
    own = sum(each.share == call.share for each in taken) if call.share else 0
    return free >= 0 and (own == 0 or own + 1 <= MAX_OWN_PER_FREE * free)
