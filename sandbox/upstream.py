"""What both upstreams share: routes behind a loopback port, with faults and a log."""

import json
import re
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, ClassVar, Self

from sandbox import admin_api
from sandbox.controls import Controls
from sandbox.faults import Fault
from sandbox.messages import ErrorResponse, Handler, Request, Response
from sandbox.server import HOST, Server
from sandbox.sessions import P, Sessions
from sandbox.stats import Kind

LOGGED_QUERY_PARAMETERS = frozenset(
    {"page", "quantity", "order_by", "account_id", "include_deleted", "include_inactive"}
)


@dataclass(frozen=True)
class Route:
    """``pattern`` is a regular expression for the whole path; its groups go to the handler."""

    method: str
    pattern: str
    handler: Handler
    kind: Kind = "other"


class Upstream(Controls[P], ABC):
    """One upstream on one loopback port: ``with DpaasUpstream() as dpaas: dpaas.url``.

    Port 0 takes any free port; a busy port raises OSError on ``start``.
    """

    name: ClassVar[str]
    refresh_token_field: ClassVar[str]
    routes: Sequence[Route]

    def __init__(
        self,
        *,
        people: Sequence[P],
        sessions: Sessions[P],
        port: int,
        seed: int,
        access_log: bool,
    ) -> None:
        super().__init__(people=people, sessions=sessions, seed=seed)
        self._access_log = access_log
        self._port = port
        self._server: Server | None = None
        self.seed_data()

    @property
    def url(self) -> str:
        """The address without a trailing slash; RuntimeError unless started."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started")
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> Self:
        """Listen, and serve from a thread of its own. A second start uses the same port."""
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

    @abstractmethod
    def seed_data(self) -> None:
        """Make the seeded data, and the routes over it."""

    @abstractmethod
    def not_found(self, request: Request) -> Response:
        """The upstream's response for a path that it does not have."""

    def reset(self) -> None:
        super().reset()
        self.seed_data()

    def respond(self, request: Request) -> tuple[Response | None, Fault | None]:
        """Handle one call. A response of None: close the connection without one."""
        if request.path.startswith(admin_api.PREFIX):
            return admin_api.respond(self, request), None
        started = time.monotonic()
        handler, groups, kind = self._route(request)
        with self.stats.in_flight(kind):
            self.on_arrival(request, kind)
            fault = self.faults.take(request.method, request.path)
            response = self._response(fault, handler, request, groups)
            self._record(request, response, fault, started)
        return response, fault

    def on_arrival(self, request: Request, kind: Kind) -> None:
        """Called for each call, before any fault."""
        if kind == "refresh":
            try:
                token = request.json_object().get(self.refresh_token_field)
            except ValueError:
                return
            if isinstance(token, str):
                self.stats.note_refresh_token(token)

    def _route(self, request: Request) -> tuple[Handler, tuple[str, ...], Kind]:
        for route in self.routes:
            match = re.fullmatch(route.pattern, request.path)
            if match and route.method == request.method:
                return route.handler, match.groups(), route.kind
        return self.not_found, (), "other"

    def _response(
        self, fault: Fault | None, handler: Handler, request: Request, groups: tuple[str, ...]
    ) -> Response | None:
        if fault is None:
            return _handle(handler, request, groups)
        interrupted = self.interrupted
        self.stats.count("faults_applied")
        if interrupted.wait(fault.latency):
            return None
        real = None if fault.replaces_work else _handle(handler, request, groups)
        if fault.hang is not None:
            interrupted.wait(fault.hang)
        return None if fault.drops_response else fault.modify(real)

    def _record(
        self, request: Request, response: Response | None, fault: Fault | None, started: float
    ) -> None:
        query = {
            name: value if name in LOGGED_QUERY_PARAMETERS else "…"
            for name, value in request.query.items()
        }
        entry: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": request.method,
            "path": request.path,
            "query": query,
            "status": response.status if response else None,
            "fault": fault is not None,
            "seconds": round(time.monotonic() - started, 4),
        }
        self.stats.record(**entry)
        if self._access_log:
            sys.stderr.write(json.dumps({"upstream": self.name, **entry}) + "\n")


def _handle(handler: Handler, request: Request, groups: tuple[str, ...]) -> Response:
    try:
        return handler(request, *groups)
    except ErrorResponse as error:
        return error.response
