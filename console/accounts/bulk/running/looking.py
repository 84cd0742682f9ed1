"""Look for the rows in doubt in DPaaS, and settle what can be told. None is ever sent again."""

from datetime import datetime, timedelta

from console.accounts.bulk.models import Job, JobRow, RowState
from console.accounts.bulk.preparing.operations import CREATE
from console.accounts.bulk.running import pacing
from console.accounts.bulk.running.comparing import compare_changes
from console.accounts.bulk.running.doubts import had_time, seconds_to_next_look
from console.accounts.bulk.running.searching import search_creates
from console.database.clock import DatabaseNow, seconds_from_now
from console.profiles.models import CredentialProfile

LEASE_SECONDS = 60.0  # in which no other worker looks for the same rows


def look(job: Job, profile: CredentialProfile) -> None:
    """Look once, and say when to look next. `job`: as just read, its time to look has come."""
    lease = pacing.now_of(job) + timedelta(seconds=LEASE_SECONDS)
    mine = Job.objects.filter(pk=job.pk, look_at=job.look_at)
    if not mine.update(look_at=lease, beat_at=DatabaseNow()):
        return
    rows = list(JobRow.objects.filter(job=job, state=RowState.IN_DOUBT, is_looked_for=True))
    for row in rows:
        row.job = job
    settle_rows = search_creates if job.operation == CREATE else compare_changes
    failure = settle_rows(job, profile, rows) if rows else None
    if failure is not None:
        _look_in(job, lease, pacing.record_failure(job, failure))
        return
    now = pacing.now_of(job)
    rest = _still_in_doubt(rows)
    over = [row.pk for row in rest if had_time(row, now)]
    JobRow.objects.filter(pk__in=over).update(is_looked_for=False)
    _look_in(job, lease, seconds_to_next_look(rest, now))
    if not rest:
        pacing.forget_trouble(job)


def give_up(job: Job) -> None:
    """Nobody can look: the rows stay in doubt until their owner has them looked for."""
    rows = JobRow.objects.filter(job=job, state=RowState.IN_DOUBT)
    rows.update(is_looked_for=False)
    Job.objects.filter(pk=job.pk).update(look_at=None)


def _still_in_doubt(rows: list[JobRow]) -> list[JobRow]:
    in_doubt = JobRow.objects.filter(pk__in=[row.pk for row in rows], state=RowState.IN_DOUBT)
    return list(in_doubt)


def _look_in(job: Job, lease: datetime, seconds: float | None) -> None:
    """Unless another row came into doubt meanwhile: then its time stays, or that of the worker who
    looks for all of them by now."""
    moment = None if seconds is None else seconds_from_now(max(0.2, seconds))
    Job.objects.filter(pk=job.pk, look_at=lease).update(look_at=moment)
