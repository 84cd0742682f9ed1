"""One thread at a time reads a large answer; who waits too long is told."""

import threading
import time
from uuid import UUID, uuid4

import pytest

from console.graphql.answers import turns
from console.graphql.answers.turns import MAX_WAITING, StillBusy, own_turn, turn
from console.team.models import User
from console.upstream.network.response import LARGE
from tests.graphql.answers.kept import address, keep, page_of
from tests.services.profiles import client_of

ANA, BOB = UUID(int=1), UUID(int=2)
BIG = {"data": [{"text": "x" * 1000} for _ in range(1100)]}


def test_large_answers_are_read_one_after_the_other():
    inside, most = [], []

    def read() -> None:
        with turn(LARGE, uuid4()):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_small_answers_take_no_turn():
    with turn(LARGE, ANA), turn(LARGE - 1, ANA, max_wait=0):
        pass
    with turn(LARGE, ANA), pytest.raises(StillBusy), turn(LARGE, BOB, max_wait=0):
        pass


def test_a_teammate_with_many_reads_keeps_another_waiting_for_one_of_them():
    done: list[UUID] = []

    def read(owner: UUID) -> None:
        with turn(LARGE, owner, max_wait=10):
            time.sleep(0.05)
            done.append(owner)

    of_ana = [threading.Thread(target=read, args=[ANA]) for _ in range(8)]
    for thread in of_ana:
        thread.start()
    time.sleep(0.02)
    read(BOB)
    before = len(done)
    for thread in of_ana:
        thread.join()
    assert before <= 3  # one that read, and one that was next
    assert done.count(ANA) == 8


def test_more_than_a_few_threads_of_a_teammate_do_not_wait():
    def wait() -> None:
        with own_turn(ANA, max_wait=60):
            pass

    waiting = [threading.Thread(target=wait) for _ in range(MAX_WAITING - 1)]
    with own_turn(ANA):
        for thread in waiting:
            thread.start()
        time.sleep(0.5)
        began = time.monotonic()
        with pytest.raises(StillBusy), own_turn(ANA, max_wait=60):
            pass
        assert time.monotonic() - began < 30
        with own_turn(BOB):
            pass
    for thread in waiting:
        thread.join()
    with own_turn(ANA, max_wait=0):
        pass


@pytest.mark.django_db
def test_who_waits_too_long_is_told_and_asks_again(alice: User, monkeypatch: pytest.MonkeyPatch):
    stored = keep(alice, BIG)
    assert stored.size > LARGE
    monkeypatch.setattr(turns, "MAX_WAIT_SECONDS", 0.01)
    with turn(LARGE, BOB):
        page, part = page_of(stored, page=2), page_of(stored, part=True, page=2)
        file = client_of(alice).get(address(stored, "download/", format="csv"))
    assert (page.status, part.status, file.status_code) == (503, 200, 503)
    assert "Waiting for other large results to be read." in page.root.line
    again = part.root.all("div", class_="busy-answer")[0].attributes
    assert again["hx-get"] == address(stored, page=2)
    assert page_of(stored, page=2).status == 200
