"""What can be done with a job. Verbs; none takes a request, and none waits for DPaaS.

A started job is carried out by workers (running/), which read before each row what was decided
here. Each verb is one conditional UPDATE, so that two clicks, or a click and a worker, do no harm.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from console.accounts.bulk.models import Job, JobQuerySet, JobRow, JobState, RowState
from console.accounts.bulk.preparing.tables import Table
from console.accounts.bulk.running.reviving import send_hands
from console.accounts.bulk.running.storing import reject_waiting
from console.accounts.bulk.sealed import keep_brought, seal_table
from console.database.clock import DatabaseNow
from console.profiles.guard import check_write
from console.profiles.models import CredentialProfile
from console.profiles.selection.credential_state import credential_state
from console.team.models import User

DRAFTS_KEPT = timedelta(days=1)
MAX_DRAFTS = 20  # of a teammate; the oldest go
MAX_PRUNED = 5  # jobs at a time: each may have a hundred thousand rows
OVER = (JobState.DONE, JobState.STOPPED)
NO_TROUBLE: dict[str, Any] = {"trouble": "", "wait_until": None, "failures": 0}


@dataclass(frozen=True, slots=True)
class Progress:
    """How many rows of a job are in each state; they add up to `total`.

    `waiting` includes those that no worker has stored yet.
    """

    total: int
    waiting: int
    sending: int
    done: int
    rejected: int
    in_doubt: int

    @property
    def settled(self) -> int:
        return self.done + self.rejected + self.in_doubt

    @property
    def left(self) -> int:
        return self.waiting + self.sending


def open_job(
    user: User,
    profile: CredentialProfile,
    operation: str,
    table: Table,
    source: str = "",
    *,
    mapping: Mapping[str, int] | None = None,
) -> Job:
    """Keep `table` as a DRAFT, sealed. Nothing is sent before start().

    `operation`: a key of BULK_OPERATIONS. `source`: the name of the file; empty for typed rows.
    """
    job = Job(
        owner=user,
        profile=profile,
        organization_slug=profile.organization_slug,
        base_url=profile.base_url,
        credential=credential_state(profile),
        operation=operation,
        source=source[:200],
        mapping=dict(mapping or {}),
        total=table.count,
        rows_per_second=settings.BULK_ROWS_PER_SECOND,
    )
    seal_table(job, table)
    job.save(force_insert=True)
    drafts = Job.objects.visible_to(user).filter(state=JobState.DRAFT)
    Job.objects.filter(pk__in=list(drafts.values_list("pk", flat=True)[MAX_DRAFTS:])).delete()
    return job


def change_draft(job: Job, **columns: Any) -> bool:
    """Write `columns` of a draft: operation, mapping, sends_existing, rows_per_second. False if it
    was started meanwhile."""
    changed = _own(job).filter(state=JobState.DRAFT).update(**columns)
    job.refresh_from_db()
    return bool(changed)


def replace_table(job: Job, table: Table) -> bool:
    """Give a draft other rows. False if it was started meanwhile."""
    seal_table(job, table)
    return change_draft(job, sealed=job.sealed, total=table.count)


def start(job: Job, profile: CredentialProfile, *, typed_name: str = "") -> bool:
    """Send the rows of a draft with `profile`, in the background. False if it was started already.

    Raises WriteRefused where the profile's guard lets no write leave. `typed_name`: of the target
    (profiles/guard.py); it confirms the whole job, however long it runs.
    """
    check_write(profile, typed_name=typed_name)
    keep_brought(job)
    return _run(job, profile, typed_name, JobState.DRAFT, started_at=DatabaseNow())


def go_on(job: Job, profile: CredentialProfile, *, typed_name: str = "") -> bool:
    """Send the rest of a paused job, with `profile` as it is now, which must lead to the job's
    target. False if it is not paused. Raises WriteRefused, as start() does."""
    return _run(job, profile, typed_name, JobState.PAUSED)


def pause(job: Job) -> bool:
    """Send no further row until go_on(); a row that is being sent is still carried out."""
    paused = _own(job).filter(state=JobState.RUNNING).update(state=JobState.PAUSED, **NO_TROUBLE)
    job.refresh_from_db()
    return bool(paused)


def stop(job: Job) -> bool:
    """Reject what has not been sent, for good. False if the job is over already.

    Rows that are being sent, or in doubt, are settled as in a job that runs to its end: until then
    the job `is_settling`.
    """
    open_states = (JobState.RUNNING, JobState.PAUSED)
    with transaction.atomic():
        stopped = _own(job).filter(state__in=open_states)
        if not stopped.update(state=JobState.STOPPED, **NO_TROUBLE):
            return False
        reject_waiting(job)
    send_hands(job)
    job.refresh_from_db()
    return True


def look_again(job: Job) -> bool:
    """Look once more for the rows in doubt of a job that is over; until that is done it
    `is_settling`. False where there is nothing to look for."""
    in_doubt = JobRow.objects.filter(job=job, state=RowState.IN_DOUBT)
    over = _own(job).filter(state__in=OVER, finished_at__isnull=False)
    with transaction.atomic():
        if not in_doubt.update(is_looked_for=True) or not over.update(
            finished_at=None, look_at=DatabaseNow(), **NO_TROUBLE
        ):
            return False
    send_hands(job)
    job.refresh_from_db()
    return True


def progress(job: Job) -> Progress:
    """By one query over the job's rows."""
    return progress_of([job])[job.pk]


def progress_of(jobs: Iterable[Job]) -> dict[Any, Progress]:
    """That of each of `jobs`, by its id: one query over all their rows."""
    counts = {job.pk: dict.fromkeys(RowState.values, 0) for job in jobs}
    rows = JobRow.objects.filter(job__in=list(counts)).order_by().values_list("job", "state")
    for pk, state, number in rows.annotate(rows=Count("pk")):
        counts[pk][state] = number
    return {job.pk: _progress(job, counts[job.pk]) for job in jobs}


def _progress(job: Job, counts: Mapping[str, int]) -> Progress:
    stored = sum(counts.values())
    not_stored = max(0, job.total - stored)  # the total is that of the rows once all are stored
    return Progress(
        total=stored + not_stored,
        waiting=counts[RowState.WAITING] + not_stored,
        sending=counts[RowState.SENDING],
        done=counts[RowState.DONE],
        rejected=counts[RowState.REJECTED],
        in_doubt=counts[RowState.IN_DOUBT],
    )


def prune() -> None:
    """Delete drafts after a day, and jobs that are over with the record of their calls."""
    now = timezone.now()
    jobs_until = now - timedelta(days=settings.CALLS_KEPT_DAYS)
    old = Job.objects.filter(
        Q(state=JobState.DRAFT, created_at__lt=now - DRAFTS_KEPT)
        | Q(state__in=OVER, finished_at__lt=jobs_until)
    )
    Job.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:MAX_PRUNED])).delete()


def _own(job: Job) -> JobQuerySet:
    return Job.objects.filter(pk=job.pk)


def _run(
    job: Job, profile: CredentialProfile, typed_name: str, state: JobState, **columns: Any
) -> bool:
    check_write(profile, typed_name=typed_name)
    started = (
        _own(job)
        .filter(state=state)
        .update(
            state=JobState.RUNNING,
            profile=profile,
            credential=credential_state(profile),
            typed_name=typed_name.strip()[:400],
            **NO_TROUBLE,
            **columns,
        )
    )
    if started:
        send_hands(job)
        job.refresh_from_db()
    return bool(started)
