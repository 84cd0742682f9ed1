"""An upstream is down for ten minutes and comes back: by 503, and by refusing connections."""

import time
from dataclasses import dataclass
from functools import partial

from chaos import naive_processes
from chaos.clients import Client, in_parallel, shows_data, wait_until
from chaos.harness import Harness, Site
from chaos.proxy import Proxy
from chaos.upstreams import Upstream, Upstreams
from chaos.verdict import Case, Verdict

SECONDS = 600.0
PAUSE = 1.0  # seconds between the calls of each teammate for each upstream
SHORT_PAUSE = 0.1
NAIVE_CALLS = 60
MAX_CALLS = 10  # to the auth server, for a profile
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
            self.most_auth_calls <= MAX_CALLS and self.back == self.profiles > 0,
        )


@dataclass
class Setup:
    """The upstreams of one teammate answer 503, those of the other refuse connections."""

    site: Site
    upstreams: Upstreams
    proxies: list[Proxy]

    @property
    def failing(self) -> Client:
        return self.site.clients[0]

    @property
    def refused(self) -> Client:
        return self.site.clients[1]


def measure(harness: Harness) -> Verdict:
    tally = Tally()
    setups = [_set_up(harness, database) for database in harness.databases]
    pairs = [
        (setup, client, upstream)
        for setup in setups
        for client in (setup.failing, setup.refused)
        for upstream in setup.upstreams.both
    ]
    tally.profiles = len(pairs)
    before = [_auth_calls(upstream) for setup in setups for upstream in setup.upstreams.both]
    for setup in setups:
        _break(setup)
    harness.log("down")
    pause = SHORT_PAUSE if harness.short else PAUSE
    ends_at = time.monotonic() + harness.scaled_seconds(SECONDS)
    while time.monotonic() < ends_at:
        in_parallel([partial(client.call, upstream.name) for _, client, upstream in pairs])
        tally.calls += len(pairs)
        time.sleep(pause)
    _count(setups, before, tally)
    for setup in setups:
        _mend(setup)
    harness.log("back")
    began = time.monotonic()

    def wait(client: Client, upstream: Upstream) -> None:
        back = wait_until(
            lambda: shows_data(client.call(upstream.name), upstream.name),
            timeout=BACK_WITHIN,
            interval=PAUSE,
        )
        tally.back += back
        tally.back_after = max(tally.back_after, time.monotonic() - began)

    in_parallel([partial(wait, client, upstream) for _, client, upstream in pairs])
    return tally.verdict()


def _set_up(harness: Harness, database: str) -> Setup:
    upstreams = harness.start_upstreams()
    proxies = [harness.start_proxy(upstream) for upstream in upstreams.both]
    origins = [*upstreams.origins, *[proxy.url for proxy in proxies]]
    site = harness.start_site(
        database, upstreams, environment={"UPSTREAM_ORIGINS": ",".join(origins)}
    )
    site.clients.extend(harness.add_teammates(site, dpaas=proxies[0].url, dxtra=proxies[1].url))
    setup = Setup(site, upstreams, proxies)
    for client in site.clients:
        for upstream in upstreams.both:
            site.settle(client, upstream)
    return setup


def _break(setup: Setup) -> None:
    for upstream, proxy in zip(setup.upstreams.both, setup.proxies, strict=True):
        upstream.fault(status=503, times=None)
        proxy.stop_listening()
        for client in setup.site.clients:
            setup.site.control("expire_token", profile=client.profile(upstream.name))


def _mend(setup: Setup) -> None:
    for upstream, proxy in zip(setup.upstreams.both, setup.proxies, strict=True):
        upstream.clear_faults()
        proxy.listen()


def _count(setups: list[Setup], before: list[int], tally: Tally) -> None:
    upstreams = [upstream for setup in setups for upstream in setup.upstreams.both]
    arrived = [_auth_calls(upstream) - n for upstream, n in zip(upstreams, before, strict=True)]
    tally.most_auth_calls = max(arrived)
    for setup in setups:
        for upstream in setup.upstreams.both:
            # No upstream sees a refused connection: the console's own record counts them.
            outcomes = setup.site.control("outcomes", profile=setup.refused.profile(upstream.name))
            tally.most_attempts = max(tally.most_attempts, outcomes.get("connect_failed", 0))


def _auth_calls(upstream: Upstream) -> int:
    stats = upstream.stats()
    return stats["sign_in_calls"] + stats["refresh_calls"]


def naive(harness: Harness) -> Verdict:
    """The seeds' scripts sign in before each call; a minute of that is enough."""
    upstream = harness.start_upstreams().dpaas
    upstream.fault(status=503, times=None)
    calls = 2 * MAX_CALLS if harness.short else NAIVE_CALLS
    pause = 0.0 if harness.short else PAUSE
    file = harness.folder / "naive"
    process = naive_processes.start("SignsInAlways", file, upstream.url, calls=calls, pause=pause)
    made, arrived = len(naive_processes.results([process])), _auth_calls(upstream)
    minutes = f" in {calls * pause / 60:.0f} minute" if pause else ""
    return Verdict(f"{made} calls", f"{arrived} auth calls{minutes}", arrived <= MAX_CALLS)


CASE = Case(
    "down",
    "upstream down 10 minutes (by 503, by refused connections), then back, on each database",
    "auth calls for a profile ≤ 10; works again within 60 s",
    measure,
    naive,
)
