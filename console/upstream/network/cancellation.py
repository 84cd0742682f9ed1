"""A call that another thread may give up."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock


class CancelledCall(OSError):
    """A call ends here because it was cancelled."""


class Cancellation:
    """The wish to give up one call, whose connection is shut as soon as there is one.

    One thread makes the call; any other may call `request`, once or more.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._requested = False
        self._socket: socket.socket | None = None

    @property
    def is_requested(self) -> bool:
        return self._requested

    def check(self) -> None:
        """Raises CancelledCall if the call is to be given up."""
        if self._requested:
            raise CancelledCall

    def request(self) -> None:
        """Give the call up: what waits for its socket now ends at once."""
        with self._lock:
            self._requested = True
            if self._socket is not None:
                with suppress(OSError):
                    # Not SSLSocket's own, which takes the TLS away from the thread that reads.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    @contextmanager
    def may_interrupt(self, sock: socket.socket) -> Iterator[None]:
        """Within the block the call waits for `sock`. Raises CancelledCall instead of entering it.

        Outside of it `sock` may belong to another call.
        """
        with self._lock:
            self.check()
            self._socket = sock
        try:
            yield
        finally:
            with self._lock:
                self._socket = None
