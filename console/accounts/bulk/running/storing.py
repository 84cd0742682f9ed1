"""A job's table becomes its rows, in batches. It can be killed anywhere, and goes on from there."""

import time
from collections.abc import Callable
from itertools import islice

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from console.accounts.bulk.models import Job, JobRow, JobState, RowState
from console.accounts.bulk.preparing.checking import prepared_rows
from console.accounts.bulk.preparing.tables import PreparedRow
from console.accounts.bulk.running import pacing
from console.accounts.bulk.sealed import open_table, seal_values
from console.database.clock import DatabaseNow

BATCH = 2_000  # rows
STEP_SECONDS = 3.0
STOPPED = "Stopped before it was sent."
EXISTS = "DPaaS has an account with this name already."
CANNOT_OPEN = "The rows of this job can no longer be read. Send them in a new one."

Known = Callable[[list[str]], set[str]]  # those of these names that DPaaS has


def store_rows(job: Job, known: Known) -> bool:
    """Store rows for a while; the last of them takes the table away. False where another worker
    stores them."""
    table = open_table(job)
    if table is None:
        _give_up(job)
        return True
    rows = prepared_rows(table, job.mapping, job.operation)
    rest = islice(rows, job.stored, None)
    until = time.monotonic() + STEP_SECONDS
    while time.monotonic() < until:
        batch = list(islice(rest, BATCH))
        if not _store(job, batch, known):
            return False
        if len(batch) < BATCH:
            break
        job.stored += len(batch)
    return True


def reject_waiting(job: Job) -> None:
    """Reject the rows of a stopped job that were stored, and not sent."""
    waiting = JobRow.objects.filter(job=job, state=RowState.WAITING)
    waiting.update(state=RowState.REJECTED, explanation=STOPPED, finished_at=DatabaseNow())


def _store(job: Job, batch: list[PreparedRow], known: Known) -> bool:
    """False where another worker has stored these rows, or the job was paused or stopped."""
    as_read = Job.objects.filter(
        pk=job.pk, state=job.state, stored=job.stored, sealed__isnull=False
    )
    names = known([each.name for each in batch])
    rows = [_row(job, each, exists=each.name in names) for each in batch]
    stored = job.stored + len(batch)
    end = {"sealed": None, "total": stored} if len(batch) < BATCH else {}
    with transaction.atomic():
        if not as_read.update(stored=stored, beat_at=DatabaseNow(), **end):
            return False
        JobRow.objects.bulk_create(rows)
    return True


def _row(job: Job, prepared: PreparedRow, *, exists: bool) -> JobRow:
    row = JobRow(
        job=job,
        number=prepared.number,
        name=prepared.name,
        account_id=prepared.account_id[:200],
    )
    seal_values(row, prepared.values)
    if job.state == JobState.STOPPED:
        _reject(row, STOPPED)
    elif prepared.problems:
        _reject(row, " ".join(sentence for _, sentence in prepared.problems))
        row.details = _by_column(prepared.problems)
    elif exists:
        _reject(row, EXISTS)
    return row


def _reject(row: JobRow, explanation: str) -> None:
    row.state, row.explanation, row.finished_at = RowState.REJECTED, explanation, timezone.now()


def _by_column(problems: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for column, sentence in problems:
        found.setdefault(column, []).append(sentence)
    return found


def _give_up(job: Job) -> None:
    if job.state == JobState.RUNNING:
        pacing.pause(job, CANNOT_OPEN)
    else:
        Job.objects.filter(pk=job.pk).update(sealed=None, total=F("stored"))
