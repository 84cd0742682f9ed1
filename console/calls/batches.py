"""Rows about calls that only read something: written a moment later, and several at a time.

To write a row takes a page as long as to draw its table, and nobody waits for it. So gunicorn's
workers (gunicorn.conf.py) have a thread that writes what has come together; it costs one statement
and one commit for all. Where no such thread runs, a row is written at once.

What waits is lost when a worker is killed: LINGER seconds of reading, at most.
"""

import logging
import queue
import time
from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

from django.db import close_old_connections

Row = TypeVar("Row")

LINGER = 0.02  # seconds that a row waits for others
MOST_WAITING = 1_000  # rows in each process; further ones are written at once
STOP_SECONDS = 5.0  # for the last rows of a worker that ends

log = logging.getLogger(__name__)


class Batches(Generic[Row]):
    """Hands rows to `store`, which writes a list of them: those of `LINGER` seconds together."""

    def __init__(self, store: Callable[[list[Row]], object]) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[Row | None] = queue.SimpleQueue()  # None: the end
        self._thread: Thread | None = None

    def put(self, row: Row) -> None:
        """Have `row` written soon. Raises what `store` raises where it has to be done at once."""
        if self._thread is None or self._waiting.qsize() >= MOST_WAITING:
            self._store([row])
        else:
            self._waiting.put(row)

    def wait_for_others(self) -> None:
        """For a page that shows rows: what was called before it shall be there, in any process."""
        if self._thread:
            close_old_connections()  # nobody needs it meanwhile
            time.sleep(2 * LINGER)

    def start(self) -> None:
        """Write in a thread from now on. Call it in the process that serves, after its fork."""
        self._thread = Thread(target=self._run, name="batches", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and each later row at once."""
        thread, self._thread = self._thread, None
        if thread:
            self._waiting.put(None)
            thread.join(STOP_SECONDS)

    def _run(self) -> None:
        ended = False
        while not ended:
            batch = [self._waiting.get()]
            time.sleep(LINGER)
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            ended = None in batch
            self._write([row for row in batch if row is not None])

    def _write(self, rows: list[Row]) -> None:
        try:
            self._store(rows)
        except Exception:  # the thread must live on, and nobody else would hear of it
            log.exception("%d rows about calls could not be written", len(rows))
        finally:
            close_old_connections()  # a pool gets its own back
