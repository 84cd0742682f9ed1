"""Drafts of jobs, and jobs whose rows have ended this way and that."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from console.accounts.bulk.jobs import open_job
from console.accounts.bulk.models import Job, JobRow, JobState, RowState
from console.accounts.bulk.preparing.mapping import guess
from console.accounts.bulk.sealed import keep_brought
from console.profiles.models import CredentialProfile
from console.spreadsheets.tables import Table

OpenDraft = Callable[..., Job]


def names(*given: str) -> Table:
    return Table([], [[each] for each in given])


@pytest.fixture
def open_draft(profile: CredentialProfile) -> OpenDraft:
    """A draft of alice's: `open_draft("Acme")`, `open_draft(table=…, operation="rename")`."""

    def opened(*given: str, operation: str = "create", table: Table | None = None) -> Job:
        brought = table or names(*(given or ("Acme", "Beta")))
        mapping = guess(brought.columns, brought.rows, operation)
        return open_job(profile.owner, profile, operation, brought, mapping=mapping)

    return opened


def finished(job: Job, *rows: dict[str, Any], state: str = JobState.DONE) -> Job:
    """`job` as a worker leaves it: each of `rows` ended as its `state` says."""
    keep_brought(job)
    now = timezone.now()
    for number, columns in enumerate(rows, start=1):
        JobRow.objects.create(job=job, **{"number": number, "finished_at": now, **columns})
    times = {"started_at": now, "finished_at": now}
    Job.objects.filter(pk=job.pk).update(state=state, sealed=None, total=len(rows), **times)
    job.refresh_from_db()
    return job


@pytest.fixture
def mixed(open_draft: OpenDraft) -> Job:
    """One row created, one rejected, one in doubt."""
    return finished(
        open_draft("Acme", "Beta & <b>", "Gamma"),
        {"name": "Acme", "state": RowState.DONE, "account_id": "acc-1"},
        {
            "name": "Beta & <b>",
            "state": RowState.REJECTED,
            "explanation": "DPaaS refused this: Invalid input.",
            "details": {"name": ["This must be shorter."]},
        },
        {"name": "Gamma", "state": RowState.IN_DOUBT, "explanation": "No answer came."},
    )


def page_of(job: Job, part: str = "") -> str:
    return f"/dpaas/acme/accounts/bulk/{job.pk}/{part}"
