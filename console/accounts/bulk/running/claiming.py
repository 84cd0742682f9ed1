"""Take a row to send it: one worker gets it, and a name that another job creates stays unsent."""

from django.db import IntegrityError

from console.accounts.bulk.models import Job, JobRow, RowState
from console.accounts.bulk.preparing.names import unique_key
from console.accounts.bulk.preparing.operations import CREATE
from console.database.clock import DatabaseNow
from console.database.compiled import CompiledQuery

NEXT = CompiledQuery(
    lambda job_id: JobRow.objects.filter(job_id=job_id, state=RowState.WAITING).order_by("number")[
        :1
    ]
)
# Of a name that a row of another job holds, by that row's state.
BY_ANOTHER = {
    RowState.DONE: "Another job has created an account with this name.",
    RowState.IN_DOUBT: "Another job may have created an account with this name: no answer told.",
}
IS_CREATING = "Another job is creating an account with this name now."


def claim(job: Job) -> JobRow | None:
    """The next waiting row, which is SENDING from now on; None where no row waits."""
    while True:
        row = NEXT.first(job.pk)
        if row is None:
            return None
        row.job = job
        if _take(row):
            return row


def _take(row: JobRow) -> bool:
    """False where another worker was first, or the row must not be sent."""
    waiting = JobRow.objects.filter(pk=row.pk, state=RowState.WAITING)
    key = _key_of(row)
    try:
        taken = waiting.update(state=RowState.SENDING, sent_at=DatabaseNow(), unique_key=key)
        return bool(taken)
    except IntegrityError:
        if not _free_key(key, row.job):
            waiting.update(
                state=RowState.REJECTED, explanation=_why_not(key), finished_at=DatabaseNow()
            )
    return False


def _free_key(key: str, job: Job) -> bool:
    """Take the key from a row whose account was gone when this job was compared with DPaaS."""
    if job.checked_at is None:
        return False
    gone = JobRow.objects.filter(
        unique_key=key, state=RowState.DONE, finished_at__lt=job.checked_at
    ).exclude(job=job)
    return bool(gone.update(unique_key=""))


def _why_not(key: str) -> str:
    """Which other row holds `key`, in words. It may have been freed just now."""
    state = JobRow.objects.filter(unique_key=key).values_list("state", flat=True).first()
    return BY_ANOTHER.get(RowState(state), IS_CREATING) if state else IS_CREATING


def _key_of(row: JobRow) -> str:
    """Empty for what may be sent twice: changes, and names that their owner wants again."""
    if row.job.operation != CREATE or row.job.sends_existing:
        return ""
    return unique_key(row.job.target, row.name)
