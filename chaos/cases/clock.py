"""The clocks of two processes are ten minutes off, one ahead and one behind a right one."""

import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path

import requests

import chaos
from chaos import naive_processes
from chaos.callers import Caller, at_once, shows
from chaos.naive import Naive, Row
from chaos.upstreams import Upstreams
from chaos.verdict import Case, Verdict
from chaos.workshop import Workshop
from tests.services.console import Console

OFF_BY = 600.0  # seconds
SECONDS = 60.0
LIVE = 15.0  # seconds that a token lives
# A token is refreshed when a third of its life is left, give or take a fifth of that third.
SOONEST = LIVE * (1 - 1.2 / 3)
CALLERS = 2  # for each upstream at each console
PAUSE = 0.3
WRONG_CLOCK = str(Path(chaos.__file__).parent / "wrong_clock")


@dataclass
class Tally:
    calls: int = 0
    failures: int = 0
    refreshes: int = 0
    fewest: float = 0.0
    most: float = 0.0
    most_at_once: int = 0

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.calls} calls",
            f"{self.failures} failures; {self.refreshes} refreshes, where lives of "
            f"{LIVE:.0f} s ask for {self.fewest:.0f} to {self.most:.0f}; "
            f"at most {self.most_at_once} at once",
            self.calls > 0
            and not self.failures
            and self.fewest <= self.refreshes <= self.most
            and self.most_at_once == 1,
        )


def measure(place: Workshop) -> Verdict:
    tally = Tally()
    stands = []
    for database in place.databases:
        lives = f"--access-seconds-dpaas={LIVE}", f"--access-seconds-dxtra={LIVE}"
        judges = place.upstreams(*lives)
        site = place.site(database, judges, workers=1)
        wrong = [_wrong(place, site.console, judges, off_by) for off_by in (OFF_BY, -OFF_BY)]
        for console, off_by in zip([site.console, *wrong], (0, OFF_BY, -OFF_BY), strict=True):
            stands.append((replace(site.callers[0], url=console.url), judges))
            assert abs(off(console) - off_by) < 30, "the clock is not as it was to be"
    seconds = max(place.seconds(SECONDS), 1.5 * LIVE)
    place.say(f"{len(stands)} consoles stand")
    began = time.monotonic()
    _call_all(stands, began + seconds, tally)
    judged = {id(judges): judges for _, judges in stands}.values()
    _add_refreshes(list(judged), time.monotonic() - began, tally)
    return tally.verdict()


def _wrong(place: Workshop, right: Console, judges: Upstreams, off_by: float) -> Console:
    environment = {"PYTHONPATH": WRONG_CLOCK, "CLOCK_OFF_BY": str(off_by)}
    return place.console(right.database_url, judges.origins, environment=environment)


def off(console: Console) -> float:
    """How many seconds the clock of a console is ahead, by the Date of its answers."""
    told = requests.get(f"{console.url}/healthz", timeout=10).headers["Date"]
    return (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds()


def _call_all(stands: list[tuple[Caller, Upstreams]], ends_at: float, tally: Tally) -> None:
    lock = threading.Lock()

    def call(caller: Caller, upstream: str) -> None:
        while time.monotonic() < ends_at:
            answer = caller.ask(upstream)
            with lock:
                tally.calls += 1
                tally.failures += not shows(answer, upstream)
            time.sleep(PAUSE)

    works = [
        partial(call, caller, judge.name) for caller, judges in stands for judge in judges.both
    ]
    at_once(works * CALLERS)


def _add_refreshes(judged: list[Upstreams], seconds: float, tally: Tally) -> None:
    for judge in (judge for judges in judged for judge in judges.both):
        stats = judge.stats()
        tally.refreshes += stats["refreshes"]
        tally.most_at_once = max(tally.most_at_once, stats["max_concurrent_refreshes"])
        tally.fewest += max(0, seconds // LIVE - 1)
        tally.most += seconds // SOONEST + 1


def naive(place: Workshop) -> Verdict:
    """Clients that share a row and go by their own clocks."""
    tally = Tally()
    judge = place.upstreams(f"--access-seconds-dpaas={LIVE}").dpaas
    file = place.folder / "naive"
    Naive(Row(str(file)), judge.url).sign_in()
    began = time.monotonic()
    started = [
        naive_processes.start(
            "TrustsItsClock",
            file,
            judge.url,
            calls=round(1.5 * LIVE / PAUSE),
            pause=PAUSE,
            environment={"PYTHONPATH": WRONG_CLOCK, "CLOCK_OFF_BY": str(off_by)},
        )
        for off_by in (0, OFF_BY, -OFF_BY)
    ]
    came = naive_processes.results(started)
    seconds = time.monotonic() - began
    stats = judge.stats()
    tally.calls, tally.failures = len(came), came.count(False)
    tally.refreshes = stats["refresh_calls"]
    tally.most_at_once = stats["max_concurrent_refreshes"]
    tally.fewest, tally.most = max(0, seconds // LIVE - 1), seconds // SOONEST + 1
    return tally.verdict()


CASE = Case(
    "clock",
    "clock of one process 10 minutes off: one ahead and one behind beside a right one, on each "
    "database",
    "nothing changes: 0 failures, no more and no fewer refreshes, at most 1 at once",
    measure,
    naive,
)
