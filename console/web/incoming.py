"""A request as it comes in: is all of it here, so that a thread can serve it without waiting?"""

import re

MAX_HEAD_BYTES = 64 * 1024
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n")
CHUNKED = re.compile(rb"\r\ntransfer-encoding:")
EXPECTS_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue")
PROBE = re.compile(rb"(?:GET|HEAD) /(?:healthz|readyz) ")


class IncomingRequest:
    """The bytes of a request so far.

    A request that is over a limit, or not understood, counts as whole: gunicorn or the console
    refuses it without reading on. `max_body`: bytes.
    """

    def __init__(self, *, max_body: int) -> None:
        self.data = bytearray()
        self.expects_continue = False  # its client waits for our word before it sends the body
        self._max_body = max_body
        self._body_at = 0  # 0: the head is not complete
        self._length: int | None = None  # of the body; None: in chunks
        self._chunk_at = 0

    @property
    def is_probe(self) -> bool:
        return PROBE.match(self.data) is not None

    def add(self, data: bytes) -> bool:
        """Take in what has come; True if the request is whole."""
        searched = max(len(self.data) - 3, 0)
        self.data += data
        if not self._body_at and not self._read_head(searched):
            return len(self.data) > MAX_HEAD_BYTES
        if self._length is None:
            return self._has_last_chunk()
        return not len(self.data) - self._body_at < self._length <= self._max_body

    def _read_head(self, searched: int) -> bool:
        end = self.data.find(b"\r\n\r\n", searched)
        if end < 0:
            return False
        head = bytes(self.data[: end + 2]).lower()
        self._body_at = self._chunk_at = end + 4
        length = LENGTH.search(head)
        if length or not CHUNKED.search(head):
            self._length = int(length[1]) if length else 0
        self.expects_continue = EXPECTS_CONTINUE.search(head) is not None
        return True

    def _has_last_chunk(self) -> bool:
        """Go from chunk to chunk (RFC 9112, section 7.1), on from where the last call stopped."""
        while self._chunk_at < len(self.data) <= self._body_at + self._max_body:
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
        return max(self._chunk_at, len(self.data)) > self._body_at + self._max_body
