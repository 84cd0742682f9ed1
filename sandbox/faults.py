"""Faults on request: what goes wrong, on which route, how often."""

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any, Self

from sandbox.messages import Response

GATEWAY_PAGE = (
    "<html><head><title>{status} Gateway</title></head>"
    "<body><center><h1>{status} Bad Gateway</h1></center><hr>nginx</body></html>"
)


@dataclass
class Fault:
    """One thing that goes wrong. Times are in seconds, sizes in bytes.

    ``status``, ``body``, ``html`` and ``hang`` replace the real work, unless ``work`` is true;
    ``lose_answer``, ``reset`` and the cuts always happen after it.
    """

    route: str = "*"
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    latency: float = 0.0
    status: int | None = None
    body: Any = None
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    html: bool = False
    work: bool = False
    hang: float | None = None
    lose_answer: bool = False
    reset: bool = False
    cut_after: int | None = None
    cut_head_after: int | None = None

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read a fault from the admin API's JSON; raises ValueError for an unknown key."""
        unknown = sorted(set(value) - {known.name for known in fields(cls)})
        if unknown:
            raise ValueError(f"unknown in a fault: {', '.join(unknown)}")
        return cls(**value)

    @property
    def replaces_work(self) -> bool:
        fabricated = self.status is not None or self.body is not None or self.html
        return (fabricated or self.hang is not None) and not self.work

    @property
    def drops_response(self) -> bool:
        return self.lose_answer or self.reset or self.hang is not None

    def matches(self, method: str, path: str) -> bool:
        """``route`` is a path or ``METHOD path``; both may hold ``*``."""
        return fnmatchcase(path, self.route) or fnmatchcase(f"{method} {path}", self.route)

    def modify(self, real: Response | None) -> Response:
        """The response with this fault; ``real`` is None where no work was done."""
        base = real or Response(self.status or 200, content_type="application/json")
        status = self.status or (502 if self.html else base.status)
        content_type = self.content_type or ("text/html" if self.html else base.content_type)
        body = base.body
        if self.html:
            body = GATEWAY_PAGE.format(status=status).encode()
        elif isinstance(self.body, bytes):
            body = self.body
        elif self.body is not None:
            body = (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()
        headers = {**base.headers, **self.headers}
        return Response(status, body, content_type if body or self.content_type else None, headers)


class Faults:
    """The faults in force; of several that match a call, the oldest applies."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._faults: list[Fault] = []

    def add(self, **keys: Any) -> Fault:
        """Put a fault in force: ``add(route="POST /accounts", status=503)``."""
        fault = Fault.from_json(keys)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault to apply to this call, counted as used once; None for a normal response."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path) and self._use(fault):
                    return fault
            return None

    def _use(self, fault: Fault) -> bool:
        if fault.times == 0:
            return False
        if fault.after > 0:
            fault.after -= 1
            return False
        if self._random.random() >= fault.probability:
            return False
        if fault.times is not None:
            fault.times -= 1
        return True

    def remaining(self) -> list[Fault]:
        """The faults that can still apply."""
        with self._lock:
            return [fault for fault in self._faults if fault.times != 0]
