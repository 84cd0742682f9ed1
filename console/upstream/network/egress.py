"""The one network seam: every byte to an upstream leaves through `Egress.send`."""

import math
import os
import sys
import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from time import monotonic

from console.upstream.errors import ErrorContext, UpstreamError
from console.upstream.network.adapter import Transport
from console.upstream.network.failures import failure_of
from console.upstream.network.limiter import ConcurrencyLimiter
from console.upstream.network.origins import AllowedOrigins, Origin
from console.upstream.network.request import Request, Written, written
from console.upstream.network.resolver import Resolve, Resolver, system_resolve
from console.upstream.network.response import NO_HTTP, Response, ResponseReader
from console.upstream.network.sockets import Exchange, under_way
from console.upstream.timeline import Timeline

__all__ = ["Egress", "Request", "Response"]


class Egress:
    """Sends requests to the allowed origins; one for each process, shared by its threads.

    No redirect is followed, no cookie kept, no proxy or netrc of the environment used. Connections
    are pooled for idempotent requests; any other request goes over a fresh connection, so that a
    NotSent is certain. Usable after a fork: pools are built at the first send of each process.
    """

    def __init__(
        self,
        *,
        allowed_origins: Iterable[str],
        internal_origins: Iterable[str] = (),
        max_bytes: int,
        ca_bundle: str | None = None,
        resolve: Resolve = system_resolve,
        max_calls_per_upstream: int = sys.maxsize,
        max_calls: int = sys.maxsize,
        max_queued_calls: int = sys.maxsize,
    ) -> None:
        """`internal_origins`: see AllowedOrigins; `max_bytes`: of a decoded body; `ca_bundle`: path
        of a PEM file (certifi's if None); `resolve`: the name service, as socket.getaddrinfo;
        `max_calls_per_upstream`: calls under way to one origin at a time in each process; `max_calls`:
        to all of them together; `max_queued_calls`: those that wait for a place. Raises ValueError for
        an entry that is no origin.
        """
        self.allowed = AllowedOrigins(allowed_origins, internal=internal_origins)
        self._max_bytes = max_bytes
        self._ca_bundle = ca_bundle
        self._resolve = resolve
        self._limits = max_calls_per_upstream, max_calls, max_queued_calls
        self._processes: dict[int, _Process] = {}

    def place(
        self,
        url: str,
        *,
        timeline: Timeline,
        system: str = "",
        is_write: bool = False,
        seconds: float = math.inf,
    ) -> AbstractContextManager[None]:
        """A place among the calls in flight, for all that this thread sends within the block.

        It counts for the origin of `url`. Entering raises UpstreamBusy (see ConcurrencyLimiter.hold), this
        TargetRefused.
        """
        origin = self.allowed.check(url, system=system)
        context = ErrorContext(system=system or origin.place, host=origin.place, is_write=is_write)
        return self._this_process().places.hold(origin, context, timeline, seconds=seconds)

    def send(self, request: Request, *, deadline: float, timeline: Timeline) -> Response:
        """Send `request` and read the whole answer, within `deadline` seconds in all.

        A thread that holds no place takes one for it. Raises NotSent, ResponseLost, ResponseTooLarge,
        ResponseUnreadable (no HTTP, broken gzip) and Redirected. An answer with any other status is
        returned.
        """
        ends_at = monotonic() + deadline
        origin = self.allowed.check(request.url, system=request.system)
        context = ErrorContext(
            system=request.system or origin.place, host=origin.place, is_write=request.is_write
        )
        message = written(request, context)
        process = self._this_process()

        def once(ends_at: float, *, only_fresh: bool) -> Exchange:
            return Exchange(
                ends_at,
                seconds=deadline,
                names=process.names,
                internal=self.allowed.is_internal(origin),
                only_fresh=only_fresh,
            )

        with process.places.hold(origin, context, timeline, seconds=deadline):
            exchange = once(ends_at, only_fresh=not request.idempotent)
            try:
                return self._carry_out(message, origin, exchange, context, timeline)
            except UpstreamError:
                if not exchange.died_unanswered:
                    raise
            exchange = once(exchange.ends_at, only_fresh=True)
            return self._carry_out(message, origin, exchange, context, timeline)

    def _carry_out(
        self,
        message: Written,
        origin: Origin,
        exchange: Exchange,
        context: ErrorContext,
        timeline: Timeline,
    ) -> Response:
        incoming = ResponseReader(exchange, context, max_bytes=self._max_bytes)
        under_way.exchange = exchange
        try:
            return self._this_process().transport.carry(message, origin, incoming)
        except (OSError, ValueError, zlib.error, *NO_HTTP) as error:
            failure = failure_of(error, exchange, context)
        finally:
            del under_way.exchange
            exchange.connect_failure = None
            incoming.forget()
            exchange.note_on(timeline)
        try:
            raise failure  # here, so that the libraries' error is not even its context
        finally:
            del failure  # it knows this frame, and so the answer: they would keep each other

    def _this_process(self) -> "_Process":
        pid = os.getpid()
        # One dictionary step: threads that come first together get the same one.
        return self._processes.get(pid) or self._processes.setdefault(
            pid, _Process(self._ca_bundle, self._resolve, self._limits)
        )


class _Process:
    """What cannot be shared over a fork: open connections, and counters with locks."""

    def __init__(
        self, ca_bundle: str | None, resolve: Resolve, limits: tuple[int, int, int]
    ) -> None:
        self.names = Resolver(resolve)
        self.transport = Transport(ca_bundle=ca_bundle)
        for_each, in_all, waiting = limits
        self.places = ConcurrencyLimiter(
            most_for_each=for_each, max_calls=in_all, max_queued_calls=waiting
        )
