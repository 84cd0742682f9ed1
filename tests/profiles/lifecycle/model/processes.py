"""Processes of the console that run only while the model lets them.

Each is a greenlet: the console's own code, unchanged, which hands over before each statement to the
database outside a transaction, before and after the upstream's work at each call, and when it
sleeps. Between these points nobody else could notice it, so every order of events is one of theirs.
"""

import contextvars
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from django.db import connection
from greenlet import greenlet

from console.upstream.errors import UpstreamError
from tests.profiles.lifecycle.model.clock import ModelClock
from tests.profiles.lifecycle.model.invariants import Broken, Invariant, hold
from tests.profiles.lifecycle.model.jobs import Job

ALL = 10**9  # points
IN_CIRCLES = 120  # points without a call, a sleep or an end


class Place(Enum):
    """Where a process stands that has handed over."""

    STATEMENT = "before a statement"
    ASKING = "its request is under way"
    ANSWERED = "its answer is under way"
    ASLEEP = "it waits for somebody else's refresh"
    ENDED = "its job is done"


PASSED = (Place.STATEMENT, Place.ANSWERED)  # points that a process may pass without stopping


class Died(BaseException):
    """Raised in a process that is killed. Nothing that it does from then on counts."""


class Process:
    def __init__(self, name: str) -> None:
        self.name = name
        self.job: Job | None = None
        self.place = Place.STATEMENT
        self.dead = False
        self._run: Callable[[], None] | None = None
        self._thread: greenlet | None = None

    def begin(self, job: Job, run: Callable[[], None]) -> None:
        self.job, self.place, self.dead = job, Place.STATEMENT, False
        self._run, self._thread = run, None

    def switch(self, word: Any) -> None:
        """Run to the next point, or to the end."""
        if self._thread is None:  # made here, so that it hands over to its switcher
            self._thread = greenlet(self._run)
            # One database connection for all, as in a thread: also where a loop runs, as
            # Playwright's.
            self._thread.gr_context = contextvars.copy_context()
        place = self._thread.switch(word) if self._thread else self._thread.switch()
        self.place = Place.ENDED if self._thread.dead else place

    def die(self) -> None:
        self.dead = True
        if self._thread is not None:
            self._thread.throw(Died)
        self.job = None


class Processes:
    """Some processes over one database, of which one runs at a time.

    `look` is called after each statement, while the process that made it is `running`.
    """

    def __init__(self, clock: ModelClock, look: Callable[[], None]) -> None:
        self.clock = clock
        self.running: Process | None = None
        self._look = look
        self._looking = False
        clock.asleep = lambda: self.hand_over(Place.ASLEEP)

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = connection.cursor

        def cursor(*args: Any, **options: Any) -> Any:
            if self._looking:
                return real(*args, **options)
            if self.running and self.running.dead:
                raise Died
            if self.running and not connection.in_atomic_block:
                self.look()
                self.hand_over(Place.STATEMENT)
                self.job.last_statement = self.clock.now
            self.clock.tick()
            return real(*args, **options)

        monkeypatch.setattr(connection, "cursor", cursor)

    @property
    def job(self) -> Job:
        """What the running process is about."""
        assert self.running is not None
        assert self.running.job is not None
        return self.running.job

    def look(self) -> None:
        self._looking = True
        try:
            self._look()
        finally:
            self._looking = False

    def hand_over(self, place: Place) -> Any:
        """In the running process: stop here until it is let go on. Returns what is told then."""
        return greenlet.getcurrent().parent.switch(place)

    def begin(self, process: Process, job: Job) -> None:
        def run() -> None:
            try:
                job.work()
                job.ended = "done"
            except UpstreamError as error:
                job.ended = error.kind
            except Died:
                job.ended = "died"

        process.begin(job, run)

    def kill(self, process: Process) -> None:
        self.running = process
        try:
            process.die()
        finally:
            self.running = None

    def go_on(self, process: Process, word: Any = None, *, points: int = ALL) -> None:
        """Let a process run: past so many points, or to its next call, sleep, or end."""
        self.running, done = process, 0
        try:
            while True:
                process.switch(word)
                if process.place not in PASSED:
                    break
                word = None
                done += 1
                hold(Invariant.ENDS, done < IN_CIRCLES, f"{process.name} goes round in circles")
                if done > points:
                    break
            self.look()
        except Broken:
            process.place = Place.ENDED
            raise
        except Exception as error:
            process.place = Place.ENDED
            raise Broken(Invariant.TYPED, f"{process.job} ended with {error!r}") from error
        finally:
            self.running = None
            if process.place is Place.ENDED:
                process.job = None
