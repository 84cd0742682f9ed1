"""One upstream hangs while many ask for it: what another teammate's pages take meanwhile."""

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

from chaos.callers import Answer, Caller, shows, until
from chaos.proxy import WELL, Fault, Proxy, always
from chaos.verdict import Case, Verdict
from chaos.workshop import POSTGRESQL, Site, Workshop
from tests.services.console import ROOT, free_port

WORKERS, THREADS = 2, 4
PLACES = WORKERS * 2 * THREADS  # for calls to one upstream: CALLS_TO_ONE in console/settings.py
CALLERS = 2 * PLACES  # of the upstream that hangs: twice as many as can be served
THEIR_PAUSE = 5.0  # seconds between the calls of each
OTHERS = 2  # clients of the other teammate, for each kind of page
OTHERS_PAUSE = 0.2
PHASE = 15.0  # seconds; quiet and hung by turns, twice each
FILLS_IN = 5.0  # seconds before measuring, in which the hung calls pile up
MOST = 1.5  # times the quiet p95
IDLE_FOR = 0.5  # seconds in a transaction without a statement: then it holds what others need

Page = Callable[[], Answer]


@dataclass
class Tally:
    quiet: dict[str, list[float]] = field(default_factory=dict)  # seconds, by kind of page
    hung: dict[str, list[float]] = field(default_factory=dict)
    failures: int = 0
    answered_beside: int = 0  # pages that came while the calls hung
    hanging_calls: int = 0
    told_busy: int = 0
    idle_in_transaction: int = 0
    looks: int = 0  # at PostgreSQL's list of connections

    def ratios(self) -> dict[str, float]:
        return {page: p95(self.hung[page]) / p95(self.quiet[page]) for page in self.quiet}

    def verdict(self) -> Verdict:
        told = "; ".join(
            f"{page} {p95(self.quiet[page]) * 1000:.0f} → {p95(self.hung[page]) * 1000:.0f} ms "
            f"({ratio:.2f} ×)"
            for page, ratio in self.ratios().items()
        )
        pages = sum(map(len, (*self.quiet.values(), *self.hung.values())))
        idle = f"{self.idle_in_transaction} connections idle in transaction in {self.looks} looks"
        return Verdict(
            f"{pages} pages, beside {self.hanging_calls} calls that hung, "
            f"{self.told_busy} of them told so at once",
            f"p95 {told}; {self.failures} failures" + (f"; {idle}" if self.looks else ""),
            all(ratio <= MOST for ratio in self.ratios().values())
            and self.hanging_calls > 0
            and not (self.failures or self.idle_in_transaction),
        )


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def measure(place: Workshop) -> Verdict:
    verdicts = [tally.verdict() for tally in tallies(place)]
    return Verdict(
        "; ".join(f"{d}: {v.runs}" for d, v in zip(place.databases, verdicts, strict=True)),
        "; ".join(f"{d}: {v.figure}" for d, v in zip(place.databases, verdicts, strict=True)),
        all(verdict.passed for verdict in verdicts),
    )


def tallies(place: Workshop) -> Iterator[Tally]:
    """What was counted on each database."""
    for database in place.databases:
        judges = place.upstreams()
        proxy = place.proxy(judges.dpaas)
        site = place.site(
            database, judges, dpaas=proxy.url, teammates=2, workers=WORKERS, threads=THREADS
        )
        asking, other = site.callers
        for judge in judges.both:
            assert shows(asking.ask(judge.name), judge.name), "it does not work to begin with"
        pages: dict[str, Page] = {
            "her profiles": partial(other.get, "/profiles/"),
            "her other upstream": partial(other.ask, "Dxtra"),
        }
        tally = Tally()
        look = _idle_in_transaction(place, site) if database == POSTGRESQL else None
        _by_turns(place, proxy, partial(asking.ask, "DPaaS"), pages, tally, look)
        site.console.stop()
        place.say(f"{database} done")
        yield tally


