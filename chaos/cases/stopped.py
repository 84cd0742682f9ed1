"""The holder of a lease is stopped past its end, another takes over, and the holder continues."""

import os
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from chaos import naive_processes
from chaos.cases.deaths import ENVIRONMENT, LEASE, REFRESH_LOST, ROUTES, has_more
from chaos.clients import Response, in_parallel, shows_data, wait_until
from chaos.harness import Harness, Site
from chaos.naive import LOCK_SECONDS, Naive, Row
from chaos.upstreams import Upstream, Upstreams
from chaos.verdict import Case, Verdict

ROUNDS = 30  # on each database
# It has the response of a refresh or of a sign-in and has not stored it, or has not sent it yet.
# Each point has a console of its own, side by side on each database.
POINTS = ("refreshed", "before-refresh", "signed-in")
TAKES_OVER_WITHIN = LEASE + 90  # seconds; on a busy machine the first attempts may fail
NAIVE_ROUNDS = 5


@dataclass
class Tally:
    rounds: int = 0
    taken_over: int = 0
    stale_writes: int = 0  # only a round that was taken over can have one
    failures: int = 0  # of the call that was stopped, after it continued
    resent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, taken_over: bool, changed: bool, failed: bool) -> None:
        """`changed`: whether the row was written after the holder continued."""
        with self._lock:
            self.rounds += 1
            self.taken_over += taken_over
            self.stale_writes += taken_over and changed
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


def measure(harness: Harness) -> Verdict:
    tally, lanes = Tally(), []
    for database in harness.databases:
        for point in POINTS[:1] if harness.short else POINTS:
            upstreams = harness.start_upstreams()
            site = harness.start_site(database, upstreams, environment=ENVIRONMENT)
            lanes.append((site, upstreams, point))
    harness.log(f"{len(lanes)} consoles run")
    in_parallel([partial(_lane, harness, *lane, tally) for lane in lanes])
    for _, upstreams, _ in lanes:
        tally.resent += upstreams.dpaas.stats()["resent_refresh_tokens"]
    return tally.verdict()


def _lane(harness: Harness, site: Site, upstreams: Upstreams, point: str, tally: Tally) -> None:
    for number in range(harness.scaled(ROUNDS // len(POINTS))):
        _stop(site, upstreams.both[number % 2], point, tally)
    harness.log(f"{site.database}: {point} done")


def _stop(site: Site, upstream: Upstream, point: str, tally: Tally) -> None:
    client = site.clients[0]
    profile = client.profile(upstream.name)
    site.settle(client, upstream)
    if point == "signed-in":
        upstream.fault(route=ROUTES[upstream.name, "refresh"], **REFRESH_LOST)
    site.control("expire_token", profile=profile)
    site.arm(point, "stop")
    held: list[Response] = []
    holder = threading.Thread(target=lambda: held.append(client.call(upstream.name)))
    holder.start()
    assert site.console.process
    gunicorn = site.console.process.pid
    assert wait_until(lambda: bool(stopped_children(gunicorn))), f"no process stopped at {point}"
    taken_over = wait_until(
        lambda: shows_data(client.call(upstream.name), upstream.name), timeout=TAKES_OVER_WITHIN
    )
    before = site.control("row", profile=profile)
    for pid in stopped_children(gunicorn):
        os.kill(pid, signal.SIGCONT)
    holder.join()
    after = site.control("row", profile=profile)
    failed = not shows_data(held[0], upstream.name)
    tally.add(taken_over=taken_over, changed=before != after, failed=failed)
    upstream.clear_faults()


def stopped_children(parent: int) -> list[int]:
    """The children of `parent` that a signal has stopped (proc(5))."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, _, rest = file.read_text().partition(" (")
            state, its_parent = rest.rpartition(") ")[2].split()[:2]
            if state == "T" and int(its_parent) == parent:
                found.append(int(pid))
    return found


def naive(harness: Harness) -> Verdict:
    """A lock that ends by itself, and a holder that stores its tokens without checking the lock."""
    upstream = harness.start_upstreams().dpaas
    tally = Tally()
    for number in range(harness.scaled(NAIVE_ROUNDS)):
        file = harness.folder / f"naive-{number}"
        row = Row(str(file))
        Naive(row, upstream.url).sign_in()
        upstream.expire("access")
        row.put("think", 3.0)
        refreshes = upstream.stats()["refreshes"]
        holder = naive_processes.start("LocksForAWhile", file, upstream.url)
        assert wait_until(partial(has_more, upstream, "refreshes", refreshes))
        holder.send_signal(signal.SIGSTOP)
        row.put("think", 0.0)
        time.sleep(LOCK_SECONDS)
        upstream.expire("access")
        second = naive_processes.start("LocksForAWhile", file, upstream.url)
        taken_over = naive_processes.results([second]) == [True]
        before = row.get("access")
        holder.send_signal(signal.SIGCONT)
        failed = naive_processes.results([holder]) != [True]
        tally.add(taken_over=taken_over, changed=before != row.get("access"), failed=failed)
    tally.resent = upstream.stats()["resent_refresh_tokens"]
    return tally.verdict()


CASE = Case(
    "stopped",
    "holder stopped past its lease, another takes over, holder continues, 30 rounds on each "
    "database",
    "0 stale writes",
    measure,
    naive,
)
