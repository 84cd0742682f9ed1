"""An answer as it comes in: read to its end, decoded, and never larger than allowed.

`httptools` (llhttp, the parser of Node.js) finds what is what in its bytes; what becomes of that is
decided here.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from console.upstream.errors import ErrorContext, Redirected, ResponseTooLarge, ResponseUnreadable
from console.upstream.network.sockets import Exchange

MAX_HEAD_BYTES = 128 * 1024  # bytes, with those of answers before it (1xx); between two of the body
MAX_HEADERS = 100  # of an answer, with those of answers before it, and after its body
NEVER_TOLD = {"set-cookie"}  # answer headers that nobody gets to see
ENCODINGS = ("", "identity", "gzip", "x-gzip")
UNPACKED = 64 * 1024  # bytes decoded at a time
GZIP = 16 + zlib.MAX_WBITS  # what zlib calls it
NO_HTTP = (HttpParserError, HttpParserUpgrade)  # what the parser raises


@dataclass(frozen=True, slots=True)
class Response:
    """An upstream's answer, whatever its status. Header names are in lower case; the body is
    whole and decoded (gzip)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class ResponseReader:
    """An answer that is being read: `feed` it what is received until it is `complete`.

    `max_bytes`: of its decoded body. As it is received it may be twice as large, for chunks have
    frames.
    """

    def __init__(self, exchange: Exchange, context: ErrorContext, *, max_bytes: int) -> None:
        self._exchange = exchange
        self._facts = context
        self._max_bytes = max_bytes
        self._found = _Found()
        self._parser = self._found.parser = HttpResponseParser(self._found)
        self._parser.set_dangerous_leniencies(
            lenient_optional_cr_before_lf=True,  # in heads (RFC 9112, 2.2)
            lenient_spaces_after_chunk_size=True,  # older servers fill it up
        )
        self._body = _Body()
        self._since_body = 0  # bytes received since the last one of the body

    @property
    def complete(self) -> bool:
        return self._found.complete

    @property
    def leaves_its_connection(self) -> bool:
        """May another request be sent over the connection that it came over?"""
        return self.complete and self._found.keeps_alive and not self._found.surplus

    def feed(self, data: bytes) -> None:
        """Take what was received next; nothing: the upstream closed the connection.

        Raises ResponseUnusable; NO_HTTP and zlib.error where it is no HTTP or no gzip, and
        ConnectionResetError where it ends too early.
        """
        if data:
            self._parse(data)
        else:
            self._found.end()
        if self._found.head_ended and self._exchange.status is None:
            self._body = self._begin_body()
        pieces = self._found.taken()
        for piece in pieces:
            self._add(piece)
        self._since_body = 0 if pieces else self._since_body + len(data)
        self._keep_to_the_limits()

    def whole(self) -> Response:
        """The answer, once it is complete. Raises zlib.error if its compression is not."""
        headers = self._found.headers
        for name in NEVER_TOLD & headers.keys():
            del headers[name]
        return Response(self._found.status, headers, self._body.whole())

    def forget(self) -> None:
        """To be called at the end: else the parser and what it fills would keep each other, and the
        answer, until the next garbage collection."""
        del self._found.parser

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except NO_HTTP:
            if not self.complete:
                raise
            self._found.surplus = True  # it was said already; what follows is nobody's

    def _begin_body(self) -> "_Body":
        headers, status = self._found.headers, self._found.status
        self._exchange.status = status
        if 300 <= status < 400:
            raise Redirected(**self._facts, status=status)
        encoding = headers.get("content-encoding", "").lower()
        # Encodings within encodings could unpack without an end and yet give no byte to be counted.
        if encoding not in ENCODINGS:
            raise self._unreadable("it is compressed in a way that was not asked for")
        if headers.get("transfer-encoding", "chunked").lower() != "chunked" or status < 200:
            raise self._unreadable("it is not proper HTTP")
        return _Gzip() if "gzip" in encoding else _Body()

    def _add(self, piece: bytes) -> None:
        self._body.add(piece, most=self._max_bytes + 1)
        if self._body.size > self._max_bytes:
            raise self._too_large(f"more than {self._max_bytes / 2**20:.3g} MiB")

    def _keep_to_the_limits(self) -> None:
        """Nothing goes on for ever: neither a head, nor what frames the chunks of a body."""
        if self._found.count > MAX_HEADERS or self._since_body > MAX_HEAD_BYTES:
            raise self._unreadable("its head, or what frames its body, is too long")
        most = MAX_HEAD_BYTES + 2 * self._max_bytes
        if self._exchange.received_bytes > most:
            raise self._too_large(f"more than {most / 2**20:.3g} MiB were sent")

    def _unreadable(self, reason: str) -> ResponseUnreadable:
        return ResponseUnreadable(**self._facts, status=self._exchange.status, reason=reason)

    def _too_large(self, limit: str) -> ResponseTooLarge:
        return ResponseTooLarge(**self._facts, status=self._exchange.status, reason=limit)


class _Found:
    """What the parser has found so far; the parser calls the methods that begin with `on_`.

    An answer may come after others that only say that it will (1xx), and bytes after it that nobody
    asked for.
    """

    parser: HttpResponseParser  # knows what the callbacks are not told; see ResponseReader.forget

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.count = 0  # of all headers
        self.head_ended = False
        self.complete = False
        self.keeps_alive = False
        self.surplus = False
        self._pieces: list[bytes] = []

    def taken(self) -> list[bytes]:
        """The pieces of the body that came since this was asked last."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def end(self) -> None:
        """The connection is closed: the end of an answer that does not say how long it is (RFC
        9112, 6.3). Raises ConnectionResetError where that is too early."""
        if not self.head_ended or self.headers.keys() & {"content-length", "transfer-encoding"}:
            raise ConnectionResetError
        self.complete = True

    def on_message_begin(self) -> None:
        self.surplus = self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.complete:
            return
        self.count += 1
        if self.head_ended or self.count > MAX_HEADERS:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = self.parser.get_status_code()
        if 100 <= self.status < 200:
            self.headers.clear()
        else:
            self.head_ended = True

    def on_body(self, piece: bytes) -> None:
        if not self.complete:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        if self.head_ended and not self.complete:
            self.complete = True
            self.keeps_alive = self.parser.should_keep_alive()


class _Body:
    """A body that comes as it is."""

    def __init__(self) -> None:
        self._bytes = BytesIO()

    @property
    def size(self) -> int:
        return self._bytes.tell()

    def add(self, piece: bytes, *, most: int) -> None:
        """Add `piece`, decoded; not much further than `most` bytes in all."""
        self._bytes.write(piece)

    def whole(self) -> bytes:
        return self._bytes.getvalue()


class _Gzip(_Body):
    """A body of gzip members, one after the other (RFC 1952)."""

    def __init__(self) -> None:
        super().__init__()
        self._member: Any = zlib.decompressobj(GZIP)
        self._began = False

    def add(self, piece: bytes, *, most: int) -> None:
        self._began = True
        more = True
        while more and self.size < most:
            if self._member.eof:
                self._member = zlib.decompressobj(GZIP)
            decoded = self._member.decompress(piece, UNPACKED)
            self._bytes.write(decoded)
            # What this member had no room for, or what comes after it.
            piece = self._member.unconsumed_tail or self._member.unused_data
            # Without either, zlib itself may hold back what there was no room for.
            more = bool(piece) or (len(decoded) == UNPACKED and not self._member.eof)

    def whole(self) -> bytes:
        if self._began and not self._member.eof:
            raise zlib.error("it ends in the middle")
        return super().whole()
