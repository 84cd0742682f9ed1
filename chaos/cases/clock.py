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
from chaos.clients import PATIENCE, Client, in_parallel, shows_data
from chaos.harness import Harness
from chaos.naive import Naive, Row
from chaos.upstreams import Upstreams
from chaos.verdict import Case, Verdict
from tests.services.console import Console

OFFSET = 600.0  # seconds
SECONDS = 60.0
LIFETIME = 15.0  # seconds, of a token
# A token is refreshed when a third of its life is left, give or take a fifth of that third.
MIN_USE = LIFETIME * (1 - 1.2 / 3)
CLIENTS = 2  # for each upstream at each console
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
            f"{LIFETIME:.0f} s ask for {self.fewest:.0f} to {self.most:.0f}; "
            f"at most {self.most_at_once} at once",
            self.calls > 0
            and not self.failures
            and self.fewest <= self.refreshes <= self.most
            and self.most_at_once == 1,
        )


def measure(harness: Harness) -> Verdict:
    tally = Tally()
    pairs: list[tuple[Client, Upstreams]] = []
    for database in harness.databases:
        lifetimes = f"--access-seconds-dpaas={LIFETIME}", f"--access-seconds-dxtra={LIFETIME}"
        upstreams = harness.start_upstreams(*lifetimes)
        site = harness.start_site(database, upstreams, workers=1)
        wrong = [_start_wrong(harness, site.console, upstreams, by) for by in (OFFSET, -OFFSET)]
        for console, by in zip([site.console, *wrong], (0, OFFSET, -OFFSET), strict=True):
            pairs.append((replace(site.clients[0], url=console.url), upstreams))
            assert abs(offset(console) - by) < 60, "the clock is not as it was to be"
    seconds = max(harness.scaled_seconds(SECONDS), 1.5 * LIFETIME)
    harness.log(f"{len(pairs)} consoles run")
    began = time.monotonic()
    _call_all(pairs, began + seconds, tally)
    each = {id(upstreams): upstreams for _, upstreams in pairs}.values()
    _add_refreshes(list(each), time.monotonic() - began, tally)
    return tally.verdict()


def _start_wrong(harness: Harness, right: Console, upstreams: Upstreams, by: float) -> Console:
    environment = {"PYTHONPATH": WRONG_CLOCK, "CLOCK_OFFSET": str(by)}
    return harness.start_console(right.database_url, upstreams.origins, environment=environment)


def offset(console: Console) -> float:
    """How many seconds the clock of a console is ahead, by the Date of its responses."""
    date = requests.get(f"{console.url}/login/", timeout=PATIENCE).headers["Date"]
    return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()


def _call_all(pairs: list[tuple[Client, Upstreams]], ends_at: float, tally: Tally) -> None:
    lock = threading.Lock()

    def call(client: Client, upstream: str) -> None:
        while time.monotonic() < ends_at:
            response = client.call(upstream)
            with lock:
                tally.calls += 1
                tally.failures += not shows_data(response, upstream)
            time.sleep(PAUSE)

    calls = [
        partial(call, client, upstream.name)
        for client, upstreams in pairs
        for upstream in upstreams.both
    ]
    in_parallel(calls * CLIENTS)


def _add_refreshes(each: list[Upstreams], seconds: float, tally: Tally) -> None:
    for upstream in (upstream for upstreams in each for upstream in upstreams.both):
        stats = upstream.stats()
        tally.refreshes += stats["refreshes"]
        tally.most_at_once = max(tally.most_at_once, stats["max_concurrent_refreshes"])
        tally.fewest += max(0, seconds // LIFETIME - 1)
        tally.most += seconds // MIN_USE + 1


def naive(harness: Harness) -> Verdict:
    """Clients that share a row and trust their own clocks."""
    tally = Tally()
    upstream = harness.start_upstreams(f"--access-seconds-dpaas={LIFETIME}").dpaas
    file = harness.folder / "naive"
    Naive(Row(str(file)), upstream.url).sign_in()
    began = time.monotonic()
    processes = [
        naive_processes.start(
            "TrustsItsClock",
            file,
            upstream.url,
            calls=round(1.5 * LIFETIME / PAUSE),
            pause=PAUSE,
            environment={"PYTHONPATH": WRONG_CLOCK, "CLOCK_OFFSET": str(by)},
        )
        for by in (0, OFFSET, -OFFSET)
    ]
    succeeded = naive_processes.results(processes)
    seconds = time.monotonic() - began
    stats = upstream.stats()
    tally.calls, tally.failures = len(succeeded), succeeded.count(False)
    tally.refreshes = stats["refresh_calls"]
    tally.most_at_once = stats["max_concurrent_refreshes"]
    tally.fewest, tally.most = max(0, seconds // LIFETIME - 1), seconds // MIN_USE + 1
    return tally.verdict()


CASE = Case(
    "clock",
    "clock of one process 10 minutes off: one ahead and one behind beside a right one, on each "
    "database",
    "nothing changes: 0 failures, no more and no fewer refreshes, at most 1 at once",
    measure,
    naive,
)
