"""gunicorn's worker with threads, changed where a client or a restart could hold it up."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

CLOSING_THREADS = 16


class ConsoleWorker(ThreadWorker):
    def run(self) -> None:
        self.closing = ThreadPoolExecutor(CLOSING_THREADS)
        try:
            super().run()
        finally:
            self.closing.shutdown(wait=False, cancel_futures=True)

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Close connections in a thread.

        gunicorn waits up to 2 s for a client to close its side, and does so in its main loop, where
        every other connection of this process waits too.
        """
        if fs.cancelled() or fs.exception() or fs.result():
            super().finish_request(conn, fs)
        else:
            self.closing.submit(self.close_connection, conn)

    def close_connection(self, conn: TConn) -> None:
        try:
            conn.close(graceful=True)
        finally:
            self.method_queue.defer(self.connection_closed)  # in the main loop

    def connection_closed(self) -> None:
        self.nr_conns -= 1

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
