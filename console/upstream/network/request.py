"""A request to an upstream, and how `requests` writes it."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import requests

from console.upstream.errors import ErrorContext, TargetRefused
from console.upstream.network.origins import Origin, parse_url
from console.vault.secret import Secret

Method = Literal["GET", "POST", "PATCH", "DELETE"]

OWN_HEADERS = {"User-Agent": "Gatehouse", "Accept": "application/json", "Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request to an upstream.

    `json` may hold Secrets anywhere: they are opened when the body is written. A msgspec.Raw
    is JSON already, and goes out as it is. `idempotent`: safe to carry out twice (a GET, a GraphQL
    query). `is_write`: its errors advise to look before trying
    again. `system` is the name that errors use; the host stands in for it. `connection_pool`:
    idempotent requests of one pool share connections; without one, each gets a new connection.
    `before_large`: called before a large body is held decoded (see read_response).
    """

    method: Method
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object | None = field(default=None, repr=False)
    params: Mapping[str, str | int] = field(default_factory=dict)
    authorization: Secret | None = None
    idempotent: bool = False
    is_write: bool = False
    system: str = ""
    connection_pool: str = ""
    before_large: Callable[[], None] | None = field(default=None, repr=False)


def prepare(request: Request, origin: Origin, context: ErrorContext) -> requests.PreparedRequest:
    """`request` as `requests` sends it to `origin`: with our headers and its own, and no others.

    Raises TargetRefused if it cannot be written down.
    """
    prepared = None
    with suppress(ValueError, TypeError, RecursionError, requests.RequestException):
        prepared = requests.Request(
            request.method,
            request.url,
            headers=_headers(request),
            params=request.params,
            data=None if request.json is None else _as_json(request.json),
        ).prepare()
    # Raised out here: the suppressed error may quote a header, and so a token.
    if prepared is None or parse_url(prepared.url or "")[0] != origin:
        raise TargetRefused(**context, reason="the input cannot be sent as a request")
    return prepared


def _headers(request: Request) -> dict[str, str]:
    headers = {**OWN_HEADERS, **request.headers}
    if request.json is not None:
        headers["Content-Type"] = "application/json"
    if request.authorization is not None:
        headers["Authorization"] = f"Bearer {request.authorization.reveal()}"
    for value in headers.values():
        value.encode("latin-1")  # raises ValueError now, and not when the head is being sent
    return headers


def _as_json(value: object) -> bytes:
    """`value` as JSON, with its Secrets opened."""
    if isinstance(value, msgspec.Raw):
        return bytes(value)
    return json.dumps(value, allow_nan=False, default=_opened).encode()


def _opened(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError("not JSON")
