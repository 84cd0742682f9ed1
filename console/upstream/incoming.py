"""An answer as it comes in: read to its end, decoded, and never larger than allowed.

`httptools` (llhttp, the parser of Node.js) finds what is what in its bytes; what becomes of that is
decided here.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from httptools import HttpResponseParser

from console.upstream.errors import AnswerTooLarge, AnswerUnreadable, Facts, Redirected
from console.upstream.wire import LARGEST_HEAD, Exchange

MOST_HEADERS = 100  # of an answer, with those of answers before it (1xx) and after its body
FRAMING = 8  # bytes around the chunks of a body, for each byte in them
NEVER_TOLD = {"set-cookie"}  # answer headers that nobody gets to see
ENCODINGS = ("", "identity", "gzip", "x-gzip")
CHUNKED = "chunked"
UNPACKED = 64 * 1024  # bytes decoded at a time
GZIP = 16 + zlib.MAX_WBITS  # what zlib calls it


@dataclass(frozen=True, slots=True)
class Answer:
    """An upstream's answer, whatever its status. Header names are in lower case; the body is
    whole and decoded (gzip)."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Incoming:
    """An answer that is being read: `feed` it what is received until it is `complete`.

    `max_bytes`: of its decoded body.
    """

    def __init__(self, exchange: Exchange, facts: Facts, *, max_bytes: int) -> None:
        self._exchange = exchange
        self._facts = facts
        self._max_bytes = max_bytes
        self._found = _Found()
        self._parser = HttpResponseParser(self._found)
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)  # RFC 9112, 2.2
        self._found.parser = self._parser
        self._body: _Identity | _Gzip = _Identity()
        self._received = 0  # bytes of the body, before it is decoded

    @property
    def complete(self) -> bool:
        return self._found.complete

    @property
    def leaves_its_connection(self) -> bool:
        """May another request be sent over the connection that it came over?"""
        return self.complete and self._found.keeps_alive and not self._found.surplus

    def feed(self, data: bytes) -> None:
        """Take what was received next; nothing: the upstream closed the connection.

        Raises AnswerUnusable; HttpParserError, HttpParserUpgrade and zlib.error where it is no
        HTTP or no gzip, and ConnectionResetError where it ends too early.
        """
        found, exchange = self._found, self._exchange
        if data:
            self._parse(data)
        elif found.lasts_until_closed:
            found.complete = True
        else:
            raise ConnectionResetError
        if found.count > MOST_HEADERS:
            raise AnswerUnreadable(**self._facts, reason="its head is too long")
        if found.head_ended and not exchange.head_ended:
            self._begin_body()
        for piece in found.taken():
            self._take(piece)
        if exchange.head_ended:
            self._check_framing()

    def whole(self) -> Answer:
        """The answer, once it is complete. Raises zlib.error if its compression is not."""
        headers = self._found.headers
        for name in NEVER_TOLD & headers.keys():
            del headers[name]
        return Answer(self._found.status, headers, self._body.whole())

    def forget(self) -> None:
        """To be called at the end: else the parser and what it fills would keep each other, and the
        answer, until the next garbage collection."""
        del self._found.parser

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except Exception:
            if not self.complete:
                raise
            self._found.surplus = True  # it was said already; what follows is nobody's

    def _begin_body(self) -> None:
        found, status = self._found, self._found.status
        self._exchange.status = status
        if 300 <= status < 400:
            raise Redirected(**self._facts, status=status)
        encoding = found.headers.get("content-encoding", "").lower()
        # Encodings within encodings could unpack without an end and yet give no byte to be counted.
        if encoding not in ENCODINGS or found.headers.get("transfer-encoding", CHUNKED) != CHUNKED:
            reason = "it is compressed in a way that was not asked for"
            raise AnswerUnreadable(**self._facts, status=status, reason=reason)
        if "gzip" in encoding:
            self._body = _Gzip()
        self._exchange.expect_body(self._max_bytes)

    def _take(self, piece: bytes) -> None:
        self._received += len(piece)
        self._body.add(piece, most=self._max_bytes + 1)
        if self._body.size > self._max_bytes:
            limit = f"more than {self._max_bytes / 2**20:.3g} MiB"
            raise AnswerTooLarge(**self._facts, reason=limit, status=self._found.status)

    def _check_framing(self) -> None:
        """Chunks may be small, but not endlessly small, and what stands between them neither large
        nor many."""
        around = self._exchange.received_bytes - self._received
        if around > LARGEST_HEAD + FRAMING * self._received:
            reason = "what stands around its body is too long"
            raise AnswerUnreadable(**self._facts, status=self._found.status, reason=reason)


class _Found:
    """What the parser has found so far; the parser calls the methods that begin with `on_`.

    An answer may come after others that only say that it will (1xx), and bytes after it that nobody
    asked for.
    """

    parser: HttpResponseParser

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

    @property
    def lasts_until_closed(self) -> bool:
        """It does not say how long it is (RFC 9112, 6.3)."""
        return self.head_ended and not self.headers.keys() & {"content-length", "transfer-encoding"}

    def on_message_begin(self) -> None:
        self.surplus = self.complete

    def on_header(self, name: bytes, value: bytes) -> None:
        self.count += 1
        if self.head_ended or self.count > MOST_HEADERS:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        self.status = self.parser.get_status_code()
        if self.status >= 200:
            self.head_ended = True
        else:
            self.headers.clear()

    def on_body(self, piece: bytes) -> None:
        if not self.complete:
            self._pieces.append(piece)

    def on_message_complete(self) -> None:
        if self.head_ended and not self.complete:
            self.complete = True
            self.keeps_alive = self.parser.should_keep_alive()


class _Identity:
    """A body that comes as it is."""

    def __init__(self) -> None:
        self._bytes = BytesIO()

    @property
    def size(self) -> int:
        return self._bytes.tell()

    def add(self, piece: bytes, *, most: int) -> None:
        self._bytes.write(piece)

    def whole(self) -> bytes:
        return self._bytes.getvalue()


class _Gzip(_Identity):
    """A body of gzip members (RFC 1952), which is decoded no further than it is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self._member: Any = zlib.decompressobj(GZIP)
        self._began = False

    def add(self, piece: bytes, *, most: int) -> None:
        self._began = True
        pending = True
        while pending and self.size < most:
            if self._member.eof:
                self._member = zlib.decompressobj(GZIP)
            decoded = self._member.decompress(piece, UNPACKED)
            self._bytes.write(decoded)
            piece = self._member.unconsumed_tail or self._member.unused_data
            held_back = len(decoded) == UNPACKED and not self._member.eof
            pending = bool(piece) or held_back

    def whole(self) -> bytes:
        if self._began and not self._member.eof:
            raise zlib.error("it ends in the middle")
        return super().whole()
