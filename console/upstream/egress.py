"""The one network seam: every byte to an upstream leaves through `Egress.send`."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.client import HTTPException
from time import monotonic
from urllib.parse import urlencode

from requests import PreparedRequest, Response
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from console.upstream.errors import (
    AnswerTooLarge,
    ConnectionCut,
    Facts,
    Redirected,
    TargetRefused,
    UpstreamError,
)
from console.upstream.failures import failure_of
from console.upstream.origins import AllowedOrigins
from console.upstream.places import PATIENCE, Places
from console.upstream.timeline import Timeline
from console.upstream.transport import Adapter
from console.upstream.wire import Exchange, under_way
from console.vault.secret import Secret

CHUNK = 64 * 1024  # bytes of a body read, and decoded, at a time
OWN_HEADERS = {"User-Agent": "Gatehouse", "Accept": "application/json", "Accept-Encoding": "gzip"}
NEVER_TOLD = {"set-cookie"}  # answer headers that nobody gets to see


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request as it shall go out.

    `json` may hold Secrets anywhere: they are opened when the body is written. `repeatable`: safe
    to carry out twice (a GET, a GraphQL query). `changes`: a write, whose errors then advise to
    look before trying again. `system` is the name that errors use; the host stands in for it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object | None = field(default=None, repr=False)
    params: Mapping[str, str | int] = field(default_factory=dict)
    authorization: Secret | None = None
    repeatable: bool = False
    changes: bool = False
    system: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An upstream's answer, whatever its status. Header names are in lower case; the body is
    whole and decoded (gzip)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Egress:
    """Sends requests to the allowed origins; one for each process, shared by its threads.

    No redirect is followed, no cookie kept, no proxy or netrc of the environment used. Connections
    are pooled for repeatable requests; any other request goes over a fresh connection, so that a
    NotSent is certain. Usable after a fork: pools are built at the first send of each process.
    """

    def __init__(
        self,
        *,
        allowed_origins: Iterable[str],
        max_bytes: int,
        ca_bundle: str | None = None,
        most_in_flight: int = sys.maxsize,
        most_in_all: int = sys.maxsize,
    ) -> None:
        """`max_bytes`: of a decoded body; `ca_bundle`: path of a PEM file (certifi's if None);
        `most_in_flight`: calls under way to one origin at a time in each process; `most_in_all`:
        to all of them together. Raises ValueError for an entry of `allowed_origins` that is no
        origin.
        """
        self.allowed = AllowedOrigins(allowed_origins)
        self._max_bytes = max_bytes
        self._ca_bundle = ca_bundle
        self._limits = most_in_flight, most_in_all
        self._processes: dict[int, _Process] = {}

    def place(
        self,
        url: str,
        *,
        timeline: Timeline,
        system: str = "",
        changes: bool = False,
        seconds: float = PATIENCE,
    ) -> AbstractContextManager[None]:
        """A place among the calls in flight, for all that this thread sends within the block.

        It counts for the origin of `url`. Entering raises UpstreamBusy (see Places.hold), this
        TargetRefused.
        """
        origin = self.allowed.check(url, system=system)
        facts = Facts(system=system or origin.place, host=origin.place, changes=changes)
        return self._this_process().places.hold(origin, facts, timeline, seconds=seconds)

    def send(self, request: OutgoingRequest, *, deadline: float, timeline: Timeline) -> Answer:
        """Send `request` and read the whole answer, within `deadline` seconds in all.

        A thread that holds no place takes one for it. Raises NotSent, AnswerLost, AnswerTooLarge,
        AnswerUnreadable (no HTTP, broken gzip) and Redirected. An answer with any other status is
        returned.
        """
        ends_at = monotonic() + deadline
        origin = self.allowed.check(request.url, system=request.system)
        facts = Facts(
            system=request.system or origin.place, host=origin.place, changes=request.changes
        )
        prepared = _prepared(request, facts)
        process = self._this_process()
        with process.places.hold(origin, facts, timeline, seconds=deadline):
            exchange = Exchange(ends_at, seconds=deadline, only_fresh=not request.repeatable)
            try:
                return self._carry_out(process.adapter, prepared, exchange, facts, timeline)
            except UpstreamError:
                if not exchange.died_unanswered:
                    raise
            again = Exchange(ends_at, seconds=deadline, only_fresh=True)
            return self._carry_out(process.adapter, prepared, again, facts, timeline)

    def _carry_out(
        self,
        adapter: Adapter,
        prepared: PreparedRequest,
        exchange: Exchange,
        facts: Facts,
        timeline: Timeline,
    ) -> Answer:
        under_way.exchange = exchange
        try:
            response = adapter.send(prepared, stream=True)
            timeline.status = response.status_code
            return self._read(response, exchange, facts)
        except (RequestException, HTTPError, HTTPException, OSError, ValueError) as error:
            failure = failure_of(error, exchange, facts)
        finally:
            del under_way.exchange
            exchange.note_on(timeline)
        raise failure  # here, so that the libraries' error with its URL is not even its context

    def _read(self, response: Response, exchange: Exchange, facts: Facts) -> Answer:
        status = response.status_code
        try:
            if exchange.ended:  # http.client takes a head that is cut for a whole one
                raise ConnectionCut(**facts, reason="in the middle of its answer's head")
            if 300 <= status < 400:
                raise Redirected(**facts, status=status)
            body = self._body(response, facts)
        finally:
            response.raw.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        for name in NEVER_TOLD & headers.keys():
            del headers[name]
        return Answer(status, headers, body)

    def _body(self, response: Response, facts: Facts) -> bytes:
        chunks: list[bytes] = []
        size = 0
        while chunk := response.raw.read(CHUNK, decode_content=True):
            size += len(chunk)
            if size > self._max_bytes:
                limit = f"more than {self._max_bytes / 2**20:.3g} MiB"
                raise AnswerTooLarge(**facts, reason=limit, status=response.status_code)
            chunks.append(chunk)
        return b"".join(chunks)

    def _this_process(self) -> "_Process":
        pid = os.getpid()
        # One dictionary step: threads that come first together get the same one.
        return self._processes.get(pid) or self._processes.setdefault(
            pid, _Process(self._ca_bundle, self._limits)
        )


class _Process:
    """What cannot be shared over a fork: open connections, and counters with locks."""

    def __init__(self, ca_bundle: str | None, limits: tuple[int, int]) -> None:
        self.adapter = Adapter(ca_bundle=ca_bundle)
        self.places = Places(most_for_each=limits[0], most_in_all=limits[1])


def _prepared(request: OutgoingRequest, facts: Facts) -> PreparedRequest:
    prepared = PreparedRequest()
    try:
        prepared.prepare(
            method=request.method,
            url=_with_params(request.url, request.params),
            headers=_headers(request),
            data=None if request.json is None else _written(request.json),
        )
    except (ValueError, TypeError, RecursionError, RequestException):
        prepared.url = None
    if prepared.url is None:  # outside the handler: its error may quote a header, and so a token
        raise TargetRefused(**facts, reason="what was entered cannot be written as a request")
    return prepared


def _headers(request: OutgoingRequest) -> dict[str, str]:
    headers = {**OWN_HEADERS, **request.headers}
    if request.json is not None:
        headers["Content-Type"] = "application/json"
    if request.authorization is not None:
        headers["Authorization"] = f"Bearer {request.authorization.reveal()}"
    return headers


def _with_params(url: str, params: Mapping[str, str | int]) -> str:
    if not params:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}"


def _written(value: object) -> bytes:
    """`value` as JSON, with its Secrets opened."""
    return json.dumps(value, allow_nan=False, default=_opened).encode()


def _opened(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError("not JSON")
