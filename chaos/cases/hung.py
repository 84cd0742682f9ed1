"""One upstream hangs while many call it: how long another teammate's pages take meanwhile."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from chaos.clients import Client, Response, wait_until
from chaos.harness import POSTGRESQL, Harness, Site
from chaos.proxy import NO_FAULT, Fault, Proxy, always
from chaos.verdict import Case, Verdict
from tests.services.console import ROOT, free_port

WORKERS, THREADS = 2, 4
# Twice as many as may be in flight to one upstream, by MAX_CALLS_PER_UPSTREAM.
HANGING_CLIENTS = 2 * WORKERS * (2 * THREADS)
HANGING_PAUSE = 5.0  # seconds between the calls of each
OTHER_CLIENTS = 2  # of the other teammate, for each kind of page
OTHER_PAUSE = 0.2
TURNS = 4  # of a quiet and a hung phase: a busy machine slows both
PHASE = 8.0  # seconds
RAMP_UP = 5.0  # seconds before a hung phase, in which the hanging calls pile up
MAX_RATIO = 1.5  # of the p95, hung to quiet
# Seconds in a transaction without a statement. A busy machine may keep a thread waiting for one;
# a connection held for an upstream that hangs is idle for longer.
MAX_IDLE = 2.0

Page = Callable[[], Response]


@dataclass
class Tally:
    quiet: dict[str, list[float]] = field(default_factory=dict)  # seconds, by kind of page
    hung: dict[str, list[float]] = field(default_factory=dict)
    failures: int = 0
    pages_meanwhile: int = 0  # that came while the calls hung
    hanging_calls: int = 0
    refused_at_once: int = 0
    idle_in_transaction: int = 0
    samples: int = 0  # of PostgreSQL's list of connections

    def ratios(self) -> dict[str, float]:
        return {page: p95(self.hung[page]) / p95(self.quiet[page]) for page in self.quiet}

    def verdict(self) -> Verdict:
        pages = "; ".join(
            f"{page} {p95(self.quiet[page]) * 1000:.0f} → {p95(self.hung[page]) * 1000:.0f} ms "
            f"({ratio:.2f} ×)"
            for page, ratio in self.ratios().items()
        )
        count = sum(map(len, (*self.quiet.values(), *self.hung.values())))
        idle = (
            f"{self.idle_in_transaction} connections idle in transaction in {self.samples} samples"
        )
        return Verdict(
            f"{count} pages, beside {self.hanging_calls} calls to the upstream that hung, "
            f"{self.refused_at_once} of them refused at once",
            f"p95 {pages}; {self.failures} failures" + (f"; {idle}" if self.samples else ""),
            all(ratio <= MAX_RATIO for ratio in self.ratios().values())
            and self.hanging_calls > 0
            and not (self.failures or self.idle_in_transaction),
        )


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def measure(harness: Harness) -> Verdict:
    verdicts = [tally.verdict() for tally in tallies(harness)]
    return Verdict(
        "; ".join(f"{d}: {v.runs}" for d, v in zip(harness.databases, verdicts, strict=True)),
        "; ".join(f"{d}: {v.figure}" for d, v in zip(harness.databases, verdicts, strict=True)),
        all(verdict.passed for verdict in verdicts),
    )


def tallies(harness: Harness) -> Iterator[Tally]:
    """What was counted on each database."""
    for database in harness.databases:
        upstreams = harness.start_upstreams()
        proxy = harness.start_proxy(upstreams.dpaas)
        site = harness.start_site(
            database, upstreams, dpaas=proxy.url, teammates=2, workers=WORKERS, threads=THREADS
        )
        hanging, other = site.clients
        for upstream in upstreams.both:
            site.settle(hanging, upstream)
        pages: dict[str, Page] = {
            "her profiles": partial(other.get, "/profiles/"),
            "her other upstream": partial(other.call, "Dxtra"),
        }
        tally = Tally()
        sample = _idle_in_transaction(harness, site) if database == POSTGRESQL else None
        _by_turns(harness, proxy, partial(hanging.call, "DPaaS"), pages, tally, sample)
        site.console.kill()
        harness.log(f"{database} done")
        yield tally


def _by_turns(
    harness: Harness,
    proxy: Proxy,
    hanging: Page,
    pages: dict[str, Page],
    tally: Tally,
    sample: Callable[[], int] | None,
) -> None:
    for _ in range(1 if harness.short else TURNS):
        proxy.rule = always(NO_FAULT)
        _phase(harness, proxy, None, pages, tally.quiet, tally, None)
        proxy.rule = always(Fault(black_hole=True))
        _phase(harness, proxy, hanging, pages, tally.hung, tally, sample)


def _phase(
    harness: Harness,
    proxy: Proxy,
    hanging: Page | None,
    pages: dict[str, Page],
    into: dict[str, list[float]],
    tally: Tally,
    sample: Callable[[], int] | None,
) -> None:
    """Open pages for a while. At the end the proxy closes all connections: calls that hang end, and
    pooled connections too follow its next rule."""
    over, lock = threading.Event(), threading.Lock()

    def hang() -> None:
        assert hanging
        over.wait(random.uniform(0, RAMP_UP))
        while not over.is_set():
            response = hanging()
            with lock:
                tally.hanging_calls += 1
                tally.refused_at_once += response.seconds < 1
            over.wait(HANGING_PAUSE * random.uniform(0.5, 1.5))

    def open_page(name: str) -> None:
        while not over.is_set():
            response = pages[name]()
            with lock:
                into.setdefault(name, []).append(response.seconds)
                tally.failures += response.status != 200
                tally.pages_meanwhile += hanging is not None and not over.is_set()
            over.wait(OTHER_PAUSE)

    hangs = [threading.Thread(target=hang) for _ in range(HANGING_CLIENTS if hanging else 0)]
    for thread in hangs:
        thread.start()
    over.wait(RAMP_UP if hanging else 0)
    opens = [
        threading.Thread(target=open_page, args=[n]) for n in pages for _ in range(OTHER_CLIENTS)
    ]
    for thread in opens:
        thread.start()
    ends_at = time.monotonic() + max(harness.scaled_seconds(PHASE), 3.0)
    while time.monotonic() < ends_at:
        time.sleep(0.1)
        if sample:
            tally.samples += 1
            tally.idle_in_transaction += sample()
    over.set()
    proxy.stop_listening()
    for thread in (*opens, *hangs):
        thread.join()
    proxy.listen()


def _idle_in_transaction(harness: Harness, site: Site) -> Callable[[], int]:
    """Counts the connections of the console that hold a transaction and do nothing in it."""
    assert harness.cluster
    database = site.console.database_url.rsplit("/", 1)[1]
    connection = harness.stack.enter_context(harness.cluster.connect())

    def sample() -> int:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            " AND state LIKE 'idle in transaction%%'"
            " AND clock_timestamp() - state_change > make_interval(secs => %s)",
            [database, MAX_IDLE],
        ).fetchone()
        return int(found[0]) if found else 0

    return sample


def naive(harness: Harness) -> Verdict:
    return naive_tally(harness).verdict()


def naive_tally(harness: Harness) -> Tally:
    """A gateway that only forwards: as many processes, with THREADS threads each."""
    upstreams = harness.start_upstreams()
    proxy = harness.start_proxy(upstreams.dpaas)
    port = free_port()
    options = [f"--workers={WORKERS}", f"--threads={THREADS}", f"--bind=127.0.0.1:{port}"]
    options.append("--config=/dev/null")  # not the console's
    with (harness.folder / "gateway.log").open("wb") as log:
        gateway = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "chaos.naive_gateway"],
            cwd=ROOT,
            env={**os.environ, "DPAAS": proxy.url, "DXTRA": upstreams.dxtra.url},
            stdout=log,
            stderr=log,
        )
    harness.stack.callback(_end, gateway)
    client = Client(f"http://127.0.0.1:{port}", "")
    tally = Tally()
    pages: dict[str, Page] = {
        "her profiles": lambda: client.get("/profiles"),
        "her other upstream": lambda: client.get("/dxtra/__admin__/faults"),
    }
    assert wait_until(lambda: client.get("/").status == 200), "it does not start"
    _by_turns(harness, proxy, lambda: client.get("/dpaas/accounts"), pages, tally, None)
    return tally


def _end(gateway: "subprocess.Popen[bytes]") -> None:
    gateway.terminate()
    with suppress(subprocess.TimeoutExpired):
        gateway.wait(15)
    gateway.kill()
    gateway.wait()


CASE = Case(
    "hung",
    "upstream hung: another teammate's pages, on each database",
    "p95 no worse than 1.5 × of a quiet run; no connection idle in transaction",
    measure,
    naive,
)
