"""Sockets that take each step within what is left of their exchange's total time.

`requests` bounds each read by itself, so a response that drips a byte a second lasts for ever. The
exchange is known by context: the libraries between Egress and the socket have no parameter for it.
"""

import errno
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import Any

from console.upstream.network.cancellation import Cancellation
from console.upstream.network.resolver import Address, Resolver
from console.upstream.timeline import Timeline

CONNECT_SECONDS = 10.0  # name service, TCP and TLS together; less if the deadline is nearer
MAX_HEAD_BYTES = 256 * 1024  # before a body, with those of "100 Continue" and the like


@dataclass(slots=True)
class Exchange:
    """One request and its response: when it must end, and how far it got.

    `ends_at` and `connect_by` are readings of time.monotonic(); `sending_began` and `first_byte_at`
    of time.perf_counter().
    """

    ends_at: float
    seconds: float  # the whole time, for sentences
    resolver: Resolver
    internal: bool  # the origin is allowed inside the network
    cancellation: Cancellation = field(default_factory=Cancellation)
    connect_by: float = 0.0
    connect_ms: float | None = None  # None: the connection was used before
    connect_failure: OSError | None = None
    sending_began: float | None = None
    first_byte_at: float | None = None
    sent_bytes: int = 0
    received_bytes: int = 0
    max_received_bytes: int = MAX_HEAD_BYTES  # compressed, with the framing of chunks
    status: int | None = None  # of the response, once its head has come
    timed_out: bool = False
    peer_closed: bool = False
    broken: bool = False  # reading or writing failed

    @property
    def died_unanswered(self) -> bool:
        """A used connection ended before a response began: the server had closed it, as it may at
        any time (RFC 9112, 9.3.1)."""
        unanswered = self.connect_ms is None and self.first_byte_at is None
        ended_by_us = self.timed_out or self.cancellation.is_requested
        return unanswered and not ended_by_us and (self.peer_closed or self.broken)

    @property
    def overflowed(self) -> bool:
        return self.received_bytes > self.max_received_bytes

    def expect_body(self, status: int, max_bytes: int) -> None:
        """The head is whole, and a body of at most `max_bytes` follows. Twice as much may come, so
        that chunks may be small, but not endlessly small."""
        self.status = status
        self.max_received_bytes = self.received_bytes + MAX_HEAD_BYTES + 2 * max_bytes

    def begin_connecting(self) -> None:
        self.connect_by = min(self.ends_at, monotonic() + CONNECT_SECONDS)

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
            with self.cancellation.may_interrupt(sock):
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
        timeline.status = self.status or timeline.status
        timeline.sent_bytes += self.sent_bytes
        timeline.received_bytes += self.received_bytes
        if self.connect_ms is not None:
            timeline.note("connect", self.connect_ms)
        if self.first_byte_at is not None and self.sending_began is not None:
            timeline.note("first byte", (self.first_byte_at - self.sending_began) * 1000)
            timeline.note("body", (now - self.first_byte_at) * 1000)
        elif self.sending_began is not None:
            # A used connection that died is followed by another try, which counts from here on.
            step = "connection lost" if self.died_unanswered else "no response"
            timeline.note(step, (now - self.sending_began) * 1000)


_current: ContextVar[Exchange] = ContextVar("exchange")


@contextmanager
def current(exchange: Exchange) -> Iterator[None]:
    """Within the block, all sockets of this thread belong to `exchange`."""
    token = _current.set(exchange)
    try:
        yield
    finally:
        _current.reset(token)


def current_exchange() -> Exchange:
    return _current.get()


class DeadlineSocket(socket.socket):
    """What http.client uses of a socket, each step within the exchange's time."""

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        exchange = current_exchange()
        count: int = exchange.guard(self, super().recv_into, buffer, nbytes or len(buffer), flags)
        if count == 0:
            exchange.cancellation.check()  # it was shut by us, so that no response is whole by it
            exchange.peer_closed = True
        elif exchange.first_byte_at is None:
            exchange.first_byte_at = perf_counter()
        exchange.received_bytes += count
        if exchange.overflowed:
            raise OSError(errno.EMSGSIZE, "more than is let through")
        return count

    def sendall(self, data: Any, flags: int = 0) -> None:
        exchange = current_exchange()
        if exchange.sending_began is None:
            exchange.cancellation.check()  # nothing has been sent, and nothing will be
            exchange.sending_began = perf_counter()
        exchange.guard(self, super().sendall, data, flags)
        exchange.sent_bytes += len(data)


class DeadlineTlsSocket(DeadlineSocket, ssl.SSLSocket):
    """The same over TLS, with the handshake; SSLSocket.sendall calls `send` for each piece."""

    def send(self, data: Any, flags: int = 0) -> int:
        current_exchange().arm(self)
        return super().send(data, flags)

    def do_handshake(self, block: bool = False) -> None:
        exchange = current_exchange()
        exchange.arm(self)
        with exchange.cancellation.may_interrupt(self):
            super().do_handshake(block)


def dial(host: str, port: int) -> socket.socket:
    """Resolve `host` once and connect to what was found: the one place that dials an address.

    What is dialled are the very addresses that were checked. Raises OSError (TimeoutError,
    socket.gaierror, AddressNotAllowed). The addresses share the time that is left, so that a dead
    one does not use it up.
    """
    exchange = current_exchange()
    addresses = exchange.resolver.resolve(
        host, port, seconds=exchange.connect_by - monotonic(), internal=exchange.internal
    )
    for number, address in enumerate(addresses, start=1):
        share = (exchange.connect_by - monotonic()) / (len(addresses) - number + 1)
        try:
            return _connected(address, seconds=share)
        except OSError:
            if number == len(addresses):
                raise
    raise OSError(errno.EADDRNOTAVAIL, "no address")


def _connected(address: Address, *, seconds: float) -> socket.socket:
    if seconds <= 0:
        raise TimeoutError
    family, kind, protocol, _, where = address
    sock = DeadlineSocket(family, kind, protocol)
    try:
        sock.settimeout(seconds)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with current_exchange().cancellation.may_interrupt(sock):
            sock.connect(where)
    except BaseException:
        sock.close()
        raise
    return sock
