"""An answer as it comes in: read to its end, decoded, and never larger than allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

from urllib3 import BaseHTTPResponse

from console.upstream.errors import (
    AnswerTooLarge,
    AnswerUnreadable,
    ConnectionCut,
    Facts,
    Redirected,
)
from console.upstream.wire import Exchange

CHUNK = 64 * 1024  # bytes of a body read, and decoded, at a time
NEVER_TOLD = {"set-cookie"}  # answer headers that nobody gets to see


@dataclass(frozen=True, slots=True)
class Answer:
    """An upstream's answer, whatever its status. Header names are in lower case; the body is
    whole and decoded (gzip)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


def answer_from(
    response: BaseHTTPResponse, exchange: Exchange, facts: Facts, *, max_bytes: int
) -> Answer:
    """Read the whole answer whose head is `response`. `max_bytes`: of its decoded body.

    Raises AnswerUnusable and ConnectionCut, and what the libraries raise.
    """
    status = response.status
    try:
        if exchange.ended:  # http.client takes a head that is cut for a whole one
            raise ConnectionCut(**facts, reason="in the middle of its answer's head")
        if 300 <= status < 400:
            raise Redirected(**facts, status=status)
        _check_encoding(response, facts)
        exchange.expect_body(max_bytes)
        body = _body(response, facts, max_bytes)
    finally:
        response.close()
    headers = {name.lower(): value for name, value in response.headers.itermerged()}
    for name in NEVER_TOLD & headers.keys():
        del headers[name]
    return Answer(status, headers, body)


def _check_encoding(response: BaseHTTPResponse, facts: Facts) -> None:
    """Gzip once, as was asked for, or nothing. Encodings within encodings could unpack without an
    end and yet give no byte that would be counted."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        reason = "it is compressed in a way that was not asked for"
        raise AnswerUnreadable(**facts, status=response.status, reason=reason)


def _body(response: BaseHTTPResponse, facts: Facts, max_bytes: int) -> bytes:
    body = BytesIO()
    while chunk := response.read(CHUNK, decode_content=True):
        if body.tell() + len(chunk) > max_bytes:
            limit = f"more than {max_bytes / 2**20:.3g} MiB"
            raise AnswerTooLarge(**facts, reason=limit, status=response.status)
        body.write(chunk)
    return body.getvalue()
