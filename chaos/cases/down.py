"""An upstream is down for ten minutes and comes back: by 503, and by refusing connections."""

import time
from dataclasses import dataclass
from functools import partial

from chaos import naive_processes
from chaos.callers import Caller, at_once, shows, until
from chaos.proxy import Proxy
from chaos.upstreams import Upstream, Upstreams
from chaos.verdict import Case, Verdict
from chaos.workshop import Site, Workshop

SECONDS = 600.0
PAUSE = 1.0  # seconds between the calls of each teammate for each upstream
SHORT_PAUSE = 0.1
NAIVE_CALLS = 60
MOST_CALLS = 10  # to the auth server, for a profile
BACK_WITHIN = 60.0  # seconds


@dataclass
class Tally:
    calls: int = 0
    most_auth_calls: int = 0  # for one profile, while the upstream answered 503
    most_attempts: int = 0  # for one profile, while the upstream refused connections
    profiles: int = 0
    back: int = 0
    back_after: float = 0.0

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.profiles} profiles, {self.calls} calls of teammates",
            f"{self.most_auth_calls} auth calls for a profile at most "
            f"(connections refused: {self.most_attempts} attempts); {self.back} of "
            f"{self.profiles} work again, the last after {self.back_after:.0f} s",
            self.most_auth_calls <= MOST_CALLS and self.back == self.profiles > 0,
        )


@dataclass
class Stand:
    """One teammate answers 503 with, the other finds nobody listening."""

    site: Site
    judges: Upstreams
    proxies: list[Proxy]

    @property
    def failing(self) -> Caller:
        return self.site.callers[0]

    @property
    def refused(self) -> Caller:
        return self.site.callers[1]

    def profile(self, caller: Caller, judge: Upstream) -> str:
        return caller.dpaas if judge.name == "DPaaS" else caller.dxtra


def measure(place: Workshop) -> Verdict:
    tally = Tally()
    stands = [_stand(place, database) for database in place.databases]
    pairs = [
        (stand, caller, judge)
        for stand in stands
        for caller in (stand.failing, stand.refused)
        for judge in stand.judges.both
    ]
    tally.profiles = len(pairs)
    before = [_auth_calls(judge) for stand in stands for judge in stand.judges.both]
    for stand in stands:
        _break(stand)
    place.say("down")
    pause = SHORT_PAUSE if place.short else PAUSE
    ends_at = time.monotonic() + place.seconds(SECONDS)
    while time.monotonic() < ends_at:
        at_once([partial(caller.ask, judge.name) for _, caller, judge in pairs])
        tally.calls += len(pairs)
        time.sleep(pause)
    _count(stands, before, tally)
    for stand in stands:
        _mend(stand)
    place.say("back")
    began = time.monotonic()

    def wait(caller: Caller, judge: Upstream) -> None:
        back = until(
            lambda: shows(caller.ask(judge.name), judge.name), seconds=BACK_WITHIN, pause=PAUSE
        )
        tally.back += back
        tally.back_after = max(tally.back_after, time.monotonic() - began)

    at_once([partial(wait, caller, judge) for _, caller, judge in pairs])
    return tally.verdict()


def _stand(place: Workshop, database: str) -> Stand:
    judges = place.upstreams()
    proxies = [place.proxy(judge) for judge in judges.both]
    origins = [*judges.origins, *[proxy.url for proxy in proxies]]
    site = place.site(database, judges, environment={"UPSTREAM_ORIGINS": ",".join(origins)})
    site.callers.extend(place.teammates(site, dpaas=proxies[0].url, dxtra=proxies[1].url))
    stand = Stand(site, judges, proxies)
    for caller in site.callers:
        for judge in judges.both:
            assert shows(caller.ask(judge.name), judge.name), "it does not work to begin with"
    return stand


def _break(stand: Stand) -> None:
    for judge, proxy in zip(stand.judges.both, stand.proxies, strict=True):
        judge.fault(status=503, times=None)
        proxy.stop_listening()
        for caller in stand.site.callers:
            stand.site.ask("run_out", profile=stand.profile(caller, judge))


def _mend(stand: Stand) -> None:
    for judge, proxy in zip(stand.judges.both, stand.proxies, strict=True):
        judge.all_well()
        proxy.listen()


def _count(stands: list[Stand], before: list[int], tally: Tally) -> None:
    judged = [judge for stand in stands for judge in stand.judges.both]
    arrived = [_auth_calls(judge) - was for judge, was in zip(judged, before, strict=True)]
    tally.most_auth_calls = max(arrived)
    for stand in stands:
        for judge in stand.judges.both:
            # Nobody hears of a refused connection but the console itself: its own record counts.
            outcomes = stand.site.ask("outcomes", profile=stand.profile(stand.refused, judge))
            tally.most_attempts = max(tally.most_attempts, outcomes.get("connect_failed", 0))


def _auth_calls(judge: Upstream) -> int:
    stats = judge.stats()
    return stats["sign_in_calls"] + stats["refresh_calls"]


def naive(place: Workshop) -> Verdict:
    """The seeds' scripts sign in before each call; a minute of that is enough."""
    judge = place.upstreams().dpaas
    judge.fault(status=503, times=None)
    calls = 2 * MOST_CALLS if place.short else NAIVE_CALLS
    pause = 0.0 if place.short else PAUSE
    file = place.folder / "naive"
    client = naive_processes.start("SignsInAlways", file, judge.url, calls=calls, pause=pause)
    made, arrived = len(naive_processes.results([client])), _auth_calls(judge)
    minutes = f" in {calls * pause / 60:.0f} minute" if pause else ""
    return Verdict(f"{made} calls", f"{arrived} auth calls{minutes}", arrived <= MOST_CALLS)


CASE = Case(
    "down",
    "upstream down 10 minutes (by 503, by refused connections), then back, on each database",
    "auth calls for a profile ≤ 10; works again within 60 s",
    measure,
    naive,
)
