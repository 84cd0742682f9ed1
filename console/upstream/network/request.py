"""A request as it shall go out, and how it is written."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from requests import PreparedRequest
from requests.exceptions import RequestException

from console.upstream.errors import ErrorContext, TargetRefused
from console.upstream.network.origins import parse_url
from console.vault.secret import Secret

OWN_HEADERS = {"User-Agent": "Gatehouse", "Accept": "application/json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it shall go out.

    `json` may hold Secrets anywhere: they are opened when the body is written. `idempotent`: safe
    to carry out twice (a GET, a GraphQL query). `is_write`: a write, whose errors then advise to
    look before trying again. `system` is the name that errors use; the host stands in for it.
    """

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object | None = field(default=None, repr=False)
    params: Mapping[str, str | int] = field(default_factory=dict)
    authorization: Secret | None = None
    idempotent: bool = False
    is_write: bool = False
    system: str = ""


class Written(bytes):
    """A request as it goes over the wire (RFC 9112, 3). Its token does not show in tracebacks."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"

    __str__ = __repr__


def written(request: Request, context: ErrorContext) -> Written:
    """`request` with our headers and its own, and no others. `requests` makes sure that no header
    holds a second one, and counts the body.

    The address goes out as it was written, dot segments and escapes included: its origin was found
    in it letter by letter (see origins.py).
    Raises TargetRefused if it cannot be written down.
    """
    message = None
    with suppress(ValueError, TypeError, RecursionError, RequestException):
        origin, target = parse_url(_with_params(request.url, request.params))
        prepared = PreparedRequest()
        prepared.prepare_method(request.method)
        prepared.prepare_headers({"Host": origin.place, **_headers(request)})
        prepared.prepare_body(None if request.json is None else _as_json(request.json), files=None)
        message = _message(prepared, target if target.startswith("/") else f"/{target}")
    if message is None:  # out of there: that error may quote a header, and so a token
        raise TargetRefused(**context, reason="what was entered cannot be written as a request")
    return message


def _message(prepared: PreparedRequest, target: str) -> Written:
    lines = [f"{prepared.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in prepared.headers.items()]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")
    return Written(head + (prepared.body or b""))  # type: ignore[operator]


def _headers(request: Request) -> dict[str, str]:
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


def _as_json(value: object) -> bytes:
    """`value` as JSON, with its Secrets opened."""
    return json.dumps(value, allow_nan=False, default=_opened).encode()


def _opened(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError("not JSON")
