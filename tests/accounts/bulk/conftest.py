"""Jobs at the sandbox DPaaS, and a worker's task carried out in the test's own process."""

from collections.abc import Callable
from typing import Any

import pytest

from console.accounts.bulk import jobs
from console.accounts.bulk.models import Job, JobState
from console.accounts.bulk.preparing.tables import Table
from console.accounts.bulk.running import slices
from console.profiles.models import CredentialProfile
from console.team.models import User
from sandbox.dpaas import DpaasUpstream

StartJob = Callable[..., Job]
MAX_SLICES = 100


@pytest.fixture
def start_job(alice: User, profile: CredentialProfile) -> StartJob:
    """`start_job("One", "Two")` creates accounts of these names: RUNNING, and no row sent yet."""

    def start(*names: str, **columns: Any) -> Job:
        return start_rows([[name] for name in names], {"name": 0}, "create", **columns)

    def start_rows(
        rows: list[list[str]], mapping: dict[str, int], operation: str, **columns: Any
    ) -> Job:
        job = jobs.open_job(alice, profile, operation, Table([], rows), mapping=mapping)
        jobs.change_draft(job, **{"rows_per_second": 100.0, **columns})
        assert jobs.start(job, profile)
        return job

    start.rows = start_rows  # type: ignore[attr-defined]
    return start


def work(job: Job, *, slices_at_most: int = MAX_SLICES) -> Job:
    """Be the worker until the job needs none any more."""
    for _ in range(slices_at_most):
        job.refresh_from_db()
        if slices.work(job.pk, job.hands) is None:
            break
    job.refresh_from_db()
    return job


def outcomes(job: Job) -> dict[str, str]:
    """The state of each row by its name."""
    return dict(job.rows.values_list("name", "state"))


def names_at(dpaas: DpaasUpstream) -> list[str]:
    return [account["name"] for account in dpaas.data.accounts]


def is_over(job: Job) -> bool:
    job.refresh_from_db()
    return job.state == JobState.DONE
