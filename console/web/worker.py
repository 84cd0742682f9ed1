"""gunicorn's worker with threads, changed where a client or a restart could hold it up."""

import logging
import socket
import struct
import time
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from threading import Timer
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from gunicorn.http import get_parser
from gunicorn.workers.gthread import TConn, ThreadWorker

from console.web.incoming import IncomingRequest, ReceivedBytes


def last_response(status: str, text: str, fields: str = "") -> bytes:
    """A response after which the connection is closed. `fields`: more of its head, each line with
    its end."""
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(text) + 1}\r\n{fields}"
        f"Cache-Control: no-store\r\nConnection: close\r\n\r\n{text}\n"
    ).encode()


ALIVE = last_response("200 OK", "alive")
BUSY = last_response(
    "503 Service Unavailable",
    "Gatehouse is receiving too much at once. Nothing was done. Send it again in a moment.",
    "Retry-After: 5\r\n",
)
TOO_MANY_FIELDS = last_response(
    "431 Request Header Fields Too Large",
    "The header fields of this request are too large. Delete this site's cookies, and try again.",
)
CLOSING_THREADS = 16
PROBE_THREADS = 8
READ_BYTES = 64 * 1024
MAX_INCOMING_BYTES = 64 * 1024 * 1024  # of all requests that are not whole yet, or not answered
REQUEST_SECONDS = 30  # for a request to arrive, from its first byte or the connection's start
SEND_SECONDS = 20  # that a client may take nothing of a response
STOP_SECONDS = 2  # that a worker which stops waits for clients that have sent nothing
LAST_SECONDS = 2  # of the time that a worker has to stop, for the record of what it cuts off


