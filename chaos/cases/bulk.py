"""A bulk job while its workers are killed, and DPaaS throttles, loses, fails, rejects, restarts."""

import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chaos.clients import wait_until
from chaos.harness import POSTGRESQL, Harness, Site
from chaos.naive import Naive, Row, create_account
from chaos.proxy import Proxy
from chaos.upstreams import Upstream
from chaos.verdict import Case, Verdict
from tests.services.workers import Worker

ROWS = 300  # on each database
WORKERS = 2
DEADLINE = 3.0  # seconds for a call
LATENCY = 0.03  # of a create that goes well
KILL_EVERY = (4.0, 8.0)  # seconds
RESTART_EVERY = 12.0  # seconds; DPaaS is away for RESTART_SECONDS then
RESTART_SECONDS = 1.5
PATIENCE = 600.0
OF_WORKERS = "bulk-worker"  # the name of their connections to PostgreSQL
TOO_LONG = 101  # letters of every seventh name: the sandbox takes a hundred
TROUBLE: tuple[tuple[float, dict[str, Any]], ...] = (  # by the share of the creates
    (0.04, {"status": 429, "headers": {"Retry-After": "1"}, "body": {"message": "Slow down"}}),
    (0.04, {"lose_answer": True}),
    (0.03, {"reset": True}),
    (0.02, {"work": True, "html": True, "status": 504}),
    (0.02, {"status": 503, "body": {"message": "Down"}}),
    (0.01, {"work": True, "hang": DEADLINE + 2}),
    (1.00, {"latency": LATENCY}),
)


@dataclass
class Tally:
    rows: int = 0
    kills: int = 0
    cuts: int = 0  # of all the workers' connections to PostgreSQL
    restarts: int = 0
    done: int = 0
    rejected: int = 0
    in_doubt: int = 0
    twice: int = 0
    missing: int = 0  # told as created, and not there
    untold: int = 0  # there, and told as rejected
    not_adding_up: int = 0
    ended: int = 0  # jobs

    def add(self, told: dict[str, Any], at_dpaas: Counter[str]) -> None:
        states = dict(told["rows"])
        progress = told["progress"]
        settled = progress["done"] + progress["rejected"] + progress["in_doubt"]
        self.ended += told["state"] == "done"
        self.not_adding_up += settled != len(states) or progress["total"] != len(states)
        self.rows += len(states)
        self.done += progress["done"]
        self.rejected += progress["rejected"]
        self.in_doubt += progress["in_doubt"]
        self.twice += sum(at_dpaas[name] > 1 for name in states)
        self.missing += sum(
            state == "done" and not at_dpaas[name] for name, state in states.items()
        )
        self.untold += sum(
            state == "rejected" and at_dpaas[name] > 0 for name, state in states.items()
        )

    def verdict(self, jobs: int) -> Verdict:
        wrong = self.twice + self.missing + self.untold + self.not_adding_up
        return Verdict(
            f"{self.rows} rows, {self.kills} workers killed, {self.cuts} times cut off from the "
            f"database, {self.restarts} restarts of DPaaS",
            f"{self.done} created, {self.rejected} rejected, {self.in_doubt} in doubt; "
            f"{self.twice} twice, {self.missing} told as created and missing, {self.untold} told "
            f"as rejected and there, {self.not_adding_up} jobs that do not add up, {self.ended} of "
            f"{jobs} ended",
            not wrong and self.ended == jobs and self.done > self.rows / 2 and self.kills > 0,
        )


def measure(harness: Harness) -> Verdict:
    tally = Tally()
    for database in harness.databases:
        upstreams = harness.start_upstreams()
        upstream = upstreams.dpaas
        upstream.set_options(same_names=True)
        proxy = harness.start_proxy(upstream)
        site = harness.start_site(
            database,
            upstreams,
            dpaas=proxy.url,
            workers=1,
            environment={"DPAAS_DEADLINE": str(DEADLINE)},
        )
        names = _names(harness.scaled(ROWS))
        job = site.control("start_job", profile=site.clients[0].dpaas, names=names)
        workers = [_worker(harness, site, number) for number in range(WORKERS)]
        _cause_trouble(upstream)
        _kill_and_restart(harness, site, workers, proxy, job, tally)
        upstream.clear_faults()
        tally.add(_at_its_end(site, job), Counter(upstream.account_names()))
        for worker in workers:
            worker.kill()
        site.console.kill()
        harness.log(f"{database} done")
    return tally.verdict(len(harness.databases))


