"""Rows about reading calls are written together, a moment later, and none is lost by a restart."""

import runpy
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest

from console.calls import batches, services
from console.calls.batches import Batches
from console.calls.models import Call
from console.team.models import User
from tests.services.console import ROOT

SOON = 5.0  # seconds


class Shelf:
    """Keeps what is stored, and can refuse it."""

    def __init__(self) -> None:
        self.stored: list[list[str]] = []
        self.threads: set[threading.Thread] = set()
        self.refuses = 0  # the next ones
        self.shut = threading.Lock()

    def put(self, rows: list[str]) -> None:
        self.threads.add(threading.current_thread())
        with self.shut:
            self._put(rows)

    def _put(self, rows: list[str]) -> None:
        if self.refuses:
            self.refuses -= 1
            raise OSError("the shelf is full")
        self.stored.append(rows)


def eventually(done: Callable[[], bool]) -> None:
    until = time.monotonic() + SOON
    while not done():
        assert time.monotonic() < until, "it does not happen"
        time.sleep(0.005)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def rows(shelf: Shelf) -> Iterator[Batches[str]]:
    rows = Batches(shelf.put)
    yield rows
    rows.stop()


def test_without_its_thread_a_row_is_stored_at_once_by_whoever_brings_it(rows, shelf):
    rows.put("a")
    assert shelf.stored == [["a"]]
    assert shelf.threads == {threading.current_thread()}


def test_rows_that_come_together_are_stored_together_and_by_the_thread(rows, shelf, monkeypatch):
    monkeypatch.setattr(batches, "LINGER", 0.2)
    rows.start()
    for row in "abc":
        rows.put(row)
    eventually(lambda: shelf.stored != [])
    assert shelf.stored == [["a", "b", "c"]]
    assert threading.current_thread() not in shelf.threads


def test_what_waits_is_stored_at_the_end_and_what_comes_later_at_once(rows, shelf):
    rows.start()
    rows.put("a")
    rows.put("b")
    rows.stop()
    assert list(chain(*shelf.stored)) == ["a", "b"]
    rows.put("c")
    assert shelf.stored[-1] == ["c"]


def test_rows_that_cannot_be_stored_are_told_in_the_log_and_end_nothing(rows, shelf, caplog):
    shelf.refuses = 1
    rows.start()
    rows.put("a")
    eventually(lambda: "could not be written" in caplog.text)
    assert "Rows about calls could not be written: 1" in caplog.text
    rows.put("b")
    eventually(lambda: shelf.stored == [["b"]])


def test_no_more_rows_wait_than_are_allowed(rows, shelf, monkeypatch):
    monkeypatch.setattr(batches, "LINGER", 60.0)
    monkeypatch.setattr(batches, "MOST_WAITING", 2)
    monkeypatch.setattr(batches, "STOP_SECONDS", 0.0)
    rows.start()
    rows.put("taken by the thread, which lingers")
    eventually(lambda: rows._waiting.empty())
    for row in "abc":
        rows.put(row)
    assert shelf.stored == [["c"]]


@pytest.fixture
def other(rows: Batches[str]) -> Batches[str]:
    """A worker that shares the board of `rows`."""
    other = Batches[str](lambda _: None)
    other._board = rows._board
    other.start(2)
    return other


def test_whoever_shows_rows_waits_until_each_worker_has_written_what_waited(rows, shelf, other):
    rows.start(1)
    with shelf.shut:
        rows.put("a")
        waiting = threading.Thread(target=other.wait_for_others)
        waiting.start()
        waiting.join(4 * batches.OTHER_MACHINES)
        assert waiting.is_alive()
    waiting.join(SOON)
    assert not waiting.is_alive()
    assert shelf.stored == [["a"]]


FORKED = """
import os, sys, threading
from console.calls import batches

def store(rows):
    os.read(may_write, 1)
    open(written, "w").close()

written, shared = sys.argv[1], sys.argv[2] == "shared"
rows = batches.Batches(store)
(told, tell), (may_write, let_write) = os.pipe(), os.pipe()
if os.fork() == 0:
    if not shared:
        rows._board = memoryview(bytearray(batches.WORKERS * 8)).cast("d")
    rows.start(1)
    rows.put("a")
    os.write(tell, b".")
    rows.stop()
    os._exit(0)
rows.start(2)
os.read(told, 1)
if shared:
    threading.Timer(5 * batches.OTHER_MACHINES, os.write, [let_write, b"."]).start()
rows.wait_for_others()
print(os.path.exists(written))
os.write(let_write, b".")
"""


@pytest.mark.parametrize(("board", "waited"), [("shared", "True"), ("of its own", "False")])
def test_workers_share_the_board_over_their_fork(tmp_path, board, waited):
    """The control: with a board of its own a worker is not waited for."""
    command = [sys.executable, "-c", FORKED, str(tmp_path / "written"), board]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == waited, done.stderr


def test_a_worker_that_was_killed_is_not_waited_for_for_ever(rows, shelf, other, monkeypatch):
    monkeypatch.setattr(batches, "PATIENCE", 0.1)
    rows.start(1)
    with shelf.shut:
        rows.put("never written")
        other.wait_for_others()
        assert not other._rows_wait_since(time.monotonic() + 0.1)


def row_of(who: User) -> dict[str, Any]:
    return {
        "user_id": who.pk,
        "system": "dpaas",
        "method": "GET",
        "path": "/accounts",
        "milliseconds": 1,
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_rows_of_a_teammate_who_is_gone_do_not_take_the_others_with_them(caplog):
    alice = User.objects.create_user("alice@example.com")
    bob = User.objects.create_user("bob@example.com")
    rows = [row_of(who) for who in (alice, bob, alice)]
    bob.delete()
    services.store(rows)
    assert list(Call.objects.values_list("user_id", flat=True)) == [alice.pk, alice.pk]
    assert caplog.text.count("was left out") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_a_worker_that_ends_writes_what_waits(monkeypatch):
    monkeypatch.setattr(batches, "LINGER", 0.3)
    hooks = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    alice = User.objects.create_user("alice@example.com")
    hooks["post_worker_init"](SimpleNamespace(age=1))
    services.batches.put(row_of(alice))
    assert Call.objects.count() == 0
    hooks["worker_exit"](None, None)
    assert Call.objects.count() == 1