def _by_turns(
    place: Workshop,
    proxy: Proxy,
    hanging: Page,
    pages: dict[str, Page],
    tally: Tally,
    look: Callable[[], int] | None,
) -> None:
    for _ in range(1 if place.short else 2):
        proxy.rule = always(WELL)
        _phase(place, proxy, None, pages, tally.quiet, tally, None)
        proxy.rule = always(Fault(black_hole=True))
        _phase(place, proxy, hanging, pages, tally.hung, tally, look)


def _phase(
    place: Workshop,
    proxy: Proxy,
    hanging: Page | None,
    pages: dict[str, Page],
    into: dict[str, list[float]],
    tally: Tally,
    look: Callable[[], int] | None,
) -> None:
    """Pages for a while. In the end the proxy closes all connections: nobody waits for what hangs,
    and pooled ones too meet the next rule."""
    over, lock = threading.Event(), threading.Lock()

    def hang() -> None:
        assert hanging
        over.wait(random.uniform(0, FILLS_IN))  # people do not click all at the same moment
        while not over.is_set():
            answer = hanging()
            with lock:
                tally.hanging_calls += 1
                tally.told_busy += answer.seconds < 1
            over.wait(THEIR_PAUSE * random.uniform(0.5, 1.5))

    def open_page(name: str) -> None:
        while not over.is_set():
            answer = pages[name]()
            with lock:
                into.setdefault(name, []).append(answer.seconds)
                tally.failures += answer.status != 200
                tally.answered_beside += hanging is not None and not over.is_set()
            over.wait(OTHERS_PAUSE)

    hangs = [threading.Thread(target=hang) for _ in range(CALLERS if hanging else 0)]
    for thread in hangs:
        thread.start()
    over.wait(FILLS_IN if hanging else 0)
    opens = [threading.Thread(target=open_page, args=[n]) for n in pages for _ in range(OTHERS)]
    for thread in opens:
        thread.start()
    ends_at = time.monotonic() + max(place.seconds(PHASE), 3.0)
    while time.monotonic() < ends_at:
        time.sleep(0.1)
        if look:
            tally.looks += 1
            tally.idle_in_transaction += look()
    over.set()
    proxy.stop_listening()
    for thread in (*opens, *hangs):
        thread.join()
    proxy.listen()


def _idle_in_transaction(place: Workshop, site: Site) -> Callable[[], int]:
    """How many connections of the console hold a transaction and do nothing in it."""
    assert place.cluster
    database = site.console.database_url.rsplit("/", 1)[1]
    connection = place.stack.enter_context(place.cluster.connect())

    def look() -> int:
        found = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
            " AND state LIKE 'idle in transaction%%'"
            " AND clock_timestamp() - state_change > make_interval(secs => %s)",
            [database, IDLE_FOR],
        ).fetchone()
        return int(found[0]) if found else 0

    return look


def naive(place: Workshop) -> Verdict:
    return naive_tally(place).verdict()


def naive_tally(place: Workshop) -> Tally:
    """A gateway that only forwards: as many processes, a thread for each call in flight."""
    judges = place.upstreams()
    proxy = place.proxy(judges.dpaas)
    port = free_port()
    options = [f"--workers={WORKERS}", f"--threads={THREADS}", f"--bind=127.0.0.1:{port}"]
    options.append("--config=/dev/null")  # not the console's
    with (place.folder / "gateway.log").open("wb") as log:
        gateway = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", *options, "chaos.naive_gateway"],
            cwd=ROOT,
            env={**os.environ, "DPAAS": proxy.url, "DXTRA": judges.dxtra.url},
            stdout=log,
            stderr=log,
        )
    place.stack.callback(_end, gateway)
    client = Caller(f"http://127.0.0.1:{port}", "")
    tally = Tally()
    pages: dict[str, Page] = {
        "her profiles": lambda: client.get("/profiles"),
        "her other upstream": lambda: client.get("/dxtra/__admin__/faults"),
    }
    assert until(lambda: client.get("/").status == 200, seconds=30), "it does not start"
    _by_turns(place, proxy, lambda: client.get("/dpaas/accounts"), pages, tally, None)
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
