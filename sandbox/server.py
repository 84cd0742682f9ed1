"""The HTTP server under both upstreams: routes, faults, counting, HTTP/1.1 keep-alive."""

import json
import re
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self, cast

from sandbox import delivery, door
from sandbox.faults import Fault, FaultBook
from sandbox.messages import Handler, Request, Response
from sandbox.stats import Kind, Stats

HOST = "127.0.0.1"
IDLE_SECONDS = 60
QUERY_NAMES_LOGGED = frozenset(
    {"page", "quantity", "order_by", "account_id", "include_deleted", "include_inactive"}
)


@dataclass(frozen=True)
class Route:
    """``pattern`` is a regular expression for the whole path; its groups go to the handler."""

    method: str
    pattern: str
    handler: Handler
    kind: Kind = "other"


class Upstream:
    """One upstream on one loopback port. ``with DpaasUpstream() as dpaas: dpaas.url``.

    ``port`` 0 takes any free one; a busy port raises OSError on ``start``.
    """

    name: ClassVar[str]

    def __init__(self, *, port: int = 0, seed: int = 1, access_log: bool = False) -> None:
        self.seed = seed
        self.stats = Stats()
        self.faults = FaultBook(seed)
        self.stopping = threading.Event()
        self.access_log = access_log
        self._port = port
        self._server: _Server | None = None
        self._routes: Sequence[Route] = ()

    @property
    def url(self) -> str:
        """The address without a slash at its end; known once started."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started")
        return f"http://{HOST}:{self._server.server_port}"

    def start(self) -> Self:
        """Listen, and serve from a thread of its own."""
        self.stopping.clear()
        self._server = _Server(self, self._port)
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True, name=f"sandbox-{self.name}"
        ).start()
        return self

    def stop(self) -> None:
        """Stop listening and cut every open connection. Safe to call twice."""
        server, self._server = self._server, None
        if server is not None:
            self.stopping.set()
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
        """Answer one call. None as the answer: the connection is to be closed without one."""
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
        """Called for each call before any fault; here to be extended."""

    def not_found(self, request: Request) -> Response:
        """The upstream's answer for a path that it does not have."""
        raise NotImplementedError

    def reset(self) -> None:
        """Back to the seeded state: data, people, sessions, options, faults and counters."""
        self.faults.clear()
        self.stats.reset()

    def _find(self, request: Request) -> tuple[Handler, tuple[str, ...], Kind]:
        for route in self._routes:
            match = re.fullmatch(route.pattern, request.path)
            if match and route.method == request.method:
                return route.handler, match.groups(), route.kind
        return self.not_found, (), "other"

    def _play(
        self, fault: Fault | None, handler: Handler, request: Request, groups: tuple[str, ...]
    ) -> Response | None:
        if fault is None:
            return handler(request, *groups)
        self.stats.count("faults_played")
        self.stopping.wait(fault.latency)
        real = None if fault.replaces_work else handler(request, *groups)
        if fault.hang is not None:
            self.stopping.wait(fault.hang)
        return None if fault.gives_no_answer else fault.disguise(real)

    def _record(
        self, request: Request, response: Response | None, fault: Fault | None, started: float
    ) -> None:
        entry = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "method": request.method,
            "path": request.path,
            "query": {
                name: value if name in QUERY_NAMES_LOGGED else "…"
                for name, value in request.query.items()
            },
            "status": response.status if response else None,
            "fault": fault is not None,
            "seconds": round(time.monotonic() - started, 4),
        }
        self.stats.record(**entry)
        if self.access_log:
            print(json.dumps({"upstream": self.name, **entry}), file=sys.stderr, flush=True)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, upstream: Upstream, port: int) -> None:
        self.upstream = upstream
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((HOST, port), _Connection)

    def server_bind(self) -> None:
        """Bind without the parent's look-up of our own name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, cast(int, self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self.upstream.stats.count("connections")
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        """Shut every open connection, so that nothing waits on a kept-alive one."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; a fault of ours is, without its request."""
        error = sys.exception()
        if not isinstance(error, OSError):
            print(f"sandbox: {type(error).__name__} while answering", file=sys.stderr, flush=True)


class _Connection(BaseHTTPRequestHandler):
    """Turns what http.server parsed into a Request, and delivers the answer."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        request = self._read()
        if request is None:
            return
        response, fault = self.server.upstream.respond(request)
        kept = delivery.deliver(
            self.connection, request, response, fault, self.server.upstream.stopping
        )
        self.close_connection = self.close_connection or not kept

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _read(self) -> Request | None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal():
            self.send_error(411)
            self.close_connection = True
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return Request(self.command, self.path, headers, body, str(self.client_address[0]))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Say nothing: a request line may hold anything. See ``Upstream._record``."""
