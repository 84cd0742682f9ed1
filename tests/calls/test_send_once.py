"""Who sends the same again waits for the outcome of the first, and takes few threads."""

import threading
import time
from dataclasses import dataclass

import pytest

from console.calls import send_once
from console.calls.send_once import wait_for_outcome
from tests.services.threads import in_threads

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 0.5  # seconds
PATIENCE = 2.0


@dataclass
class Sending:
    is_over: bool = False


def seconds_waited(key: str, row: Sending) -> float:
    began = time.monotonic()
    wait_for_outcome(key, lambda: row, max_seconds=PATIENCE)
    return time.monotonic() - began


def test_one_waits_and_all_others_are_answered_at_once() -> None:
    waited = sorted(in_threads(12, lambda: seconds_waited("run", Sending())))

    assert waited[-2] < AT_ONCE
    assert waited[-1] >= PATIENCE


def test_the_one_who_waits_learns_the_outcome_and_the_next_may_wait() -> None:
    for _ in range(2):
        row = Sending()
        threading.Timer(0.3, lambda row=row: setattr(row, "is_over", True)).start()
        outcome = wait_for_outcome("run", lambda row=row: row, max_seconds=PATIENCE)
        assert outcome.is_over


def test_not_many_wait_at_a_time_for_different_ones() -> None:
    keys = iter(str(number) for number in range(20))
    waited = sorted(in_threads(20, lambda: seconds_waited(next(keys), Sending())))

    assert sum(seconds >= PATIENCE for seconds in waited) == send_once.MAX_WAITERS
    assert waited[-send_once.MAX_WAITERS - 1] < AT_ONCE


def test_a_reader_that_fails_leaves_its_place() -> None:
    rows = iter([Sending()])
    with pytest.raises(StopIteration):
        wait_for_outcome("run", lambda: next(rows), max_seconds=PATIENCE)

    assert seconds_waited("run", Sending()) >= PATIENCE
