"""The holder of a lease is stopped past its end, another takes over, and the holder goes on."""

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from chaos import naive_processes
from chaos.callers import Answer, at_once, shows, until
from chaos.cases.deaths import ENVIRONMENT, LEASE, REFRESH_LOST, ROUTES, has_more
from chaos.naive import LOCK_SECONDS, Naive, Row
from chaos.upstreams import Upstream, Upstreams
from chaos.verdict import Case, Verdict
from chaos.workshop import Site, Workshop

ROUNDS = 30  # on each database
# It has its answer, of a refresh or of a sign-in, and has not stored it; or it has not asked yet.
# Each has a console of its own, side by side on each database.
POINTS = ("refreshed", "before-refresh", "signed-in")
TAKES_OVER_WITHIN = LEASE + 20  # seconds
NAIVE_ROUNDS = 5


@dataclass
class Tally:
    rounds: int = 0
    taken_over: int = 0
    stale_writes: int = 0
    failures: int = 0  # of the call that was stopped, once it went on
    resent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, taken_over: bool, stale: bool, failed: bool) -> None:
        with self._lock:
            self.rounds += 1
            self.taken_over += taken_over
            self.stale_writes += stale
            self.failures += failed

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.rounds} rounds",
            f"{self.stale_writes} stale writes, {self.taken_over} of {self.rounds} taken over, "
            f"{self.failures} of the stopped calls failed, "
            f"{self.resent} DPaaS refresh tokens sent twice",
            self.taken_over == self.rounds > 0
            and not (self.stale_writes or self.failures or self.resent),
        )


def measure(place: Workshop) -> Verdict:
    tally, lanes = Tally(), []
    for database in place.databases:
        for point in POINTS[:1] if place.short else POINTS:
            judges = place.upstreams()
            lanes.append((place.site(database, judges, environment=ENVIRONMENT), judges, point))
    place.say(f"{len(lanes)} consoles stand")
    at_once([partial(_lane, place, *lane, tally) for lane in lanes])
    tally.resent = sum(judges.dpaas.stats()["resent_refresh_tokens"] for _, judges, _ in lanes)
    return tally.verdict()


def _lane(place: Workshop, site: Site, judges: Upstreams, point: str, tally: Tally) -> None:
    for number in range(place.times(ROUNDS // len(POINTS))):
        _stop(site, judges.both[number % 2], point, tally)
    place.say(f"{site.database}: {point} done")


def _stop(site: Site, judge: Upstream, point: str, tally: Tally) -> None:
    caller = site.callers[0]
    profile = caller.dpaas if judge.name == "DPaaS" else caller.dxtra
    site.ask("forget_sign_ins")
    caller.ask(judge.name)
    if point == "signed-in":
        judge.fault(route=ROUTES[judge.name, "refresh"], **REFRESH_LOST)
    site.ask("run_out", profile=profile)
    site.arm(point, "stop")
    held: list[Answer] = []
    holder = threading.Thread(target=lambda: held.append(caller.ask(judge.name)))
    holder.start()
    assert site.console.process
    gunicorn = site.console.process.pid
    assert until(lambda: bool(stopped_children(gunicorn)), seconds=30), "nobody stopped"
    taken_over = until(lambda: shows(caller.ask(judge.name), judge.name), seconds=TAKES_OVER_WITHIN)
    before = site.ask("row", profile=profile)
    for pid in stopped_children(gunicorn):
        os.kill(pid, signal.SIGCONT)
    holder.join()
    after = site.ask("row", profile=profile)
    tally.add(taken_over=taken_over, stale=before != after, failed=not shows(held[0], judge.name))
    judge.all_well()


def stopped_children(parent: int) -> list[int]:
    """The processes that `parent` started and that a signal has stopped (proc(5))."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, _, rest = file.read_text().partition(" (")
            state, its_parent = rest.rpartition(") ")[2].split()[:2]
            if state == "T" and int(its_parent) == parent:
                found.append(int(pid))
    return found


def naive(place: Workshop) -> Verdict:
    """A lock that ends by itself, and a holder that stores without a look at it."""
    judge = place.upstreams().dpaas
    tally = Tally()
    for number in range(place.times(NAIVE_ROUNDS)):
        file = place.folder / f"naive-{number}"
        row = Row(str(file))
        Naive(row, judge.url).sign_in()
        judge.expire("access")
        row.put("think", 1.0)
        refreshes = judge.stats()["refreshes"]
        holder = naive_processes.start("LocksForAWhile", file, judge.url)
        assert until(partial(has_more, judge, "refreshes", refreshes), seconds=30)
        holder.send_signal(signal.SIGSTOP)
        row.put("think", 0.0)
        time.sleep(LOCK_SECONDS)
        judge.expire("access")
        came = naive_processes.results([naive_processes.start("LocksForAWhile", file, judge.url)])
        before = row.get("access")
        holder.send_signal(signal.SIGCONT)
        held = naive_processes.results([holder])
        stale = before != row.get("access")
        tally.add(taken_over=came == [True], stale=stale, failed=held != [True])
    tally.resent = judge.stats()["resent_refresh_tokens"]
    return tally.verdict()


CASE = Case(
    "stopped",
    "holder stopped past its lease, another takes over, holder continues, 30 rounds on each "
    "database",
    "0 stale writes",
    measure,
    naive,
)
