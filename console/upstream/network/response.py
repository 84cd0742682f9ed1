"""A response as it is read: to its end, decoded, and never larger than allowed."""

import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO

import requests

from console.upstream.errors import (
    ConnectionCut,
    ErrorContext,
    Redirected,
    ResponseTooLarge,
    ResponseUnreadable,
)
from console.upstream.network.sockets import Exchange

CHUNK = 64 * 1024  # bytes of a body read at a time
HIDDEN_HEADERS = {"set-cookie"}  # nobody gets to see them
ENCODINGS = ("", "identity", "gzip", "x-gzip")


@dataclass(frozen=True, slots=True)
class Response:
    """An upstream's response, whatever its status. Header names are in lower case; the body is
    whole and decoded (gzip)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def read_response(
    answer: requests.Response, exchange: Exchange, context: ErrorContext, *, max_bytes: int
) -> Response:
    """Read the rest of `answer`, whose head has come. `max_bytes`: of its decoded body.

    Raises ResponseUnusable and ConnectionCut, and what the libraries raise.
    """
    status = answer.status_code
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if exchange.peer_closed:  # http.client takes a head that is cut for a whole one
        raise ConnectionCut(**context, reason="in the middle of its answer's head")
    exchange.expect_body(status, max_bytes)
    if 300 <= status < 400:
        raise Redirected(**context, status=status)
    if problem := _problem_of(status, headers):
        raise ResponseUnreadable(**context, status=status, reason=problem)
    body = _whole(answer.raw.stream(CHUNK, decode_content=False), context, status, max_bytes)
    if "gzip" in headers.get("content-encoding", "").lower():
        # Raises EOFError, OSError and zlib.error where it is not gzip from end to end.
        with gzip.GzipFile(fileobj=BytesIO(body)) as file:
            body = _whole(iter(lambda: file.read(CHUNK), b""), context, status, max_bytes)
    for name in HIDDEN_HEADERS & headers.keys():
        del headers[name]
    return Response(status, headers, body)


def _problem_of(status: int, headers: Mapping[str, str]) -> str:
    """Why the body cannot be read; empty if it can."""
    # Encodings within encodings could unpack without an end and yet give no byte to be counted.
    if headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
        return "it is compressed in a way that was not asked for"
    if headers.get("transfer-encoding", "chunked").lower() != "chunked" or status < 200:
        return "it is not proper HTTP"
    return ""


def _whole(pieces: Iterable[bytes], context: ErrorContext, status: int, max_bytes: int) -> bytes:
    """All of `pieces`. Raises ResponseTooLarge."""
    body = BytesIO()
    for piece in pieces:
        body.write(piece)
        if body.tell() > max_bytes:
            limit = f"more than {max_bytes / 2**20:.3g} MiB"
            raise ResponseTooLarge(**context, status=status, reason=limit)
    return body.getvalue()
