"""What a caller does while it waits for an upstream: time that would pass unused.

It is known by thread, as the exchange under way is (console/upstream/wire.py).
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class _OfThread(threading.local):
    work: Callable[[], object] | None = None
    failure: Exception | None = None


_of_thread = _OfThread()


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[None]:
    """Have `work` done once, as soon as there is something to wait for within the block: an answer,
    a place among the calls in flight, a token that somebody else fetches. Else it is left undone.

    It should be short, for nothing interrupts it, and leave no database connection held.
    What it raises comes at the end of the block, so that the call itself is not disturbed.
    """
    _of_thread.work, _of_thread.failure = work, None
    try:
        yield
    finally:
        _of_thread.work = None
        failure, _of_thread.failure = _of_thread.failure, None
    if failure:
        raise failure


def use_the_time() -> None:
    """To be called before waiting."""
    work, _of_thread.work = _of_thread.work, None
    if work:
        try:
            work()
        except Exception as failure:  # ours, and nothing of the exchange under way
            _of_thread.failure = failure
