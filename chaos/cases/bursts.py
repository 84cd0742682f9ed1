"""A hundred callers in four processes meet an expired token at the same moment."""

from dataclasses import dataclass, field

from chaos import naive_processes
from chaos.callers import at_once, shows
from chaos.naive import Naive, Row
from chaos.upstreams import Upstream
from chaos.verdict import Case, Verdict
from chaos.workshop import Site, Workshop

CALLERS = 100
PROCESSES = 4
BURSTS = 50  # on each database and each upstream
NAIVE_BURSTS = 3
REFRESH_TAKES = 0.3  # seconds, so that the callers do meet
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


def measure(place: Workshop) -> Verdict:
    tally = Tally()
    for database in place.databases:
        judges = place.upstreams()
        site = place.site(database, judges, workers=PROCESSES, threads=CALLERS // PROCESSES)
        for judge in judges.both:
            place.say(f"{database}, {judge.name}")
            _bursts(site, judge, place.times(BURSTS), tally)
        site.console.stop()
    return tally.verdict()


def _bursts(site: Site, judge: Upstream, count: int, tally: Tally) -> None:
    caller = site.callers[0]
    profile = caller.dpaas if judge.name == "DPaaS" else caller.dxtra
    assert shows(caller.ask(judge.name), judge.name), "the first call, which signs in, failed"
    make_refreshes_take_time(judge)
    for number in range(count):
        # By turns the API says that it is over, and the console's own row does.
        if number % 2:
            site.ask("run_out", profile=profile)
        else:
            judge.expire("access")
        before = judge.stats()
        answers = at_once([lambda: caller.ask(judge.name)] * CALLERS)
        after = judge.stats()
        fetched = ("refreshes", "sign_ins", "refused_refreshes")
        tally.refreshes.append(sum(after[name] - before[name] for name in fetched))
        tally.calls += len(answers)
        tally.failures += sum(not shows(answer, judge.name) for answer in answers)
    tally.most_at_once = max(tally.most_at_once, judge.stats()["max_concurrent_refreshes"])


def make_refreshes_take_time(judge: Upstream) -> None:
    judge.fault(route=REFRESH_ROUTES[judge.name], latency=REFRESH_TAKES, times=None)


def naive(place: Workshop) -> Verdict:
    """The same callers share a row with both tokens, and each refreshes when it is told 401."""
    tally = Tally()
    judge = place.upstreams().dpaas
    for number in range(place.times(NAIVE_BURSTS)):
        row = place.folder / f"naive-{number}"
        Naive(Row(str(row)), judge.url).sign_in()
        make_refreshes_take_time(judge)
        judge.expire("access")
        before = judge.stats()
        threads = CALLERS // PROCESSES
        started = [
            naive_processes.start("Naive", row, judge.url, threads=threads)
            for _ in range(PROCESSES)
        ]
        came = naive_processes.results(started)
        tally.refreshes.append(judge.stats()["refresh_calls"] - before["refresh_calls"])
        tally.calls += len(came)
        tally.failures += came.count(False)
    tally.most_at_once = judge.stats()["max_concurrent_refreshes"]
    return tally.verdict()


CASE = Case(
    "bursts",
    "100 callers in 4 processes on an expired token, on each database and each upstream",
    "exactly 1 refresh a burst, 0 failures, at most 1 refresh at once",
    measure,
    naive,
)
