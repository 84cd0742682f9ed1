"""Which thread of a worker serves the next request."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from console.web.threads import WarmThreads

PATIENCE = 20.0
BURST = 8


def after_a_burst(pool: ThreadPoolExecutor) -> list[int]:
    """The threads that do forty pieces of work, one by one, once eight were busy at a time."""
    together = threading.Barrier(BURST)
    for done in [pool.submit(together.wait, PATIENCE) for _ in range(BURST)]:
        done.result(PATIENCE)
    threads = []
    for _ in range(40):
        time.sleep(0.005)  # until it waits again
        threads.append(pool.submit(threading.get_ident).result(PATIENCE))
    return threads


def test_after_a_burst_one_thread_does_what_one_can_do() -> None:
    with WarmThreads(max_workers=20) as pool:
        threads = after_a_burst(pool)
        assert threads.count(max(threads, key=threads.count)) > 20


def test_the_threads_of_a_plain_pool_take_turns() -> None:
    """The negative control."""
    with ThreadPoolExecutor(max_workers=20) as pool:
        threads = after_a_burst(pool)
        assert threads.count(max(threads, key=threads.count)) < 20


def test_what_waits_is_done_in_its_order() -> None:
    go = threading.Event()
    order: list[int] = []
    with WarmThreads(max_workers=1) as pool:
        pool.submit(go.wait, PATIENCE)
        for number in range(50):
            pool.submit(order.append, number)
        go.set()
    assert order == list(range(50))


@pytest.mark.parametrize("threads", [1, 4, 32])
def test_nothing_is_lost_and_nothing_done_twice(threads: int) -> None:
    done: list[int] = []
    with WarmThreads(max_workers=threads) as pool:

        def hand_in(first: int) -> None:
            for number in range(first, first + 500):
                pool.submit(done.append, number)

        hands = [threading.Thread(target=hand_in, args=(500 * n,)) for n in range(8)]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join(PATIENCE)
    assert sorted(done) == list(range(4000))


def test_its_threads_end_with_it() -> None:
    others = set(threading.enumerate())
    with WarmThreads(max_workers=20) as pool:
        after_a_burst(pool)
        threads = set(threading.enumerate()) - others
        assert len(threads) == BURST
    assert not any(thread.is_alive() for thread in threads)


def test_what_is_left_undone_at_the_end_can_be_called_off() -> None:
    go = threading.Event()
    pool = WarmThreads(max_workers=1)
    pool.submit(go.wait, PATIENCE)
    left = [pool.submit(int) for _ in range(5)]
    pool.shutdown(wait=False, cancel_futures=True)
    go.set()
    assert all(one.cancelled() for one in left)
