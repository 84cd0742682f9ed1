"""The one network seam: every byte to an upstream leaves through `Egress.send`."""

import math
import sys
import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from http.client import HTTPException
from time import monotonic

import requests
from urllib3.exceptions import HTTPError

from console.upstream.errors import CancelledUnsent, ErrorContext, UpstreamError
from console.upstream.network.adapter import SessionPool, UpstreamSession, tls_context
from console.upstream.network.cancellation import Cancellation
from console.upstream.network.failures import failure_of
from console.upstream.network.limiter import ConcurrencyLimiter
from console.upstream.network.origins import AllowedOrigins
from console.upstream.network.request import Request, prepare
from console.upstream.network.resolver import Lookup, Resolver, system_lookup
from console.upstream.network.response import Response, read_response
from console.upstream.network.sockets import Exchange, current
from console.upstream.timeline import Timeline

__all__ = ["Egress", "Request", "Response"]

LIBRARY_ERRORS = (
    requests.RequestException,
    HTTPError,
    HTTPException,
    OSError,
    EOFError,
    ValueError,
    zlib.error,
)


class Egress:
    """Sends requests to the allowed origins; one for each process, shared by its threads.

    No redirect is followed, no cookie kept, no proxy or netrc of the environment used. A request
    that may not be repeated goes over a new connection, so that a NotSent is certain.
    """

    def __init__(
        self,
        *,
        allowed_origins: Iterable[str],
        internal_origins: Iterable[str] = (),
        max_bytes: int,
        ca_bundle: str | None = None,
        lookup: Lookup = system_lookup,
        max_calls_per_upstream: int = sys.maxsize,
        max_calls: int = sys.maxsize,
        max_queued_calls: int = sys.maxsize,
    ) -> None:
        """`internal_origins`: see AllowedOrigins; `max_bytes`: of a decoded body; `ca_bundle`: path
        of a PEM file (certifi's if None); `lookup`: the name service, as socket.getaddrinfo;
        `max_calls_per_upstream`: in flight to one origin; `max_calls`: in flight to all of them;
        `max_queued_calls`: that wait for a slot. Raises ValueError for an entry that is no origin.
        """
        self.allowed = AllowedOrigins(allowed_origins, internal=internal_origins)
        self._max_bytes = max_bytes
        self._resolver = Resolver(lookup)
        self._sessions = SessionPool(tls_context(ca_bundle))
        self._limiter = ConcurrencyLimiter(
            max_per_origin=max_calls_per_upstream, max_calls=max_calls, max_queued=max_queued_calls
        )

    def acquire(
        self,
        url: str,
        *,
        timeline: Timeline,
        system: str = "",
        is_write: bool = False,
        share: str = "",
        seconds: float = math.inf,
    ) -> AbstractContextManager[None]:
        """A slot among the calls in flight, for all that this thread sends within the block.

        It counts for the origin of `url`, and for `share`: whose call it is. Raises TargetRefused;
        entering the block raises UpstreamBusy (see ConcurrencyLimiter.acquire).
        """
        origin = self.allowed.check(url, system=system)
        context = ErrorContext(
            system=system or origin.netloc, host=origin.netloc, is_write=is_write
        )
        return self._limiter.acquire(origin, context, timeline, share=share, seconds=seconds)

    def send(
        self,
        request: Request,
        *,
        deadline: float,
        timeline: Timeline,
        cancellation: Cancellation | None = None,
    ) -> Response:
        """Send `request` and read the whole response, within `deadline` seconds in all.

        A thread that holds no slot takes one for it. `cancellation`: by which another thread may
        give the call up. Raises NotSent, ResponseLost and
        ResponseUnusable. A response with any status but a redirect is returned.
        """
        ends_at = monotonic() + deadline
        origin = self.allowed.check(request.url, system=request.system)
        context = ErrorContext(
            system=request.system or origin.netloc, host=origin.netloc, is_write=request.is_write
        )
        prepared = prepare(request, origin, context)
        given_up = cancellation or Cancellation()

        def send_over(session: UpstreamSession, exchange: Exchange) -> Response:
            return self._send_over(session, prepared, request, exchange, context, timeline)

        def new_exchange() -> Exchange:
            internal = self.allowed.is_internal(origin)
            return Exchange(ends_at, deadline, self._resolver, internal, given_up)

        with self._limiter.acquire(origin, context, timeline, seconds=deadline):
            if given_up.is_requested:
                raise CancelledUnsent(**context)
            if request.idempotent and request.connection_pool:
                first = new_exchange()
                try:
                    return send_over(self._sessions.get(request.connection_pool), first)
                except UpstreamError:
                    if not first.died_unanswered:
                        raise
            with self._sessions.new() as session:
                return send_over(session, new_exchange())

    def _send_over(
        self,
        session: UpstreamSession,
        prepared: requests.PreparedRequest,
        request: Request,
        exchange: Exchange,
        context: ErrorContext,
        timeline: Timeline,
    ) -> Response:
        try:
            with (
                current(exchange),
                session.send(prepared, stream=True, allow_redirects=False, proxies={}) as answer,
            ):
                return read_response(
                    answer,
                    exchange,
                    context,
                    max_bytes=self._max_bytes,
                    before_large=request.before_large,
                )
        except LIBRARY_ERRORS as error:
            failure = failure_of(error, exchange, context)
        finally:
            exchange.connect_failure = None
            exchange.note_on(timeline)
        try:
            raise failure  # out here, so that the libraries' error with its URL is not its context
        finally:
            del failure  # it refers to this frame: the cycle would keep the response in memory
