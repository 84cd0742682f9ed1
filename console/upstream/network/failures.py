"""What a failed exchange means: the libraries' errors and the exchange's state, as one of ours."""

import errno
import gzip
import socket
import ssl
import zlib

from console.upstream.errors import (
    AddressRefused,
    Cancelled,
    CancelledUnsent,
    CertificateRefused,
    ConnectFailed,
    ConnectionCut,
    ErrorContext,
    HostUnknown,
    NotSent,
    ResponseTooLarge,
    ResponseUnreadable,
    ResponseUnusable,
    TargetRefused,
    TimedOut,
    UpstreamError,
    in_words,
)
from console.upstream.network.addresses import AddressNotAllowed
from console.upstream.network.sockets import CONNECT_SECONDS, Exchange

CONNECT_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ENETUNREACH: "network unreachable",
    errno.EHOSTUNREACH: "host unreachable",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
}


def failure_of(error: Exception, exchange: Exchange, context: ErrorContext) -> UpstreamError:
    """The error of ours for an exchange that ended with `error`, one of the libraries'.

    How far the exchange got counts for more than the error's class, which differs by version.
    """
    if exchange.cancellation.is_requested:
        return (Cancelled if exchange.sending_began else CancelledUnsent)(**context)
    if exchange.connect_failure is not None:
        return connect_failure(exchange.connect_failure, exchange, context)
    if exchange.sending_began is None:
        return TargetRefused(**context, reason="the input cannot be sent as a request")
    if exchange.overflowed:
        return _overflow(exchange, context)
    if exchange.timed_out:
        return TimedOut(**context, seconds=exchange.seconds)
    if isinstance(error, gzip.BadGzipFile | zlib.error | EOFError):
        return _unreadable("its compression is invalid", exchange, context)
    if exchange.peer_closed or exchange.broken:
        answered = exchange.first_byte_at is not None
        reason = "before the response was complete" if answered else "before it responded"
        return ConnectionCut(**context, reason=reason)
    return _unreadable("it is not valid HTTP, or its headers are too long", exchange, context)


def _overflow(exchange: Exchange, context: ErrorContext) -> ResponseUnusable:
    """The error of ours for a response that goes on and on."""
    if exchange.status is None:
        return _unreadable("its headers are too long", exchange, context)
    limit = f"more than {exchange.max_received_bytes / 2**20:.3g} MiB were sent"
    return ResponseTooLarge(**context, status=exchange.status, reason=limit)


def _unreadable(reason: str, exchange: Exchange, context: ErrorContext) -> ResponseUnreadable:
    return ResponseUnreadable(**context, status=exchange.status, reason=reason)


def connect_failure(error: OSError, exchange: Exchange, context: ErrorContext) -> NotSent:
    """The error of ours for a connection that could not be made."""
    if isinstance(error, AddressNotAllowed):
        return AddressRefused(**context, reason=str(error))
    if isinstance(error, socket.gaierror):
        return HostUnknown(**context)
    if isinstance(error, TimeoutError):
        within = in_words(min(CONNECT_SECONDS, exchange.seconds))
        return ConnectFailed(**context, reason=f"timed out after {within}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateRefused(**context, reason=_certificate_fault(error))
    if isinstance(error, ssl.SSLError):
        return ConnectFailed(**context, reason="the server does not speak TLS (should it be http?)")
    reason = CONNECT_REASONS.get(error.errno or 0, "unreachable")
    return ConnectFailed(**context, reason=reason)


def _certificate_fault(error: ssl.SSLCertVerificationError) -> str:
    fault = str(getattr(error, "verify_message", "") or "the certificate is not valid")
    return fault.rstrip(".")
