"""What an upstream saw: counters, gauges and a bounded log. Tests judge the console by them."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["sign_in", "refresh", "api", "other"]

LOG_LENGTH = 1000


@dataclass
class Counts:
    """Numbers since the start or the last reset.

    ``…_calls`` count arrivals, before any fault; the others count completed work.
    """

    sign_in_calls: int = 0
    sign_ins: int = 0
    failed_sign_ins: int = 0
    refresh_calls: int = 0
    refreshes: int = 0
    refused_refreshes: int = 0
    replays: int = 0
    resent_refresh_tokens: int = 0
    revoked_sessions: int = 0
    sign_outs: int = 0
    sign_outs_of_all: int = 0
    misplaced_personal_tokens: int = 0
    api_calls: int = 0
    refused_api_calls: int = 0
    create_calls: int = 0
    creates: int = 0
    faults_applied: int = 0
    connections: int = 0
    max_concurrent_refreshes: int = 0


ARRIVALS: dict[Kind, str] = {
    "sign_in": "sign_in_calls",
    "refresh": "refresh_calls",
    "api": "api_calls",
}


class Stats:
    """Thread-safe counters of one upstream; read a number as ``stats.counts.refreshes``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._in_flight: dict[Kind, int] = dict.fromkeys(ARRIVALS, 0)
        self.reset()

    def reset(self) -> None:
        """Start again at zero; calls in flight stay counted as such."""
        with self._lock:
            self.counts = Counts()
            self.log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
            self._refresh_tokens_seen: set[int] = set()

    def count(self, name: str) -> None:
        """Add one to the counter of that name; raises AttributeError for an unknown one."""
        with self._lock:
            self._add(name)

    def note_refresh_token(self, token: str) -> None:
        """Note a refresh token on arrival, before any fault: each should arrive only once."""
        with self._lock:
            if hash(token) in self._refresh_tokens_seen:
                self._add("resent_refresh_tokens")
            self._refresh_tokens_seen.add(hash(token))

    @contextmanager
    def in_flight(self, kind: Kind) -> Iterator[None]:
        """Count an arrival, and the call as in flight until the block ends.

        Leave the block before sending the response: a client that calls again as soon as it has
        the response is not concurrent.
        """
        with self._lock:
            self._in_flight[kind] = self._in_flight.get(kind, 0) + 1
            if kind in ARRIVALS:
                self._add(ARRIVALS[kind])
            self.counts.max_concurrent_refreshes = max(
                self.counts.max_concurrent_refreshes, self._in_flight["refresh"]
            )
        try:
            yield
        finally:
            with self._lock:
                self._in_flight[kind] -= 1
                self._idle.notify_all()

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait for the calls in flight to end; False if some have not ended after ``seconds``."""
        with self._idle:
            return self._idle.wait_for(lambda: not any(self._in_flight.values()), seconds)

    def record(self, **entry: Any) -> None:
        """Append an entry to the log; the caller keeps secrets out of it."""
        with self._lock:
            self.log.append(entry)

    def snapshot(self) -> dict[str, Any]:
        """All numbers and the log, as plain values for JSON."""
        with self._lock:
            return {**asdict(self.counts), "log": list(self.log)}

    def _add(self, name: str) -> None:
        setattr(self.counts, name, getattr(self.counts, name) + 1)
