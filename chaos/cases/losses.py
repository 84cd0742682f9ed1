"""Half the answers are lost and half the calls are 5xx, while tokens of 15 seconds run out."""

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from chaos import naive_processes
from chaos.callers import Answer, Caller, at_once, shows, until
from chaos.cases.steady import lives
from chaos.proxy import WELL, Fault, Proxy, always, by_chance
from chaos.upstreams import Upstream, Upstreams
from chaos.verdict import Case, Verdict
from chaos.workshop import Site, Workshop

SECONDS = 300.0
TEAMMATES = 8  # on each database, each with a profile of each kind
CALLERS = 2  # for each profile: they meet
PAUSE = 0.5  # seconds between the calls of one
FAILS_WITHIN = 12.0  # seconds
BACK_WITHIN = 120.0  # seconds; the console leaves an upstream in trouble alone for up to 85
# Calls that hang end early enough for a typed error within the bar.
ENVIRONMENT = {
    "DPAAS_DEADLINE": "5",
    "DXTRA_DEADLINE": "5",
    "TOKEN_CALL_SECONDS": "2",
    "LEASE_SECONDS": "9",
}
# One in six each, so half of all answers; of what is left half again is 503.
ANSWERS_LOST = (
    {"lose_answer": True, "probability": 1 / 6},
    {"reset": True, "probability": 1 / 5},
    {"cut_after": 20, "probability": 1 / 4},
)
FAILED = {"status": 503, "probability": 1 / 2}
# And the wire between them spoils one connection in ten.
SPOILT = 0.1
SPOILS = (
    Fault(latency=0.5),
    Fault(black_hole=True),
    Fault(lose_request=True),
    Fault(lose_answer=True),
    Fault(cut_after=40),
    Fault(reset_after=0),
    Fault(half_close_after=60),
    Fault(drip=0.002, drip_bytes=64),
)


Stand = tuple[Site, Upstreams, list[Proxy]]


@dataclass
class Tally:
    calls: int = 0
    failures: int = 0
    broken: int = 0  # no page of ours: none at all, a 500, a traceback
    slow: int = 0
    slowest: float = 0.0  # failure
    token_calls: int = 0
    resent: int = 0
    lost_profiles: int = 0
    back_after: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, answer: Answer, upstream: str) -> None:
        with self._lock:
            self.calls += 1
            if not shows(answer, upstream):
                self.failures += 1
                self.broken += not answer.is_page_of_ours
                self.slow += answer.seconds > FAILS_WITHIN
                self.slowest = max(self.slowest, answer.seconds)

    def back(self, seconds: float | None) -> None:
        with self._lock:
            self.lost_profiles += seconds is None
            self.back_after = max(self.back_after, seconds or 0.0)

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.calls} calls, {self.token_calls} to the auth servers",
            f"{self.resent} DPaaS refresh tokens sent twice; {self.lost_profiles} profiles lost, "
            f"the last one back after {self.back_after:.0f} s; {self.failures} failures, "
            f"{self.broken} of them no page of ours, the slowest after {self.slowest:.1f} s",
            self.failures > 0
            and not (self.resent or self.lost_profiles or self.broken or self.slow),
        )


def measure(place: Workshop) -> Verdict:
    tally = Tally()
    stands = [_stand(place, database, seed) for seed, database in enumerate(place.databases)]
    ends_at = time.monotonic() + place.seconds(SECONDS)
    place.say(f"{len(stands)} consoles stand")
    calls = [partial(_call, *pair, ends_at, tally) for pair in _pairs(stands)]
    at_once([*calls * CALLERS, partial(_lift_limits, stands, ends_at)])
    place.say("all is well again")
    _end_faults(stands)
    _wait_for_all(stands, tally)
    _judge(stands, tally)
    tally.broken += sum("Traceback" in site.console.logs for site, _, _ in stands)
    return tally.verdict()


def _pairs(stands: list[Stand]) -> list[tuple[Site, Caller, str]]:
    """Every teammate with every upstream."""
    return [
        (site, caller, upstream.name)
        for site, judges, _ in stands
        for caller in site.callers
        for upstream in judges.both
    ]


def _lift_limits(stands: list[Stand], ends_at: float) -> None:
    while time.monotonic() < ends_at:
        time.sleep(1)
        for site, _, _ in stands:
            site.ask("forget_sign_ins")
            site.ask("end_pauses")


def _judge(stands: list[Stand], tally: Tally) -> None:
    for _, judges, _ in stands:
        tally.resent += judges.dpaas.stats()["resent_refresh_tokens"]
        for judge in judges.both:
            stats = judge.stats()
            tally.token_calls += stats["refresh_calls"] + stats["sign_in_calls"]


def _stand(place: Workshop, database: str, seed: int) -> Stand:
    judges = place.upstreams(*lives(place))
    proxies = [place.proxy(judge) for judge in judges.both]
    site = place.site(
        database,
        judges,
        teammates=2 if place.short else TEAMMATES,
        dpaas=proxies[0].url,
        dxtra=proxies[1].url,
        threads=16,
        environment=ENVIRONMENT,
    )
    for number, (judge, proxy) in enumerate(zip(judges.both, proxies, strict=True)):
        _begin_faults(judge)
        proxy.rule = by_chance(SPOILT, SPOILS, seed=2 * seed + number)
    return site, judges, proxies


def _begin_faults(judge: Upstream) -> None:
    for fault in (*ANSWERS_LOST, FAILED):
        judge.fault(times=None, **fault)


def _end_faults(stands: list[Stand]) -> None:
    for _, judges, proxies in stands:
        for judge, proxy in zip(judges.both, proxies, strict=True):
            judge.all_well()
            proxy.rule = always(WELL)


def _call(site: Site, caller: Caller, upstream: str, ends_at: float, tally: Tally) -> None:
    while time.monotonic() < ends_at:
        tally.add(caller.ask(upstream), upstream)
        time.sleep(PAUSE)


def _wait_for_all(stands: list[Stand], tally: Tally) -> None:
    began = time.monotonic()

    def works(site: Site, caller: Caller, upstream: str) -> bool:
        site.ask("forget_sign_ins")  # or the six for all Dxtra profiles would hold some back
        return shows(caller.ask(upstream), upstream)

    def wait(*pair: Any) -> None:
        back = until(partial(works, *pair), seconds=BACK_WITHIN, pause=0.5)
        tally.back(time.monotonic() - began if back else None)

    at_once([partial(wait, *pair) for pair in _pairs(stands)])


def naive(place: Workshop) -> Verdict:
    """Clients that send again what was not answered, under the same faults."""
    judge = place.upstreams(*lives(place)).dpaas
    _begin_faults(judge)
    started = [
        naive_processes.start(
            "Resends",
            place.folder / f"naive-{number}",
            judge.url,
            calls=20 if place.short else 100,
            pause=PAUSE,
        )
        for number in range(4)
    ]
    came = naive_processes.results(started)
    resent = judge.stats()["resent_refresh_tokens"]
    return Verdict(f"{len(came)} calls", f"{resent} DPaaS refresh tokens sent twice", not resent)


CASE = Case(
    "losses",
    "half the answers lost, half the calls 5xx, 5 minutes on both databases",
    "a DPaaS refresh token sent twice: 0; no profile lost; every failure a typed error within 12 s",
    measure,
    naive,
)
