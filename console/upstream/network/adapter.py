"""Connections: opened within the exchange's time, kept for a while, and used for one request each.

HTTP/1.1 over our own sockets. `requests` and urllib3 bound each read and not their sum, take a head
that is cut for a whole one, and know no difference between a request that was never sent and one
whose answer was lost.
"""

import socket
import ssl
import weakref
from collections import OrderedDict
from contextlib import suppress
from select import POLLIN, poll
from threading import Lock
from time import monotonic, perf_counter

import certifi

from console.upstream.network.origins import Origin
from console.upstream.network.response import Response, ResponseReader
from console.upstream.network.sockets import CONNECT_SECONDS, TlsSocket, dial, under_way

POOLS = 32  # origins whose connections are kept
IDLE_CONNECTIONS = 32  # kept open for each origin
CHUNK = 64 * 1024  # bytes of an answer received at a time


class Transport:
    """Carries messages of HTTP/1.1 to upstreams, and their answers back. Shared by threads."""

    def __init__(self, *, ca_bundle: str | None) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks chain and host name
        self._tls.hostname_checks_common_name = False  # RFC 9110, 4.3.4
        self._tls.load_verify_locations(ca_bundle or certifi.where())
        self._tls.set_alpn_protocols(["http/1.1"])
        self._tls.sslsocket_class = TlsSocket
        self._idle = _Idle()

    def carry(self, message: bytes, origin: Origin, incoming: ResponseReader) -> Response:
        """Send `message` once to `origin`, and read the whole answer with `incoming`.

        Raises what ResponseReader.feed raises, and OSError.
        """
        only_fresh = under_way.exchange.only_fresh
        used = None if only_fresh else self._idle.take(origin)
        sock = self._connected(origin) if used is None else used
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have answered before
                sock.sendall(message)
            while not incoming.complete:
                incoming.feed(sock.recv(CHUNK))
            answer = incoming.whole()
        except BaseException:
            sock.close()
            raise
        if incoming.leaves_its_connection:
            self._idle.keep(origin, sock)
        else:
            sock.close()
        return answer

    def _connected(self, origin: Origin) -> socket.socket:
        """Dial (and shake hands) within the time for connecting. Raises OSError."""
        exchange = under_way.exchange
        began = perf_counter()
        exchange.connect_by = min(exchange.ends_at, monotonic() + CONNECT_SECONDS)
        host = origin.host.strip("[]")
        try:
            sock = dial(host, origin.port)
            if origin.scheme == "https":
                # An end that TLS does not vouch for may have been made by anybody.
                sock = self._tls.wrap_socket(sock, server_hostname=host, suppress_ragged_eofs=False)
        except OSError as error:
            exchange.connect_failure = error
            raise
        finally:
            exchange.connect_ms = (perf_counter() - began) * 1000
        return sock


class _Idle:
    """Connections that wait for their next request. Shared by threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._of: OrderedDict[Origin, list[socket.socket]] = OrderedDict()  # used last: at the end
        weakref.finalize(self, _close_all, self._of)

    def take(self, origin: Origin) -> socket.socket | None:
        """The one that was used last, and is still open; None if there is none."""
        while True:
            with self._lock:
                waiting = self._of.get(origin)
                sock = waiting.pop() if waiting else None
            if sock is None or not _has_something_to_say(sock):
                return sock
            sock.close()

    def keep(self, origin: Origin, sock: socket.socket) -> None:
        """Keep `sock` for later; whatever there is no room for is closed."""
        closed = []
        with self._lock:
            waiting = self._of.setdefault(origin, [])
            waiting.append(sock)
            self._of.move_to_end(origin)
            if len(waiting) > IDLE_CONNECTIONS:
                closed.append(waiting.pop(0))
            if len(self._of) > POOLS:
                closed += self._of.popitem(last=False)[1]
        for each in closed:
            each.close()


def _close_all(idle: dict[Origin, list[socket.socket]]) -> None:
    for waiting in idle.values():
        for sock in waiting:
            sock.close()


def _has_something_to_say(sock: socket.socket) -> bool:
    """An idle connection from which something can be read was closed, or is out of step."""
    waiting = poll()
    waiting.register(sock, POLLIN)
    return bool(waiting.poll(0))
