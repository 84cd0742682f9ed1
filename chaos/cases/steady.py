"""Steady load for minutes while tokens that live 15 seconds expire all the time."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from chaos import naive_processes
from chaos.cases.bursts import make_refreshes_slow
from chaos.clients import Client, in_parallel, shows_data
from chaos.harness import Harness, Site
from chaos.naive import Naive, Row
from chaos.upstreams import Upstreams
from chaos.verdict import Case, Verdict

SECONDS = 300.0
NAIVE_SECONDS = 50.0
TEAMMATES = 2  # on each database, each with a profile of each kind
CLIENTS = 3  # for each profile
PAUSE = 1.0  # seconds between the calls of one
LIFETIME, SHORT_LIFETIME = 15, 5  # seconds, of a token


@dataclass
class Tally:
    calls: int = 0
    failures: int = 0
    samples: int = 0  # of rows
    torn: int = 0
    refreshes: int = 0
    generations: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, failed: bool) -> None:
        with self._lock:
            self.calls += 1
            self.failures += failed

    def add_sample(self, *, torn: bool) -> None:
        with self._lock:
            self.samples += 1
            self.torn += torn

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.calls} calls, {self.samples} samples of rows",
            f"{self.failures} failures, {self.torn} torn pairs, "
            f"{self.refreshes} refreshes for {self.generations} generations",
            self.calls > 0
            and self.samples > 0
            and not (self.failures or self.torn)
            and 0 < self.refreshes <= self.generations,
        )


def measure(harness: Harness) -> Verdict:
    tally = Tally()
    setups = []
    for database in harness.databases:
        upstreams = harness.start_upstreams(*lifetimes(harness))
        for upstream in upstreams.both:
            make_refreshes_slow(upstream)
        setups.append(
            (harness.start_site(database, upstreams, teammates=TEAMMATES, workers=4), upstreams)
        )
    ends_at = time.monotonic() + harness.scaled_seconds(SECONDS)
    harness.log(f"{len(setups)} consoles run")
    in_parallel([work for setup in setups for work in _calls(*setup, ends_at, tally)])
    for site, upstreams in setups:
        tally.refreshes += sum(upstream.stats()["refreshes"] for upstream in upstreams.both)
        for client in site.clients:
            rows = [site.control("row", profile=one) for one in (client.dpaas, client.dxtra)]
            tally.generations += sum(row["generation"] for row in rows)
    return tally.verdict()


def lifetimes(harness: Harness) -> tuple[str, str]:
    """Options of the sandbox: how long tokens live."""
    seconds = SHORT_LIFETIME if harness.short else LIFETIME
    return f"--access-seconds-dpaas={seconds}", f"--access-seconds-dxtra={seconds}"


def _calls(
    site: Site, upstreams: Upstreams, ends_at: float, tally: Tally
) -> list[Callable[[], None]]:
    calls = [
        partial(_call, client, upstream.name, ends_at, tally)
        for client in site.clients
        for upstream in upstreams.both
        for _ in range(CLIENTS)
    ]
    return [*calls, partial(_sample, site, upstreams, ends_at, tally)]


def _call(client: Client, upstream: str, ends_at: float, tally: Tally) -> None:
    while time.monotonic() < ends_at:
        tally.add(failed=not shows_data(client.call(upstream), upstream))
        time.sleep(PAUSE)


def _sample(site: Site, upstreams: Upstreams, ends_at: float, tally: Tally) -> None:
    while time.monotonic() < ends_at:
        for client in site.clients:
            for profile, upstream in (
                (client.dpaas, upstreams.dpaas),
                (client.dxtra, upstreams.dxtra),
            ):
                tally.add_sample(torn=site.control("is_torn", profile=profile, url=upstream.url))
        time.sleep(0.1)


def naive(harness: Harness) -> Verdict:
    """Four processes that share a row, whose two tokens are written one after the other."""
    tally = Tally()
    upstream = harness.start_upstreams(*lifetimes(harness)).dpaas
    make_refreshes_slow(upstream)
    file = harness.folder / "naive"
    row = Row(str(file))
    Naive(row, upstream.url).sign_in()
    calls = round(max(harness.scaled_seconds(NAIVE_SECONDS), 1.5 * SHORT_LIFETIME) / PAUSE)
    processes = [
        naive_processes.start("Naive", file, upstream.url, threads=4, calls=calls, pause=PAUSE)
        for _ in range(4)
    ]
    while any(process.poll() is None for process in processes):
        access, refresh = row.get("access"), row.get("refresh")
        tally.add_sample(torn=not upstream.of_one_response(access, refresh))
        time.sleep(0.01)
    for succeeded in naive_processes.results(processes):
        tally.add(failed=not succeeded)
    tally.refreshes = upstream.stats()["refresh_calls"]
    tally.generations = upstream.stats()["refreshes"] + upstream.stats()["sign_ins"]
    return tally.verdict()


CASE = Case(
    "steady",
    "steady load, 15 s tokens, 5 minutes on both databases",
    "0 failures, no torn pair, refreshes ≤ generations",
    measure,
    naive,
)
