"""What both upstreams share: routes, people, sessions, faults, counters and their door."""

import json
import re
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, ClassVar, Generic, Self, TypeVar

from sandbox import door
from sandbox.faults import Fault, FaultBook
from sandbox.messages import Handler, Request, Response
from sandbox.server import HOST, Server
from sandbox.sessions import Lifetimes, Person, Sessions, What
from sandbox.stats import Kind, Stats

QUERY_NAMES_LOGGED = frozenset(
    {"page", "quantity", "order_by", "account_id", "include_deleted", "include_inactive"}
)
SECONDS_TO_END = 2.0
P = TypeVar("P", bound=Person)


@dataclass(frozen=True)
class Route:
    """``pattern`` is a regular expression for the whole path; its groups go to the handler."""

    method: str
    pattern: str
    handler: Handler
    kind: Kind = "other"


@dataclass
class Options:
    """Switches of an upstream; each adds its own."""


class Upstream(ABC, Generic[P]):
    """One upstream on one loopback port: ``with DpaasUpstream() as dpaas: dpaas.url``.

    ``port`` 0 takes any free one; a busy port raises OSError on ``start``.
    """

    name: ClassVar[str]
    routes: Sequence[Route]
    sessions: Sessions[P]
    make_options: Callable[[], Options] = Options

    def __init__(
        self, *, people: Sequence[P], lifetimes: Lifetimes, port: int, seed: int, access_log: bool
    ) -> None:
        self.people = tuple(people)
        self.seed = seed
        self.stats = Stats()
        self.faults = FaultBook(seed)
        self.interrupted = threading.Event()
        self.lifetimes = lifetimes
        self.refused: set[str] = set()
        self.options = self.make_options()
        self._first_lifetimes = asdict(lifetimes)
        self._access_log = access_log
        self._port = port
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The address without a slash at its end; RuntimeError unless started."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started")
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> Self:
        """Listen, and serve from a thread of its own. Started again, the port is the same."""
        self.interrupted = threading.Event()
        server = self._server = Server(self, self._port)
        self._port = server.server_port
        serve = threading.Thread(
            target=server.serve_forever, args=(0.05,), daemon=True, name=f"sandbox-{self.name}"
        )
        serve.start()
        return self

    def stop(self) -> None:
        """Stop listening and cut every open connection. Safe to call twice."""
        server, self._server = self._server, None
        if server is not None:
            self.interrupted.set()
            server.shutdown()
            server.server_close()
            server.cut_connections()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def respond(self, request: Request) -> tuple[Response | None, Fault | None]:
        """Answer one call. None as the answer: close the connection without one."""
        if request.path.startswith(door.PREFIX):
            return door.answer(self, request), None
        started = time.monotonic()
        handler, groups, kind = self._find(request)
        with self.stats.in_flight(kind):
            self.on_arrival(request, kind)
            fault = self.faults.take(request.method, request.path)
            response = self._play(fault, handler, request, groups)
            self._record(request, response, fault, started)
        return response, fault

    def on_arrival(self, request: Request, kind: Kind) -> None:
        """Called for each call, before any fault."""

    @abstractmethod
    def not_found(self, request: Request) -> Response:
        """The upstream's answer for a path that it does not have."""

    def snapshot(self) -> dict[str, Any]:
        """All counters, the number of sessions that can be refreshed, and the log."""
        return {**self.stats.snapshot(), "sessions": len(self.sessions)}

    def reset(self) -> None:
        """Back to the seeded state: data, sessions, options, lifetimes, faults, counters."""
        self.faults.clear()
        self._end_calls_in_flight()
        self.sessions.clear()
        self.refused.clear()
        self.options = self.make_options()
        self.set_lifetime(**self._first_lifetimes)
        self.stats.reset()

    def expire(self, what: What = "access", email: str | None = None) -> None:
        """End tokens at once: ``access``, ``refresh``, or both (``session``, ``all``)."""
        if what not in ("access", "refresh", "session", "all"):
            raise ValueError("what must be access, refresh, session or all")
        self.sessions.expire(what, email)

    def set_lifetime(
        self, access_seconds: float | None = None, refresh_seconds: float | None = None
    ) -> dict[str, float]:
        """How long tokens live from now on; those already issued keep theirs."""
        if access_seconds is not None:
            self.lifetimes.access_seconds = float(access_seconds)
        if refresh_seconds is not None:
            self.lifetimes.refresh_seconds = float(refresh_seconds)
        return asdict(self.lifetimes)

    def set_credential(self, email: str, accepted: bool) -> None:
        """Have a person's credential refused, or accepted again; sessions live on."""
        if email not in {person.email for person in self.people}:
            raise ValueError("nobody has that email")
        (self.refused.discard if accepted else self.refused.add)(email)

    def set_options(self, **wanted: bool) -> dict[str, Any]:
        """Change switches by name; raises ValueError for one that does not exist."""
        known = {field.name for field in fields(self.options)}
        if unknown := sorted(set(wanted) - known):
            raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(known))}")
        for name, value in wanted.items():
            setattr(self.options, name, value)
        return asdict(self.options)

    def _end_calls_in_flight(self) -> None:
        """Wake calls that a fault holds, so that they do not count into what comes next."""
        self.interrupted.set()
        self.stats.wait_until_idle(SECONDS_TO_END)
        self.interrupted = threading.Event()

    def _find(self, request: Request) -> tuple[Handler, tuple[str, ...], Kind]:
        for route in self.routes:
            match = re.fullmatch(route.pattern, request.path)
            if match and route.method == request.method:
                return route.handler, match.groups(), route.kind
        return self.not_found, (), "other"

    def _play(
        self, fault: Fault | None, handler: Handler, request: Request, groups: tuple[str, ...]
    ) -> Response | None:
        if fault is None:
            return handler(request, *groups)
        interrupted = self.interrupted
        self.stats.count("faults_played")
        if interrupted.wait(fault.latency):
            return None
        real = None if fault.replaces_work else handler(request, *groups)
        if fault.hang is not None:
            interrupted.wait(fault.hang)
        return None if fault.gives_no_answer else fault.disguise(real)

    def _record(
        self, request: Request, response: Response | None, fault: Fault | None, started: float
    ) -> None:
        query = request.query.items()
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": request.method,
            "path": request.path,
            "query": {name: value if name in QUERY_NAMES_LOGGED else "…" for name, value in query},
            "status": response.status if response else None,
            "fault": fault is not None,
            "seconds": round(time.monotonic() - started, 4),
        }
        self.stats.record(**entry)
        if self._access_log:
            sys.stderr.write(json.dumps({"upstream": self.name, **entry}) + "\n")
