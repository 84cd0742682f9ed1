"""A hundred clients in four processes meet an expired token, or one that is due to be refreshed, at
the same moment."""

from dataclasses import dataclass, field

from chaos import naive_processes
from chaos.clients import in_parallel, shows_data, wait_until
from chaos.harness import Harness, Site
from chaos.naive import Naive, Row
from chaos.upstreams import Upstream
from chaos.verdict import Case, Verdict

CLIENTS = 100
PROCESSES = 4
BURSTS = 50  # on each database and each upstream
NAIVE_BURSTS = 3
REFRESH_SECONDS = 0.3  # long enough for the clients to meet
REFRESH_ROUTES = {"DPaaS": "/authentication/refresh", "Dxtra": "/v1/token"}


@dataclass
class Tally:
    refreshes: list[int] = field(default_factory=list)  # of each burst
    calls: int = 0
    failures: int = 0
    most_at_once: int = 0

    def verdict(self) -> Verdict:
        single = self.refreshes.count(1)
        most = max(self.refreshes, default=0)
        return Verdict(
            f"{len(self.refreshes)} bursts, {self.calls} calls",
            f"{single} of {len(self.refreshes)} bursts with exactly 1 refresh (most: {most}), "
            f"{self.failures} failures, at most {self.most_at_once} at once",
            single == len(self.refreshes) and not self.failures and self.most_at_once == 1,
        )


def measure(harness: Harness) -> Verdict:
    tally = Tally()
    for database in harness.databases:
        upstreams = harness.start_upstreams()
        threads = CLIENTS // PROCESSES
        site = harness.start_site(database, upstreams, workers=PROCESSES, threads=threads)
        for upstream in upstreams.both:
            harness.log(f"{database}, {upstream.name}")
            _bursts(site, upstream, harness.scaled(BURSTS), tally)
        site.console.kill()
    return tally.verdict()


def _bursts(site: Site, upstream: Upstream, count: int, tally: Tally) -> None:
    client = site.clients[0]
    profile = client.profile(upstream.name)
    site.settle(client, upstream)
    make_refreshes_slow(upstream)
    for number in range(count):
        # By turns the upstream refuses the token, it is due while it lives, and it has expired.
        if number % 3:
            site.make_refresh_due(profile, is_beside=number % 3 == 1)
        else:
            upstream.expire("access")
        before, generation = upstream.stats(), _generation(site, profile)
        responses = in_parallel([lambda: client.call(upstream.name)] * CLIENTS)
        assert _moves_on(site, profile, generation), "nobody refreshed"
        after = upstream.stats()
        fetched = ("refreshes", "sign_ins", "refused_refreshes")
        tally.refreshes.append(sum(after[name] - before[name] for name in fetched))
        tally.calls += len(responses)
        tally.failures += sum(not shows_data(response, upstream.name) for response in responses)
    tally.most_at_once = max(tally.most_at_once, upstream.stats()["max_concurrent_refreshes"])


def _generation(site: Site, profile: str) -> int:
    generation: int = site.control("row", profile=profile)["generation"]
    return generation


def _moves_on(site: Site, profile: str, generation: int) -> bool:
    """Wait for the refresh beside the calls, if that is where it runs."""
    return wait_until(lambda: _generation(site, profile) > generation)


def make_refreshes_slow(upstream: Upstream) -> None:
    upstream.fault(route=REFRESH_ROUTES[upstream.name], latency=REFRESH_SECONDS, times=None)


def naive(harness: Harness) -> Verdict:
    """As many clients share a row with both tokens, and each refreshes when it gets a 401."""
    tally = Tally()
    upstream = harness.start_upstreams().dpaas
    for number in range(harness.scaled(NAIVE_BURSTS)):
        row = harness.folder / f"naive-{number}"
        Naive(Row(str(row)), upstream.url).sign_in()
        make_refreshes_slow(upstream)
        upstream.expire("access")
        before = upstream.stats()
        threads = CLIENTS // PROCESSES
        processes = [
            naive_processes.start("Naive", row, upstream.url, threads=threads)
            for _ in range(PROCESSES)
        ]
        succeeded = naive_processes.results(processes)
        tally.refreshes.append(upstream.stats()["refresh_calls"] - before["refresh_calls"])
        tally.calls += len(succeeded)
        tally.failures += succeeded.count(False)
    tally.most_at_once = upstream.stats()["max_concurrent_refreshes"]
    return tally.verdict()


CASE = Case(
    "bursts",
    "100 callers in 4 processes on an expired token, or one that is due while it lives, on each "
    "database and each upstream",
    "exactly 1 refresh a burst, 0 failures, at most 1 refresh at once",
    measure,
    naive,
)