def _names(count: int) -> list[str]:
    """Every seventh is too long for DPaaS."""
    names = [f"Customer {number} {uuid.uuid4().hex}" for number in range(count)]
    return [
        name.ljust(TOO_LONG, "x") if number % 7 == 6 else name for number, name in enumerate(names)
    ]


def _cut_off(harness: Harness, site: Site) -> bool:
    """End the workers' connections to PostgreSQL, as a failover would."""
    if site.database != POSTGRESQL or harness.cluster is None:
        return False
    with harness.cluster.connect() as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
            [OF_WORKERS],
        )
    return True


def _worker(harness: Harness, site: Site, number: int) -> Worker:
    log = harness.folder / f"worker-{site.database}-{number}.log"
    environment = dict(site.console.environment)
    if site.database == POSTGRESQL:
        environment["DATABASE_URL"] += f"?application_name={OF_WORKERS}"
    worker = Worker(environment, log).start()
    harness.stack.callback(worker.kill)
    return worker


def _cause_trouble(upstream: Upstream) -> None:
    for probability, fault in TROUBLE:
        upstream.fault(route="POST /accounts", times=None, probability=probability, **fault)


def _kill_and_restart(
    harness: Harness,
    site: Site,
    workers: Sequence[Worker],
    proxy: Proxy,
    job: str,
    tally: Tally,
) -> None:
    """Until no row waits any more."""
    chance = random.Random(1)
    restart_at = time.monotonic() + RESTART_EVERY
    give_up_at = time.monotonic() + PATIENCE
    while _told(site, job)["progress"]["waiting"] and time.monotonic() < give_up_at:
        time.sleep(chance.uniform(*KILL_EVERY))
        worker = chance.choice(workers)
        worker.kill()
        worker.start()
        tally.kills += 1
        tally.cuts += tally.kills % 2 == 0 and _cut_off(harness, site)
        if time.monotonic() > restart_at:
            proxy.stop_listening()
            time.sleep(RESTART_SECONDS)
            proxy.listen()
            tally.restarts += 1
            restart_at = time.monotonic() + RESTART_EVERY


def _at_its_end(site: Site, job: str) -> dict[str, Any]:
    wait_until(lambda: _told(site, job)["state"] == "done", timeout=PATIENCE, interval=1.0)
    return _told(site, job)


def _told(site: Site, job: str) -> dict[str, Any]:
    told: dict[str, Any] = site.control("job", id=job)
    return told


def naive(harness: Harness) -> Verdict:
    """A script that sends a row again where no answer came, and starts anew at the last few rows
    when it is killed."""
    upstream = harness.start_upstreams().dpaas
    upstream.set_options(same_names=True)
    _cause_trouble(upstream)
    row = Row(str(harness.folder / "naive"))
    Naive(row, upstream.url).sign_in()
    names = _names(harness.scaled(ROWS))
    created = {name: create_account(upstream.url, row.get("access"), name) for name in names}
    for name in names[-5:]:  # it was killed, and did not know that these were sent
        create_account(upstream.url, row.get("access"), name)
    upstream.clear_faults()
    at_dpaas = Counter(upstream.account_names())
    twice = sum(at_dpaas[name] > 1 for name in names)
    fit = [name for name in names if len(name) < TOO_LONG]
    missing = sum(created[name] and not at_dpaas[name] for name in fit)
    figure = f"{twice} twice, {missing} told as created and missing"
    return Verdict(f"{len(names)} rows", figure, not twice and not missing)


CASE = Case(
    "bulk",
    "a bulk job on each database: its workers killed, and cut off from PostgreSQL, again and "
    "again; DPaaS throttles, loses answers, fails, rejects every seventh row, restarts",
    "nothing twice, nothing missing, nothing told that is not so; the rows add up; the job ends",
    measure,
    naive,
)
