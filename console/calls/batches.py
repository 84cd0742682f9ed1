"""Rows about calls that only read something: written a moment later, and several at a time.

To write a row takes a page as long as to draw its table, and nobody waits for it. So gunicorn's
workers (gunicorn.conf.py) have a thread that writes what has come together; it costs one statement
and one commit for all. Where no such thread runs, a row is written at once.

What waits is lost when a worker is killed: LINGER seconds of reading, or more of it where the
database is slow.
"""

import logging
import mmap
import queue
import time
from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

from django.db import close_old_connections

from console import database

Row = TypeVar("Row")

LINGER = 0.02  # seconds that a row waits for others
MOST_WAITING = 1_000  # rows in each process; further ones are written at once
STOP_SECONDS = 5.0  # for the last rows of a worker that ends

WORKERS = 256  # of one gunicorn, each with its own place on the board
OTHER_MACHINES = 2 * LINGER  # seconds: nothing tells whether rows wait there
PATIENCE = 3.0  # seconds for those of this machine; a killed worker's never come
LOOK_EVERY = 0.002

log = logging.getLogger(__name__)


class Batches(Generic[Row]):
    """Hands rows to `store`, which writes a list of them: those of `LINGER` seconds together.

    Make it before the workers are forked: they share a board, which tells since when rows wait.
    """

    def __init__(self, store: Callable[[list[Row]], object]) -> None:
        self._store = store
        self._waiting: queue.SimpleQueue[Row | None] = queue.SimpleQueue()  # None: the end
        self._thread: Thread | None = None
        # For each worker when the oldest row came that it has not written, as time.monotonic(),
        # which is one clock for a machine; 0 where none waits.
        self._board = memoryview(mmap.mmap(-1, WORKERS * 8)).cast("d")
        self._place = 0
        self._turn = Lock()  # so that a row and its time on the board come together

    def put(self, row: Row) -> None:
        """Have `row` written soon. Raises what `store` raises where it has to be done at once."""
        if self._thread is None or self._waiting.qsize() >= MOST_WAITING:
            self._store([row])
            return
        with self._turn:
            self._waiting.put(row)
            self._board[self._place] = self._board[self._place] or time.monotonic()

    def wait_for_others(self) -> None:
        """For a page that shows rows: what was called before it shall be there, in any process.

        Workers of this machine are waited for until they have written it, others for as long as
        it should take them.
        """
        if self._thread is None:
            return
        asked = time.monotonic()
        database.let_go()
        time.sleep(OTHER_MACHINES)
        while self._rows_wait_since(asked) and time.monotonic() < asked + PATIENCE:
            time.sleep(LOOK_EVERY)

    def start(self, worker: int = 0) -> None:
        """Write in a thread from now on. Call it in the process that serves, after its fork.

        `worker`: a number that no other worker of the same gunicorn has.
        """
        self._place = worker % WORKERS
        self._board[self._place] = 0.0
        self._thread = Thread(target=self._run, name="batches", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and each later row at once."""
        thread, self._thread = self._thread, None
        if thread:
            self._waiting.put(None)
            thread.join(STOP_SECONDS)

    def _rows_wait_since(self, asked: float) -> bool:
        return any(asked - PATIENCE < since <= asked for since in self._board.tolist())

    def _run(self) -> None:
        ended = False
        while not ended:
            batch = [self._waiting.get()]
            time.sleep(LINGER)
            taken = time.monotonic()
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            ended = None in batch
            self._write([row for row in batch if row is not None])
            with self._turn:
                self._board[self._place] = 0.0 if self._waiting.empty() else taken

    def _write(self, rows: list[Row]) -> None:
        try:
            try:
                self._store(rows)
            finally:
                close_old_connections()  # a pool gets its own back
        except Exception:  # the thread must live on, and nobody else would hear of it
            log.exception("Rows about calls could not be written: %d", len(rows))
