"""A process dies by kill -9 in the middle of a refresh, at each of its points."""

import itertools
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from chaos import naive_processes
from chaos.callers import at_once, shows, until
from chaos.naive import Naive, Row
from chaos.upstreams import Upstream, Upstreams
from chaos.verdict import Case, Verdict
from chaos.workshop import Site, Workshop

ROUNDS = 10  # at each point, on each database
LANES = 3  # consoles side by side on each database: a round is waiting for a lease, mostly
LEASE = 7.0  # seconds; the shortest that start-up takes with calls of a second
CALL = 1.0
ALLOWED = LEASE + 5
PATIENCE = ALLOWED + 20
ENVIRONMENT = {"LEASE_SECONDS": str(LEASE), "TOKEN_CALL_SECONDS": str(CALL)}
NAIVE_ROUNDS = 3
REFRESH_LOST = {"lose_answer": True}


@dataclass(frozen=True)
class Death:
    """Where a process dies. `while_asking`: later, when the upstream is being asked."""

    point: str
    refresh_is_lost: bool = False
    while_asking: str = ""  # the kind of call

    @property
    def action(self) -> str:
        return "kill 0.2" if self.while_asking else "kill"


DEATHS = (
    Death("before-claim"),
    Death("claimed"),
    Death("before-refresh"),
    Death("before-refresh", while_asking="refresh"),
    Death("refreshed"),
    Death("refresh-lost", refresh_is_lost=True),
    Death("before-sign-in", refresh_is_lost=True),
    Death("before-sign-in", refresh_is_lost=True, while_asking="sign_in"),
    Death("signed-in", refresh_is_lost=True),
    Death("stored"),
)
SHORT = (Death("before-sign-in", refresh_is_lost=True, while_asking="sign_in"),)
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
            f"{self.resent} DPaaS refresh tokens sent twice",
            self.recovered == self.deaths > 0
            and not (self.changed_credentials or self.broken_pages or self.resent),
        )


def measure(place: Workshop) -> Verdict:
    tally, lanes = Tally(), []
    for database in place.databases:
        for share in [SHORT] if place.short else _shares(DEATHS, LANES):
            judges = place.upstreams()
            lanes.append((place.site(database, judges, environment=ENVIRONMENT), judges, share))
    place.say(f"{len(lanes)} consoles stand")
    at_once([partial(_lane, place, *lane, tally) for lane in lanes])
    tally.resent = sum(judges.dpaas.stats()["resent_refresh_tokens"] for _, judges, _ in lanes)
    return tally.verdict()


def _shares(deaths: Sequence[Death], count: int) -> list[Sequence[Death]]:
    return [deaths[start::count] for start in range(count)]


def _lane(
    place: Workshop, site: Site, judges: Upstreams, deaths: Sequence[Death], tally: Tally
) -> None:
    by_turns = itertools.cycle(judges.both)
    for death in deaths:
        for _ in range(place.times(ROUNDS)):
            _die(site, next(by_turns), death, tally)
        place.say(f"{site.database}: {death.point} done")


def _die(site: Site, judge: Upstream, death: Death, tally: Tally) -> None:
    caller = site.callers[0]
    profile = caller.dpaas if judge.name == "DPaaS" else caller.dxtra
    site.ask("forget_sign_ins")
    caller.ask(judge.name)
    before = site.ask("row", profile=profile)
    if death.refresh_is_lost:
        judge.fault(route=ROUTES[judge.name, "refresh"], **REFRESH_LOST)
    if death.while_asking:
        judge.fault(route=ROUTES[judge.name, death.while_asking], latency=0.6)
    site.ask("run_out", profile=profile)
    site.arm(death.point, death.action)
    died = caller.ask(judge.name).status == 0  # its process does, and the connection with it
    died_at = time.monotonic()
    assert died, f"nobody died at {death.point}"
    assert not site.is_armed(death.point), f"{death.point} was never come to"
    seconds, broken = None, 0
    while seconds is None and time.monotonic() < died_at + PATIENCE:
        answer = caller.ask(judge.name)
        if shows(answer, judge.name):
            seconds = time.monotonic() - died_at
        else:
            broken += not answer.is_page_of_ours
            time.sleep(0.2)
    after = site.ask("row", profile=profile)
    changed = after["credential"] != before["credential"]
    tally.add(seconds=seconds, changed=changed, broken=broken)
    judge.all_well()


def has_more(judge: Upstream, counter: str, than: int) -> bool:
    return judge.stats()[counter] > than


def naive(place: Workshop) -> Verdict:
    """A lock that its holder takes away again: a dead one does not."""
    judge = place.upstreams().dpaas
    rounds, recovered = place.times(NAIVE_ROUNDS), 0
    for number in range(rounds):
        file = place.folder / f"naive-{number}"
        row = Row(str(file))
        Naive(row, judge.url).sign_in()
        patience = 3.0 if place.short else ALLOWED
        row.put("patience", patience)
        judge.expire("access")
        calls = judge.stats()["refresh_calls"]
        judge.fault(route=ROUTES["DPaaS", "refresh"], latency=1.0)
        holder = naive_processes.start("Locks", file, judge.url)
        assert until(partial(has_more, judge, "refresh_calls", calls), seconds=30)
        holder.kill()
        holder.communicate()
        came = naive_processes.results([naive_processes.start("Locks", file, judge.url)])
        recovered += came == [True]
    figure = f"{recovered} of {rounds} recovered within {patience:.0f} s"
    return Verdict(f"{rounds} deaths", figure, recovered == rounds)


CASE = Case(
    "deaths",
    "kill -9 at 8 named points of a refresh, and twice more while the upstream is asked, "
    "× 10 × 2 databases",
    "all recover within lease + 5 s, stored credential byte-identical",
    measure,
    naive,
)
