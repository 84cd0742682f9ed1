"""A process dies by kill -9 in the middle of a refresh, at each of its points.

In every other round the token still lives, and the refresh runs in a thread beside the call.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from chaos import naive_processes
from chaos.clients import in_parallel, shows_data, wait_until
from chaos.harness import Harness, Site
from chaos.naive import Naive, Row
from chaos.upstreams import Upstream, Upstreams
from chaos.verdict import Case, Verdict

ROUNDS = 10  # at each point, on each database
LANES = 3  # consoles side by side on each database: a round mostly waits for a lease
LEASE = 9.0  # seconds; the shortest that the settings allow with calls of 2 s
CALL = 2.0
ALLOWED = LEASE + 5
GIVE_UP = LEASE + 60
ENVIRONMENT = {"LEASE_SECONDS": str(LEASE), "TOKEN_CALL_SECONDS": str(CALL)}
NAIVE_ROUNDS = 3
REFRESH_LOST = {"lose_answer": True}


@dataclass(frozen=True)
class Death:
    """Where a process dies: at a point, or during the call to the upstream that follows it."""

    point: str
    refresh_is_lost: bool = False
    during: str = ""  # "refresh" or "sign_in"

    @property
    def action(self) -> str:
        return "kill 0.2" if self.during else "kill"


DEATHS = (
    Death("before-claim"),
    Death("claimed"),
    Death("before-refresh"),
    Death("before-refresh", during="refresh"),
    Death("refreshed"),
    Death("refresh-lost", refresh_is_lost=True),
    Death("before-sign-in", refresh_is_lost=True),
    Death("before-sign-in", refresh_is_lost=True, during="sign_in"),
    Death("signed-in", refresh_is_lost=True),
    Death("stored"),
)
SHORT = (Death("before-sign-in", refresh_is_lost=True, during="sign_in"),)
ROUTES = {
    ("DPaaS", "refresh"): "/authentication/refresh",
    ("DPaaS", "sign_in"): "/authentication/login",
    ("Dxtra", "refresh"): "/v1/token",
    ("Dxtra", "sign_in"): "/v1/signin/pat",
}


@dataclass
class Tally:
    deaths: int = 0
    recovered: int = 0
    longest: float = 0.0
    changed_credentials: int = 0
    broken_pages: int = 0
    resent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, *, seconds: float | None, changed: bool, broken: int) -> None:
        with self._lock:
            self.deaths += 1
            self.recovered += seconds is not None and seconds <= ALLOWED
            self.longest = max(self.longest, seconds or 0.0)
            self.changed_credentials += changed
            self.broken_pages += broken

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.deaths} deaths",
            f"{self.recovered} of {self.deaths} recovered, the longest took {self.longest:.1f} s "
            f"with a lease of {LEASE:.0f} s; {self.changed_credentials} credentials changed, "
            f"{self.broken_pages} broken pages, {self.resent} DPaaS refresh tokens sent twice",
            self.recovered == self.deaths > 0
            and not (self.changed_credentials or self.broken_pages or self.resent),
        )


def measure(harness: Harness) -> Verdict:
    tally, dpaas = Tally(), []
    lanes: list[Callable[[], None]] = []
    for database in harness.databases:
        for share in [SHORT] if harness.short else _shares(DEATHS, LANES):
            upstreams = harness.start_upstreams()
            site = harness.start_site(database, upstreams, environment=ENVIRONMENT)
            by_turns = rounds(upstreams, start=len(lanes))
            lanes.append(partial(_lane, harness, site, by_turns, share, tally))
            dpaas.append(upstreams.dpaas)
    harness.log(f"{len(lanes)} consoles run")
    in_parallel(lanes)
    tally.resent = sum(each.stats()["resent_refresh_tokens"] for each in dpaas)
    return tally.verdict()


def _shares(deaths: Sequence[Death], count: int) -> list[Sequence[Death]]:
    return [deaths[start::count] for start in range(count)]


def rounds(upstreams: Upstreams, *, start: int) -> Iterator[tuple[Upstream, bool]]:
    """Without an end: each upstream, and whether its token still lives, so that it is refreshed
    beside the call. Lanes that `start` one after the other have both in their first rounds."""
    by_turns = itertools.cycle(itertools.product(upstreams.both, (False, True)))
    return itertools.islice(by_turns, start, None)


def _lane(
    harness: Harness,
    site: Site,
    by_turns: Iterator[tuple[Upstream, bool]],
    deaths: Sequence[Death],
    tally: Tally,
) -> None:
    for death in deaths:
        for _ in range(harness.scaled(ROUNDS)):
            upstream, is_beside = next(by_turns)
            _die(site, upstream, death, tally, is_beside=is_beside)
        harness.log(f"{site.database}: {death.point} done")


def _die(site: Site, upstream: Upstream, death: Death, tally: Tally, *, is_beside: bool) -> None:
    client = site.clients[0]
    profile = client.profile(upstream.name)
    site.settle(client, upstream)
    before, workers = site.control("row", profile=profile), site.workers()
    if death.refresh_is_lost:
        upstream.fault(route=ROUTES[upstream.name, "refresh"], **REFRESH_LOST)
    if death.during:
        upstream.fault(route=ROUTES[upstream.name, death.during], latency=CALL - 0.5)
    site.make_refresh_due(profile, is_beside=is_beside)
    site.arm(death.point, death.action)
    client.call(upstream.name)
    assert wait_until(lambda: not workers <= site.workers()), f"no process died at {death.point}"
    died_at = time.monotonic()
    seconds, broken = None, 0
    while seconds is None and time.monotonic() < died_at + GIVE_UP:
        response = client.call(upstream.name)
        if not shows_data(response, upstream.name):
            broken += is_beside or not response.is_page_of_ours
        elif site.control("row", profile=profile)["generation"] > before["generation"]:
            seconds = time.monotonic() - died_at
        time.sleep(0.2)
    after = site.control("row", profile=profile)
    changed = after["credential"] != before["credential"]
    tally.add(seconds=seconds, changed=changed, broken=broken)
    upstream.clear_faults()


def has_more(upstream: Upstream, counter: str, than: int) -> bool:
    """Whether a counter of the sandbox has risen above `than`."""
    return upstream.stats()[counter] > than


def naive(harness: Harness) -> Verdict:
    """A lock that its holder releases; a dead one never does."""
    upstream = harness.start_upstreams().dpaas
    rounds, recovered = harness.scaled(NAIVE_ROUNDS), 0
    for number in range(rounds):
        file = harness.folder / f"naive-{number}"
        row = Row(str(file))
        Naive(row, upstream.url).sign_in()
        patience = 3.0 if harness.short else ALLOWED
        row.put("patience", patience)
        upstream.expire("access")
        calls = upstream.stats()["refresh_calls"]
        upstream.fault(route=ROUTES["DPaaS", "refresh"], latency=5.0)
        holder = naive_processes.start("Locks", file, upstream.url)
        assert wait_until(partial(has_more, upstream, "refresh_calls", calls))
        holder.kill()
        holder.communicate()
        succeeded = naive_processes.results([naive_processes.start("Locks", file, upstream.url)])
        recovered += succeeded == [True]
    figure = f"{recovered} of {rounds} recovered within {patience:.0f} s"
    return Verdict(f"{rounds} deaths", figure, recovered == rounds)


CASE = Case(
    "deaths",
    "kill -9 at 8 named points of a refresh, and twice more while the upstream is asked, "
    "× 10 × 2 databases; half of them beside a call whose token still lives",
    "all recover within lease + 5 s, stored credential byte-identical",
    measure,
    naive,
)
