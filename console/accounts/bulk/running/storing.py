"""A job's table becomes its rows, in batches."""

from console.accounts.bulk.models import Job, JobRow, RowState
from console.database.clock import DatabaseNow

STOPPED = "Stopped before it was sent."


def reject_waiting(job: Job) -> None:
    """Reject the rows of a stopped job that were stored, and not sent."""
    waiting = JobRow.objects.filter(job=job, state=RowState.WAITING)
    waiting.update(state=RowState.REJECTED, explanation=STOPPED, finished_at=DatabaseNow())
