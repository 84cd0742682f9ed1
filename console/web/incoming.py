"""A request as it comes in: is all of it here, so that a thread can serve it without waiting?"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from gunicorn.http.errors import NoMoreData

MAX_HEAD_BYTES = 64 * 1024
MAX_CHUNKS = 10_000  # each costs time however small it is: 2 MB a byte at a time took a second
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n")
CHUNKED = re.compile(rb"\r\ntransfer-encoding:")
EXPECTS_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue")
PATH = re.compile(rb"[A-Z]+ (?:https?://[^/ \r\n]*)?([^ ?\r\n]+)")  # RFC 9112, section 3.2
PROBE = re.compile(rb"(?:GET|HEAD) /(?:healthz|readyz) ")


class IncomingRequest:
    """The bytes of a request so far.

    A request that is over a limit, or not understood, counts as whole: it is refused without
    reading on. `max_body`: bytes; `max_body_of`: of a path that takes more.
    """

    def __init__(
        self, *, max_body: int, max_body_of: Callable[[str], int] = lambda path: 0
    ) -> None:
        self.data = bytearray()
        self.expects_continue = False  # its client waits for our word before it sends the body
        self.is_too_large = False  # its body; known when `add` returns True
        self._max_body, self._max_body_of = max_body, max_body_of
        self._body_at = 0  # 0: the head is not complete
        self._length: int | None = None  # of the body; None: in chunks
        self._chunk_at = self._chunks = 0

    @property
    def is_probe(self) -> bool:
        return PROBE.match(self.data) is not None

    @property
    def has_head(self) -> bool:
        return self._body_at > 0

    def add(self, data: bytes) -> bool:
        """Take in what has come; True if the request is whole."""
        searched = max(len(self.data) - 3, 0)
        self.data += data
        if not self.has_head and not self._read_head(searched):
            return len(self.data) > MAX_HEAD_BYTES
        if self._length is None:
            return self._has_last_chunk() or self.is_too_large
        self.is_too_large = self._length > self._max_body
        return self.is_too_large or len(self.data) - self._body_at >= self._length

    @property
    def to_serve(self) -> bytearray:
        """What a thread gets: of a request whose body is too large, the head."""
        return self.data[: self._body_at] if self.is_too_large else self.data

    def _read_head(self, searched: int) -> bool:
        end = self.data.find(b"\r\n\r\n", searched)
        if end < 0:
            return False
        head = bytes(self.data[: end + 2]).lower()
        self._body_at = self._chunk_at = end + 4
        length = LENGTH.search(head)
        if length or not CHUNKED.search(head):
            self._length = int(length[1]) if length else 0
        if self._length is None or self._length > self._max_body:
            self._max_body = max(self._max_body, self._max_body_of(self._path()))
        self.expects_continue = EXPECTS_CONTINUE.search(head) is not None
        return True

    def _path(self) -> str:
        found = PATH.match(self.data)
        return unquote(found[1].decode("latin-1")) if found else ""

    def _has_last_chunk(self) -> bool:
        """Go from chunk to chunk (RFC 9112, section 7.1), on from where the last call stopped.

        True also where they cannot be understood, which the parser will say.
        """
        most = self._body_at + self._max_body
        while self._chunk_at < len(self.data) <= most and self._chunks <= MAX_CHUNKS:
            line_end = self.data.find(b"\r\n", self._chunk_at)
            line = bytes(self.data[self._chunk_at : max(line_end, self._chunk_at)])
            if line_end < 0:
                return len(self.data) - self._chunk_at > MAX_HEAD_BYTES
            try:
                size = int(line.partition(b";")[0], 16)
            except ValueError:
                return True
            if size <= 0:
                return size < 0 or self.data.find(b"\r\n\r\n", line_end) >= 0
            self._chunk_at = line_end + 2 + size + 2
            self._chunks += 1
        self.is_too_large = max(self._chunk_at, len(self.data)) > most or self._chunks > MAX_CHUNKS
        return False


class ReceivedBytes:
    """What gunicorn's parser reads in place of the socket: a request that has been received.

    So a thread never waits for a client; and what stands here is not copied for each piece that is
    read of it, as in the parser's own buffer (12 MB cost seconds).
    """

    def __init__(self) -> None:
        self.size = 0  # of what was received, in bytes
        self._unread = memoryview(b"")

    def hold(self, data: bytearray) -> None:
        self.size, self._unread = len(data), memoryview(data)

    def release(self) -> memoryview:
        """Forget the request; what nobody has read of it and of what follows it."""
        unread, self._unread = self._unread, memoryview(b"")
        self.size = 0
        return unread

    def recv(self, size: int) -> bytes:
        """As a socket's. Raises NoMoreData, an OSError, past the end: the rest of a request that is
        refused is not read, and its connection is closed."""
        if not self._unread:
            raise NoMoreData
        data, self._unread = bytes(self._unread[:size]), self._unread[size:]
        return data
