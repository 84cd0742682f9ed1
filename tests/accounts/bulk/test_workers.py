"""Real workers, over one database: they share a job, and one that dies is made up for."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django_tasks_db.models import DBTaskResult

from console.accounts.bulk.models import Job
from sandbox.dpaas import DpaasUpstream
from tests.accounts.bulk.conftest import is_over, names_at, outcomes
from tests.services.workers import Worker, workers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
PATIENCE = 60.0  # seconds


@pytest.fixture
def two(tmp_path: Path, dpaas: DpaasUpstream) -> Iterator[list[Worker]]:
    with workers(tmp_path, upstream_origins=[dpaas.url], DPAAS_BASE_URL=dpaas.url) as both:
        yield both


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def a_minute_passes(job: Job) -> None:
    gone = timedelta(minutes=1)
    Job.objects.filter(pk=job.pk).update(beat_at=F("beat_at") - gone)
    job.rows.filter(state="sending").update(sent_at=F("sent_at") - gone)


def test_two_workers_share_one_job_and_send_no_row_twice(two, start_job, dpaas):
    dpaas.faults.add(route="POST /accounts", latency=0.05, times=None)
    names = [f"Customer {number}" for number in range(80)]
    for worker in two:
        worker.start()
    job = start_job(*names)
    wait_until(lambda: is_over(job))
    for worker in two:
        assert worker.stop() == 0
    assert outcomes(job) == dict.fromkeys(names, "done")
    assert [names_at(dpaas).count(name) for name in names] == [1] * len(names)
    assert dpaas.stats.counts.create_calls == len(names)
    ids = DBTaskResult.objects.values_list("worker_ids", flat=True)
    assert len({each for of_task in ids for each in of_task}) == 2


def test_a_worker_that_is_killed_in_a_create_is_made_up_for(two, start_job, dpaas):
    first, second = two
    dpaas.faults.add(route="POST /accounts", work=True, hang=PATIENCE, after=1, times=None)
    job = start_job("One", "Two", "Three", rows_per_second=1.0)
    first.start()
    wait_until(lambda: dpaas.stats.counts.creates >= 2 and outcomes(job)["One"] == "done")
    first.kill()
    assert outcomes(job)["Two"] == "sending"
    dpaas.faults.clear()
    a_minute_passes(job)
    second.start()
    wait_until(lambda: is_over(job))
    assert outcomes(job) == dict.fromkeys(["One", "Two", "Three"], "done")
    assert [names_at(dpaas).count(name) for name in outcomes(job)] == [1] * 3
    assert dpaas.stats.counts.create_calls == 3


def test_a_worker_that_is_asked_to_stop_leaves_the_rest_to_the_next_one(two, start_job, dpaas):
    first, second = two
    dpaas.faults.add(route="POST /accounts", latency=0.1, times=None)
    job = start_job(*[f"Customer {number}" for number in range(60)], rows_per_second=10.0)
    first.start()
    wait_until(lambda: dpaas.stats.counts.creates > 2)
    assert first.stop() == 0
    states = set(outcomes(job).values())
    assert states == {"done", "waiting"}  # none is left under way
    Job.objects.filter(pk=job.pk).update(rows_per_second=100.0)
    second.start()
    wait_until(lambda: is_over(job))
    assert set(outcomes(job).values()) == {"done"}
    assert dpaas.stats.counts.create_calls == 60
