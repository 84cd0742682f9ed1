"""A response as it is read: to its end, decoded, and never larger than allowed."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import SEEK_END, BytesIO

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
GZIP_WINDOW = 31  # zlib: with the head and end of gzip
NOT_MODIFIED = 304  # leads nowhere, and nothing that would allow it was sent
LARGE = 1024 * 1024  # bytes of a body, decoded
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
    answer: requests.Response,
    exchange: Exchange,
    context: ErrorContext,
    *,
    max_bytes: int,
    before_large: Callable[[], None] | None = None,
) -> Response:
    """Read the rest of `answer`, whose head has come. `max_bytes`: of its decoded body.

    `before_large` is called once the whole has come, before a LARGE body is held decoded: it may
    wait. Meanwhile, and while it comes, such a body is held compressed.

    Raises ResponseUnusable and ConnectionCut, and what the libraries raise.
    """
    status = answer.status_code
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if exchange.peer_closed:  # http.client takes a head that is cut for a whole one
        raise ConnectionCut(**context, reason="in the middle of the response headers")
    exchange.expect_body(status, max_bytes)
    if 300 <= status < 400 and status != NOT_MODIFIED:
        raise Redirected(**context, status=status)
    if problem := _problem_of(status, headers):
        raise ResponseUnreadable(**context, status=status, reason=problem)
    pieces: Iterable[bytes] = answer.raw.stream(CHUNK, decode_content=False)
    is_gzip = "gzip" in headers.get("content-encoding", "").lower()
    if before_large and not is_gzip:
        body, is_gzip = _compressed_if_large(pieces, context, status, max_bytes)
    else:
        body = _whole(pieces, context, status, max_bytes)
    if is_gzip:
        # Raises EOFError, OSError and zlib.error where it is not gzip from end to end.
        with gzip.GzipFile(fileobj=BytesIO(body)) as file:
            pieces = iter(lambda: file.read(CHUNK), b"")
            body = _whole(pieces, context, status, max_bytes, before_large)
    for name in HIDDEN_HEADERS & headers.keys():
        del headers[name]
    return Response(status, headers, body)


def _problem_of(status: int, headers: Mapping[str, str]) -> str:
    """Why the body cannot be read; empty if it can."""
    # Encodings within encodings could unpack without an end and yet give no byte to be counted.
    if headers.get("content-encoding", "").strip().lower() not in ENCODINGS:
        return "it has a compression that was not requested"
    if headers.get("transfer-encoding", "chunked").lower() != "chunked":
        return "it is not valid HTTP"
    if status < 200:
        return "a provisional response came that was not asked for"
    return "this status was not expected" if status == NOT_MODIFIED else ""


def _whole(
    pieces: Iterable[bytes],
    context: ErrorContext,
    status: int,
    max_bytes: int,
    before_large: Callable[[], None] | None = None,
) -> bytes:
    """All of `pieces`. Raises ResponseTooLarge."""
    body = BytesIO()
    for piece in pieces:
        if before_large and body.tell() + len(piece) > LARGE:
            before_large()
            before_large = None
        body.write(piece)
        if body.tell() > max_bytes:
            raise _too_large(context, status, max_bytes)
    return body.getvalue()


def _compressed_if_large(
    pieces: Iterable[bytes], context: ErrorContext, status: int, max_bytes: int
) -> tuple[bytes, bool]:
    """All of `pieces`, and whether that is gzip's. Raises ResponseTooLarge.

    JSON shrinks to a sixth: eight of 12.8 MB that come at once take 16 MB in place of 103.
    """
    body, size, pack = BytesIO(), 0, None
    for piece in pieces:
        size += len(piece)
        if size > max_bytes:
            raise _too_large(context, status, max_bytes)
        if pack is None and size > LARGE:
            pack = zlib.compressobj(1, wbits=GZIP_WINDOW)
            body = BytesIO(pack.compress(body.getvalue()))
            body.seek(0, SEEK_END)
        body.write(pack.compress(piece) if pack else piece)
    if pack:
        body.write(pack.flush())
    return body.getvalue(), pack is not None


def _too_large(context: ErrorContext, status: int, max_bytes: int) -> ResponseTooLarge:
    limit = f"more than {max_bytes / 2**20:.3g} MiB"
    return ResponseTooLarge(**context, status=status, reason=limit)
