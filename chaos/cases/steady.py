"""Steady load for minutes while tokens of 15 seconds run out all the time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from chaos import naive_processes
from chaos.callers import Caller, at_once, shows
from chaos.cases.bursts import make_refreshes_take_time
from chaos.naive import Naive, Row
from chaos.upstreams import Upstreams
from chaos.verdict import Case, Verdict
from chaos.workshop import Site, Workshop

SECONDS = 300.0
NAIVE_SECONDS = 50.0
TEAMMATES = 2  # on each database, each with a profile of each kind
CALLERS = 3  # for each profile
PAUSE = 1.0  # seconds between the calls of one
LIVE, LIVE_SHORT = 15, 5  # seconds that a token lives


@dataclass
class Tally:
    calls: int = 0
    failures: int = 0
    looks: int = 0
    torn: int = 0
    refreshes: int = 0
    generations: int = 0
    most_at_once: int = 0  # for one upstream with one profile; else left at 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, failed: bool) -> None:
        with self._lock:
            self.calls += 1
            self.failures += failed

    def look(self, *, torn: bool) -> None:
        with self._lock:
            self.looks += 1
            self.torn += torn

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.calls} calls, {self.looks} looks at rows",
            f"{self.failures} failures, {self.torn} torn pairs, "
            f"{self.refreshes} refreshes for {self.generations} generations",
            self.calls > 0
            and self.looks > 0
            and not (self.failures or self.torn)
            and 0 < self.refreshes <= self.generations,
        )


def measure(place: Workshop) -> Verdict:
    tally = Tally()
    stands = []
    for database in place.databases:
        judges = place.upstreams(*lives(place))
        for judge in judges.both:
            make_refreshes_take_time(judge)
        stands.append((place.site(database, judges, teammates=TEAMMATES, workers=4), judges))
    ends_at = time.monotonic() + place.seconds(SECONDS)
    place.say(f"{len(stands)} consoles stand")
    at_once([work for stand in stands for work in _works(*stand, ends_at, tally)])
    for site, judges in stands:
        tally.refreshes += sum(judge.stats()["refreshes"] for judge in judges.both)
        for caller in site.callers:
            rows = [site.ask("row", profile=one) for one in (caller.dpaas, caller.dxtra)]
            tally.generations += sum(row["generation"] for row in rows)
    return tally.verdict()


def lives(place: Workshop) -> tuple[str, str]:
    """How long the sandbox shall let tokens live."""
    seconds = LIVE_SHORT if place.short else LIVE
    return f"--access-seconds-dpaas={seconds}", f"--access-seconds-dxtra={seconds}"


def _works(site: Site, judges: Upstreams, ends_at: float, tally: Tally) -> list[Callable[[], None]]:
    calls = [
        partial(_call, caller, judge.name, ends_at, tally)
        for caller in site.callers
        for judge in judges.both
        for _ in range(CALLERS)
    ]
    return [*calls, partial(_look, site, judges, ends_at, tally)]


def _call(caller: Caller, upstream: str, ends_at: float, tally: Tally) -> None:
    while time.monotonic() < ends_at:
        tally.add(failed=not shows(caller.ask(upstream), upstream))
        time.sleep(PAUSE)


def _look(site: Site, judges: Upstreams, ends_at: float, tally: Tally) -> None:
    while time.monotonic() < ends_at:
        for caller in site.callers:
            for profile, judge in ((caller.dpaas, judges.dpaas), (caller.dxtra, judges.dxtra)):
                tally.look(torn=site.ask("is_torn", profile=profile, url=judge.url))
        time.sleep(0.1)


def naive(place: Workshop) -> Verdict:
    """Four processes that share a row, whose two tokens are written one after the other."""
    tally = Tally()
    judge = place.upstreams(*lives(place)).dpaas
    make_refreshes_take_time(judge)
    file = place.folder / "naive"
    row = Row(str(file))
    Naive(row, judge.url).sign_in()
    calls = round(max(place.seconds(NAIVE_SECONDS), 1.5 * LIVE_SHORT) / PAUSE)
    started = [
        naive_processes.start("Naive", file, judge.url, threads=4, calls=calls, pause=PAUSE)
        for _ in range(4)
    ]
    while any(process.poll() is None for process in started):
        access, refresh = row.get("access"), row.get("refresh")
        tally.look(torn=not judge.of_one_answer(access, refresh))
        time.sleep(0.01)
    for went_well in naive_processes.results(started):
        tally.add(failed=not went_well)
    tally.refreshes = judge.stats()["refresh_calls"]
    tally.generations = judge.stats()["refreshes"] + judge.stats()["sign_ins"]
    return tally.verdict()


CASE = Case(
    "steady",
    "steady load, 15 s tokens, 5 minutes on both databases",
    "0 failures, no torn pair, refreshes ≤ generations",
    measure,
    naive,
)
