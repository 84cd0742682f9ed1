"""Half the responses are lost and half the calls are 5xx, while tokens of 15 seconds run out."""

import threading
import time
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from chaos import naive_processes
from chaos.cases.steady import lifetimes
from chaos.clients import Client, Response, in_parallel, shows_data, wait_until
from chaos.harness import Harness, Site
from chaos.proxy import NO_FAULT, Fault, Proxy, always, by_chance
from chaos.upstreams import Upstream, Upstreams
from chaos.verdict import Case, Verdict

SECONDS = 300.0
TEAMMATES = 8  # on each database, each with a profile of each kind
CLIENTS = 2  # for each profile, so that they meet
PAUSE = 0.5  # seconds between the calls of one
FAILS_WITHIN = 12.0  # seconds
BACK_WITHIN = 120.0  # seconds; the console backs off for up to 85
# Calls that hang end early enough for a typed error within the bar.
ENVIRONMENT = {
    "DPAAS_DEADLINE": "5",
    "DXTRA_DEADLINE": "5",
    "TOKEN_CALL_SECONDS": "2",
    "LEASE_SECONDS": "9",
}
# One in six each, so half of all responses; half of the others are 503.
RESPONSES_LOST = (
    {"lose_answer": True, "probability": 1 / 6},
    {"reset": True, "probability": 1 / 5},
    {"cut_after": 20, "probability": 1 / 4},
)
FAILED = {"status": 503, "probability": 1 / 2}
# The proxy spoils one connection in ten besides.
SPOILT = 0.1
NETWORK_FAULTS = (
    Fault(latency=0.5),
    Fault(black_hole=True),
    Fault(lose_request=True),
    Fault(lose_answer=True),
    Fault(cut_after=40),
    Fault(reset_after=0),
    Fault(half_close_after=60),
    Fault(drip=0.002, drip_bytes=64),
)


Setup = tuple[Site, Upstreams, list[Proxy]]


@dataclass
class Tally:
    calls: int = 0
    failures: int = 0
    broken: int = 0  # failures without a page of ours: nothing, a 500, a traceback
    slow: int = 0
    slowest: float = 0.0  # of the failures
    token_calls: int = 0
    resent: int = 0
    lost_profiles: int = 0
    back_after: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, response: Response, upstream: str) -> None:
        with self._lock:
            self.calls += 1
            if not shows_data(response, upstream):
                self.failures += 1
                self.broken += not response.is_page_of_ours
                self.slow += response.seconds > FAILS_WITHIN
                self.slowest = max(self.slowest, response.seconds)

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


def measure(harness: Harness) -> Verdict:
    tally = Tally()
    setups = [_set_up(harness, database, seed) for seed, database in enumerate(harness.databases)]
    ends_at = time.monotonic() + harness.scaled_seconds(SECONDS)
    harness.log(f"{len(setups)} consoles run")
    calls = [partial(_call, *pair, ends_at, tally) for pair in _pairs(setups)]
    in_parallel([*calls * CLIENTS, partial(_lift_limits, setups, ends_at)])
    harness.log("no more faults")
    _end_faults(setups)
    _wait_for_all(setups, tally)
    _add_counters(setups, tally)
    tally.broken += sum("Traceback" in site.console.logs for site, _, _ in setups)
    return tally.verdict()


def _pairs(setups: list[Setup]) -> list[tuple[Site, Client, str]]:
    """Every teammate with every upstream."""
    return [
        (site, client, upstream.name)
        for site, upstreams, _ in setups
        for client in site.clients
        for upstream in upstreams.both
    ]


def _lift_limits(setups: list[Setup], ends_at: float) -> None:
    while time.monotonic() < ends_at:
        time.sleep(1)
        for site, _, _ in setups:
            site.control("forget_sign_ins")
            site.control("end_backoff")


def _add_counters(setups: list[Setup], tally: Tally) -> None:
    for _, upstreams, _ in setups:
        tally.resent += upstreams.dpaas.stats()["resent_refresh_tokens"]
        for upstream in upstreams.both:
            stats = upstream.stats()
            tally.token_calls += stats["refresh_calls"] + stats["sign_in_calls"]


def _set_up(harness: Harness, database: str, seed: int) -> Setup:
    upstreams = harness.start_upstreams(*lifetimes(harness))
    proxies = [harness.start_proxy(upstream) for upstream in upstreams.both]
    site = harness.start_site(
        database,
        upstreams,
        teammates=2 if harness.short else TEAMMATES,
        dpaas=proxies[0].url,
        dxtra=proxies[1].url,
        threads=16,
        environment=ENVIRONMENT,
    )
    for number, (upstream, proxy) in enumerate(zip(upstreams.both, proxies, strict=True)):
        _begin_faults(upstream)
        proxy.rule = by_chance(SPOILT, NETWORK_FAULTS, seed=2 * seed + number)
    return site, upstreams, proxies


def _begin_faults(upstream: Upstream) -> None:
    for fault in (*RESPONSES_LOST, FAILED):
        upstream.fault(times=None, **fault)


def _end_faults(setups: list[Setup]) -> None:
    for _, upstreams, proxies in setups:
        for upstream, proxy in zip(upstreams.both, proxies, strict=True):
            upstream.clear_faults()
            proxy.rule = always(NO_FAULT)


def _call(site: Site, client: Client, upstream: str, ends_at: float, tally: Tally) -> None:
    while time.monotonic() < ends_at:
        tally.add(client.call(upstream), upstream)
        time.sleep(PAUSE)


def _wait_for_all(setups: list[Setup], tally: Tally) -> None:
    began = time.monotonic()

    def works(site: Site, client: Client, upstream: str) -> bool:
        site.control("forget_sign_ins")  # else the limit for all Dxtra profiles holds some back
        return shows_data(client.call(upstream), upstream)

    def wait(*pair: Any) -> None:
        back = wait_until(partial(works, *pair), timeout=BACK_WITHIN, interval=0.5)
        tally.back(time.monotonic() - began if back else None)

    in_parallel([partial(wait, *pair) for pair in _pairs(setups)])


def naive(harness: Harness) -> Verdict:
    """Clients that send again what got no response, under the same faults."""
    upstream = harness.start_upstreams(*lifetimes(harness)).dpaas
    _begin_faults(upstream)
    processes = [
        naive_processes.start(
            "Resends",
            harness.folder / f"naive-{number}",
            upstream.url,
            calls=20 if harness.short else 100,
            pause=PAUSE,
        )
        for number in range(4)
    ]
    succeeded = naive_processes.results(processes)
    resent = upstream.stats()["resent_refresh_tokens"]
    return Verdict(
        f"{len(succeeded)} calls", f"{resent} DPaaS refresh tokens sent twice", not resent
    )


CASE = Case(
    "losses",
    "half the answers lost, half the calls 5xx, 5 minutes on both databases",
    "a DPaaS refresh token sent twice: 0; no profile lost; every failure a typed error within 12 s",
    measure,
    naive,
)