def is_worth_logging(record: logging.LogRecord) -> bool:
    """False for a client that took nothing of its response for SEND_SECONDS."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError))


def without_quotes(record: logging.LogRecord) -> bool:
    """Take out what gunicorn quotes of a request: its address may hold what was searched."""
    message = str(record.msg)
    if message.startswith("Invalid request from ip="):
        record.msg = message.partition(": ")[0]
    elif message.startswith("Error handling request"):
        record.msg, record.args = "Error handling request", None
    return True


class ConsoleWorker(ThreadWorker):
    """Gives a thread to a request once all of it has arrived.

    gunicorn gives one to each connection that has sent a byte, so that as many slow clients as
    there are threads keep everybody waiting. /readyz has threads of its own.
    """

    poller: Any
    tpool: Any
    stopped_at: float | None = None  # time.monotonic() of SIGTERM
    lingering = 0  # connections that a thread is closing

    def run(self) -> None:
        from console.web.body_limit import max_body  # loads the app, which gunicorn does later

        self.closing = ThreadPoolExecutor(CLOSING_THREADS)
        self.probing = ThreadPoolExecutor(PROBE_THREADS)
        self.incoming: WeakKeyDictionary[TConn, IncomingRequest] = WeakKeyDictionary()
        self.received: WeakKeyDictionary[TConn, ReceivedBytes] = WeakKeyDictionary()
        for log_filter in (is_worth_logging, without_quotes):
            self.log.error_log.addFilter(log_filter)
        # More is refused unread.
        self.new_request = partial(
            IncomingRequest,
            max_body=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            max_body_of=max_body,
        )
        try:
            super().run()
        finally:
            for pool in (self.closing, self.probing):
                pool.shutdown(wait=False, cancel_futures=True)

    # --- a request comes in ---

    def accept(self, listener: socket.socket) -> None:
        """Where there is no place left, the client that has been sending longest makes room."""
        if self.nr_conns >= self.worker_connections - 1 and self.pending_conns:
            self.drop(self.pending_conns[0])
        super().accept(listener)

    def enqueue_req(self, conn: TConn) -> None:
        """Wait in the main loop for the request of a new or a kept connection."""
        if not conn.initialized:
            conn.init()
            conn.sock.setsockopt(
                socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_SECONDS, 0)
            )
            self.received[conn] = ReceivedBytes()
            conn.parser = get_parser(self.cfg, self.received[conn], conn.client)
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + REQUEST_SECONDS
        self.pending_conns.append(conn)
        on_readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, EVENT_READ, on_readable)
        self.incoming[conn] = self.new_request()
        if self.incoming[conn].add(self.unreader(conn).take_buffered()):
            self.serve(conn)
        else:
            self.on_pending_socket_readable(conn, conn.sock)

    def on_pending_socket_readable(self, conn: TConn, client: socket.socket) -> None:
        """Take in what the client has sent, unless it was dropped since the poller was asked."""
        incoming = self.incoming.get(conn)
        if incoming is None:
            return
        try:
            if self.receive(client, incoming):
                self.serve(conn)
        except BlockingIOError:
            pass
        except OSError:
            self.drop(conn)

    def receive(self, client: socket.socket, incoming: IncomingRequest) -> bool:
        """Read what is there; True if the request is whole. Raises OSError, also at an end."""
        data = client.recv(READ_BYTES)
        if not data:
            raise ConnectionResetError
        if incoming.add(data):
            return True
        if incoming.expects_continue:
            incoming.expects_continue = False
            client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(incoming.data) > READ_BYTES:
            self.limit_incoming()
        return False

    def serve(self, conn: TConn) -> None:
        """Give the request, which is whole, to a thread.

        /healthz is answered here: while pages cost processor time, each change of threads waits
        for all of them.
        """
        if self.incoming[conn].data.startswith(b"GET /healthz "):
            self.end(conn, ALIVE)
            return
        if not self.incoming[conn].has_head:
            self.end(conn, TOO_MANY_FIELDS)
            return
        incoming = self.forget(conn)
        self.received[conn].hold(incoming.to_serve)
        conn.data_ready = True
        pool = self.probing if incoming.is_probe else self.tpool
        served = pool.submit(self.handle, conn)
        served.add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    @staticmethod
    def unreader(conn: TConn) -> Any:
        """What gunicorn's parser reads the connection through, and may be given bytes back."""
        parser: Any = conn.parser
        return parser.unreader

    def limit_incoming(self) -> None:
        """Refuse the connection that holds most, if all together hold too much."""
        arriving = sum(len(each.data) for each in self.incoming.values())
        if arriving + sum(each.size for each in self.received.values()) > MAX_INCOMING_BYTES:
            most = max(self.pending_conns, key=lambda conn: len(self.incoming[conn].data))
            self.end(most, BUSY)

    def murder_pending(self) -> None:
        """Drop those whose request does not arrive; at a stop also those who have sent nothing."""
        now = time.monotonic()
        silent_too = self.stopped_at is not None and now > self.stopped_at + STOP_SECONDS
        for conn in list(self.pending_conns):
            if now > conn.timeout or (silent_too and not self.incoming[conn].data):
                self.drop(conn)

    def end(self, conn: TConn, response: bytes) -> None:
        """Answer without a thread, and close."""
        with suppress(OSError):
            conn.sock.send(response)
        self.drop(conn)

    def drop(self, conn: TConn) -> None:
        self.forget(conn)
        self.nr_conns -= 1
        conn.close()

    def forget(self, conn: TConn) -> IncomingRequest:
        self.pending_conns.remove(conn)
        self.poller.unregister(conn.sock)
        return self.incoming.pop(conn)

    # --- a connection is closed ---

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Close connections in a thread, and at once while all threads for that are busy.

        gunicorn waits up to 2 s for a client to close its side, and does so in its main loop, where
        every other connection of this process waits too. Until it is closed a connection counts.
        """
        buffered, unread = self.unreader(conn).take_buffered(), self.received[conn].release()
        if fs.cancelled() or fs.exception() or fs.result():
            self.unreader(conn).unread(b"".join((buffered, unread)))  # a next request
            super().finish_request(conn, fs)
        elif self.lingering < CLOSING_THREADS:
            self.lingering += 1
            self.closing.submit(self.close_connection, conn)
        else:
            self.nr_conns -= 1
            conn.close()

    def close_connection(self, conn: TConn) -> None:
        try:
            conn.close(graceful=True)
        finally:
            self.method_queue.defer(self.connection_closed)  # in the main loop

    def connection_closed(self) -> None:
        self.lingering -= 1
        self.nr_conns -= 1

    # --- the worker stops ---

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """On SIGTERM, call the hook `worker_int` before the time to stop gracefully is over.

        gunicorn kills the worker when it is, and calls no hook.
        """
        if self.alive:
            self.stopped_at = time.monotonic()
            seconds = max(self.cfg.graceful_timeout - LAST_SECONDS, 0)
            timer = Timer(seconds, self.cfg.worker_int, [self])
            timer.daemon = True
            timer.start()
        super().handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Close the listening sockets as soon as the worker stops, so that new clients are refused.

        gunicorn keeps them until the last request has ended. Until then the kernel goes on
        accepting clients, whom nobody answers and whose connections are reset at the end.
        """
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                while listener.get_backlog() > 0:
                    self.accept(listener)
                listener.close()
            self.sockets = []
