"""Sockets that know when their exchange must end.

A timeout bounds each read by itself, so an answer that drips a byte a second lasts for ever. Here
each read, write and handshake is given only what is left of the exchange's total time. The exchange
under way is known by thread: ssl, between the transport and the socket, has no place for it.
"""

import errno
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import Any

from console.upstream.network.resolver import Address, Resolver
from console.upstream.timeline import Timeline

CONNECT_SECONDS = 10.0  # name service, TCP and TLS together; less if the deadline is nearer


@dataclass(slots=True)
class Exchange:
    """One request and its answer: when it must end, and how far it got.

    `ends_at` and `connect_by` are readings of time.monotonic(); `sending_began` and `first_byte_at`
    of time.perf_counter().
    """

    ends_at: float
    seconds: float  # the whole time, for sentences
    names: Resolver
    internal: bool  # the origin is allowed inside the network
    only_fresh: bool  # never over a connection that was used before
    connect_by: float = 0.0
    connect_ms: float | None = None  # None: a used connection
    connect_failure: OSError | None = None
    sending_began: float | None = None
    first_byte_at: float | None = None
    status: int | None = None  # of the answer, once its head has come
    sent_bytes: int = 0
    received_bytes: int = 0
    timed_out: bool = False
    ended: bool = False  # the peer closed its side
    broken: bool = False  # reading or writing failed

    @property
    def died_unanswered(self) -> bool:
        """A used connection ended before an answer began: the server had given it up, as it may at
        any time (RFC 9112, 9.3.1)."""
        unanswered = self.connect_ms is None and self.first_byte_at is None
        return unanswered and not self.timed_out and (self.ended or self.broken)

    def arm(self, sock: socket.socket) -> None:
        """Give `sock` what time is left. Raises TimeoutError if there is none."""
        left = (self.connect_by if self.sending_began is None else self.ends_at) - monotonic()
        if left <= 0:
            raise TimeoutError
        sock.settimeout(left)

    def guard(self, sock: socket.socket, work: Callable[..., Any], *args: Any) -> Any:
        """Do one read or write within the time that is left, and remember how it failed."""
        try:
            self.arm(sock)
            return work(*args)
        except TimeoutError:
            self.timed_out = True
            raise
        except OSError:
            self.broken = True
            raise

    def note_on(self, timeline: Timeline) -> None:
        """Tell where the time went, however it ended."""
        now = perf_counter()
        if self.died_unanswered:
            return  # it is repeated; what counts is the repeat
        timeline.status = self.status or timeline.status
        timeline.sent_bytes += self.sent_bytes
        timeline.received_bytes += self.received_bytes
        if self.connect_ms is not None:
            timeline.note("connect", self.connect_ms)
        if self.first_byte_at is not None and self.sending_began is not None:
            timeline.note("first byte", (self.first_byte_at - self.sending_began) * 1000)
            timeline.note("body", (now - self.first_byte_at) * 1000)
        elif self.sending_began is not None:
            timeline.note("no answer", (now - self.sending_began) * 1000)


class _UnderWay(threading.local):
    exchange: Exchange


under_way = _UnderWay()


class PlainSocket(socket.socket):
    """A socket of which each step is taken within the exchange's time."""

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        exchange = under_way.exchange
        data: bytes = exchange.guard(self, super().recv, buflen, flags)
        if not data:
            exchange.ended = True
        elif exchange.first_byte_at is None:
            exchange.first_byte_at = perf_counter()
        exchange.received_bytes += len(data)
        return data

    def sendall(self, data: Any, flags: int = 0) -> None:
        exchange = under_way.exchange
        if exchange.sending_began is None:
            exchange.sending_began = perf_counter()
        exchange.guard(self, super().sendall, data, flags)
        exchange.sent_bytes += len(data)


class TlsSocket(PlainSocket, ssl.SSLSocket):
    """The same over TLS, with the handshake; SSLSocket.sendall calls `send` for each piece."""

    def send(self, data: Any, flags: int = 0) -> int:
        under_way.exchange.arm(self)
        return super().send(data, flags)

    def do_handshake(self, block: bool = False) -> None:
        under_way.exchange.arm(self)
        super().do_handshake(block)


def dial(host: str, port: int) -> socket.socket:
    """Look `host` up once and connect to what was found: the one place that dials an address.

    What is dialled are the very addresses that were checked. Raises OSError (TimeoutError,
    socket.gaierror, AddressNotAllowed). The addresses share the time that is left, so that a dead
    one does not use it up.
    """
    exchange = under_way.exchange
    connect_by = exchange.connect_by
    addresses = exchange.names.resolve(
        host, port, seconds=connect_by - monotonic(), internal=exchange.internal
    )
    failure = OSError(errno.EADDRNOTAVAIL, "no address")
    for number, address in enumerate(addresses):
        share = (connect_by - monotonic()) / (len(addresses) - number)
        try:
            return _connected(address, seconds=share)
        except OSError as error:
            failure = error
    try:
        raise failure
    finally:
        del failure  # it knows this frame: they would keep each other, and the request


def _connected(address: Address, *, seconds: float) -> socket.socket:
    if seconds <= 0:
        raise TimeoutError
    family, kind, protocol, _, where = address
    sock = PlainSocket(family, kind, protocol)
    try:
        sock.settimeout(seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(where)
    except BaseException:
        sock.close()
        raise
    return sock
