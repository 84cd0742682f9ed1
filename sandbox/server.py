"""The HTTP/1.1 server of both upstreams, with keep-alive and one thread per connection."""

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from sandbox.delivery import send_response
from sandbox.faults import Fault
from sandbox.messages import Request, Response
from sandbox.stats import Stats

HOST = "127.0.0.1"
IDLE_SECONDS = 60


class Application(Protocol):
    """What the server serves."""

    stats: Stats

    def respond(self, request: Request) -> tuple[Response | None, Fault | None]:
        """Handle one call. A response of None: close the connection without one."""


class Server(ThreadingHTTPServer):
    """Serves one application on a loopback port; 0 takes any free port."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, application: Application, port: int) -> None:
        self.application = application
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((HOST, port), _Connection)

    def server_bind(self) -> None:
        """Bind without the parent's lookup of the host's own name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        self.application.stats.count("connections")
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        """Shut down every open connection, so that no client waits on an idle one."""
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report errors of ours without the request; ignore clients that disconnected."""
        error = sys.exception()
        if not isinstance(error, OSError):
            sys.stderr.write(f"sandbox: {type(error).__name__} while handling a request\n")


class _Connection(BaseHTTPRequestHandler):
    """Turns what http.server parsed into a Request, and sends the response."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        request = self._read()
        if request is None:
            return
        response, fault = self.server.application.respond(request)
        keep_alive = send_response(self.connection, request, response, fault)
        self.close_connection = self.close_connection or not keep_alive

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

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
        return Request(self.command, self.path, headers, body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a request line may hold secrets. The application records calls."""
