"""Faults on request: what goes wrong, on which route, how often."""

import base64
import gzip
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

    A ``status``, ``body``, ``html`` or ``hang`` stands in place of the real work, unless
    ``work`` is true; ``lose_answer`` and the cuts always come after it.
    """

    route: str = "*"
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    latency: float = 0.0
    status: int | None = None
    body: Any = None
    body_base64: str | None = None
    content_type: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    html: bool = False
    gzip: bool = False
    work: bool = False
    hang: float | None = None
    lose_answer: bool = False
    reset: bool = False
    cut_after: int | None = None
    cut_head_after: int | None = None
    drip: float | None = None
    drip_bytes: int = 1
    drip_head: bool = False

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read a fault from the door's JSON; raises ValueError for an unknown key."""
        unknown = sorted(set(value) - {known.name for known in fields(cls)})
        if unknown:
            raise ValueError(f"unknown in a fault: {', '.join(unknown)}")
        return cls(**value)

    @property
    def replaces_work(self) -> bool:
        made_up = self.status is not None or self.html or self.hang is not None
        made_up = made_up or self.body is not None or self.body_base64 is not None
        return made_up and not self.work

    @property
    def gives_no_answer(self) -> bool:
        return self.lose_answer or self.reset or self.hang is not None

    def matches(self, method: str, path: str) -> bool:
        """``route`` is a path or ``METHOD path``; both may hold ``*``."""
        return fnmatchcase(path, self.route) or fnmatchcase(f"{method} {path}", self.route)

    def disguise(self, real: Response | None) -> Response:
        """The answer as this fault wants it; ``real`` is None where no work was done."""
        base = real or Response(self.status or 200, content_type="application/json")
        status = self.status or (502 if self.html else base.status)
        content_type = self.content_type or ("text/html" if self.html else base.content_type)
        body = self._body(status)
        body = base.body if body is None else body
        headers = {**base.headers, **self.headers}
        if self.gzip:
            body, headers = gzip.compress(body), {**headers, "Content-Encoding": "gzip"}
        return Response(status, body, content_type if body or self.content_type else None, headers)

    def _body(self, status: int) -> bytes | None:
        if self.body_base64 is not None:
            return base64.b64decode(self.body_base64)
        if self.html:
            return GATEWAY_PAGE.format(status=status).encode()
        if self.body is None:
            return None
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


class FaultBook:
    """The faults in force; of several that match a call, the oldest is played."""

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(seed)
        self._faults: list[Fault] = []

    def add(self, fault: Fault | None = None, **wanted: Any) -> Fault:
        """Put a fault in force: ``add(route="POST /accounts", status=503)``."""
        fault = fault or Fault.from_json(wanted)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Let everything go well again."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault to play for this call, used up by one; None if all goes well."""
        with self._lock:
            for fault in self._faults:
                if fault.matches(method, path) and self._falls(fault):
                    return fault
            return None

    def _falls(self, fault: Fault) -> bool:
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

    def listing(self) -> list[Fault]:
        """The faults that may still be played."""
        with self._lock:
            return [fault for fault in self._faults if fault.times != 0]
