"""gunicorn's worker with threads, of which those are used that are warm.

The threads of its pool wait in one queue, and whoever waits longest gets the next request. After a
busy moment that is a cold one each time, with a database connection that nobody used for a while.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from threading import Lock
from typing import Generic, TypeVar

from gunicorn.workers.gthread import ThreadWorker

Item = TypeVar("Item")


class WarmThreadWorker(ThreadWorker):
    def get_thread_pool(self) -> ThreadPoolExecutor:
        """The hook that gunicorn has for this."""
        return WarmThreads(max_workers=self.cfg.threads)


class WarmThreads(ThreadPoolExecutor):
    """Gives the next piece of work to the thread that had one last, of those that wait."""

    def __init__(self, max_workers: int) -> None:
        super().__init__(max_workers)
        self._work_queue = LastWaiterFirst()  # type: ignore[assignment]


class LastWaiterFirst(Generic[Item]):
    """What a ThreadPoolExecutor needs of a queue: items in turn, and those who wait the other way
    round."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._items: deque[Item] = deque()
        self._waiters: list[SimpleQueue[Item]] = []  # each for one item

    def put(self, item: Item) -> None:
        with self._lock:
            if self._waiters:
                self._waiters.pop().put(item)
            else:
                self._items.append(item)

    def get(self, block: bool = True) -> Item:
        """The next item, as soon as there is one. Raises Empty instead of waiting."""
        with self._lock:
            if self._items:
                return self._items.popleft()
            if not block:
                raise Empty
            waiter: SimpleQueue[Item] = SimpleQueue()
            self._waiters.append(waiter)
        return waiter.get()

    def get_nowait(self) -> Item:
        return self.get(block=False)
