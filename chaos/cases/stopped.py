"""The holder of a lease is stopped past its end, another takes over, and the holder continues.

In every other round the token still lives, and the refresh runs in a thread beside the call.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from chaos import naive_processes
from chaos.cases.deaths import ENVIRONMENT, LEASE, REFRESH_LOST, ROUTES, has_more, rounds
from chaos.clients import Response, in_parallel, shows_data, wait_until
from chaos.harness import Harness, Site
from chaos.naive import LOCK_SECONDS, Naive, Row
from chaos.upstreams import Upstream
from chaos.verdict import Case, Verdict

ROUNDS = 30  # on each database
# It has the response of a refresh or of a sign-in and has not stored it, or has not sent it yet.
# Each point has a console of its own, side by side on each database.
POINTS = ("refreshed", "before-refresh", "signed-in")
SLOW_BESIDE = {"refreshed": "refresh", "signed-in": "sign_in"}
# The refresh beside a call takes so long that the call, with its row in the record, ends before the
# process is stopped: on SQLite a process that is stopped while it writes lets nobody else write.
BESIDE_SECONDS = 1.0
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
    tally, dpaas = Tally(), []
    lanes: list[Callable[[], None]] = []
    for database in harness.databases:
        for point in POINTS[:1] if harness.short else POINTS:
            upstreams = harness.start_upstreams()
            site = harness.start_site(database, upstreams, environment=ENVIRONMENT)
            by_turns = rounds(upstreams, start=len(lanes))
            lanes.append(partial(_lane, harness, site, by_turns, point, tally))
            dpaas.append(upstreams.dpaas)
    harness.log(f"{len(lanes)} consoles run")
    in_parallel(lanes)
    tally.resent = sum(each.stats()["resent_refresh_tokens"] for each in dpaas)
    return tally.verdict()


def _lane(
    harness: Harness,
    site: Site,
    by_turns: Iterator[tuple[Upstream, bool]],
    point: str,
    tally: Tally,
) -> None:
    for _ in range(harness.scaled(ROUNDS // len(POINTS))):
        upstream, is_beside = next(by_turns)
        _stop(site, upstream, point, tally, is_beside=is_beside)
    harness.log(f"{site.database}: {point} done")


def _stop(site: Site, upstream: Upstream, point: str, tally: Tally, *, is_beside: bool) -> None:
    client = site.clients[0]
    profile = client.profile(upstream.name)
    site.settle(client, upstream)
    first = site.control("row", profile=profile)["generation"]
    if point == "signed-in":
        upstream.fault(route=ROUTES[upstream.name, "refresh"], **REFRESH_LOST)
    if is_beside and point in SLOW_BESIDE:
        route = ROUTES[upstream.name, SLOW_BESIDE[point]]
        upstream.fault(route=route, latency=BESIDE_SECONDS)
    site.make_refresh_due(profile, is_beside=is_beside)
    site.arm(point, "stop")
    held: list[Response] = []
    holder = threading.Thread(target=lambda: held.append(client.call(upstream.name)))
    holder.start()
    assert wait_until(lambda: bool(stopped(site.workers()))), f"no process stopped at {point}"

    def is_taken_over() -> bool:
        shown = shows_data(client.call(upstream.name), upstream.name)
        return shown and site.control("row", profile=profile)["generation"] > first

    taken_over = wait_until(is_taken_over, timeout=TAKES_OVER_WITHIN, interval=0.2)
    before = site.control("row", profile=profile)
    for pid in stopped(site.workers()):
        os.kill(pid, signal.SIGCONT)
    holder.join()
    time.sleep(is_beside * 1.0)  # for the thread beside the call to try what it must not
    after = site.control("row", profile=profile)
    failed = not shows_data(held[0], upstream.name)
    tally.add(taken_over=taken_over, changed=before != after, failed=failed)
    upstream.clear_faults()


def stopped(processes: Iterable[int]) -> list[int]:
    """Those that a signal has stopped (proc(5))."""
    found = []
    for pid in processes:
        with suppress(OSError):
            rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2]
            if rest.split()[0] == "T":
                found.append(pid)
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
    "database; half of them beside a call whose token still lives",
    "0 stale writes",
    measure,
    naive,
)
