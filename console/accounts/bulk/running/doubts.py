"""The rows whose outcome no answer tells: since when, and how long they are looked for."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from console.accounts.bulk.models import Job, JobRow, RowState
from console.accounts.bulk.running import pacing
from console.accounts.matching import MAX_SENDING_SECONDS
from console.accounts.submissions import LOOKS
from console.database.clock import DatabaseNow, seconds_from_now

# A worker that gave no sign of a row within this time may be dead.
STALE_SECONDS = settings.DPAAS_DEADLINE + 10
INTERRUPTED = "interrupted"
WAS_INTERRUPTED = "Gatehouse was interrupted while it sent this row."


def doubt_interrupted(job: Job) -> None:
    """Put rows in doubt whose worker may be dead. If it is not, it still writes their outcome."""
    stale = JobRow.objects.filter(
        job=job, state=RowState.SENDING, sent_at__lt=seconds_from_now(-STALE_SECONDS)
    )
    if not stale.exists():
        return
    with transaction.atomic():  # a row in doubt is always looked for
        stale.update(
            state=RowState.IN_DOUBT,
            failure=INTERRUPTED,
            explanation=WAS_INTERRUPTED,
            finished_at=DatabaseNow(),
        )
        pacing.look_soon(job)


def looks_of(row: JobRow) -> list[datetime]:
    """When a row in doubt is looked for. At the last moment DPaaS has had time to finish."""
    assert row.finished_at
    assert row.sent_at
    lost_at = row.finished_at
    looks = [lost_at + timedelta(seconds=each) for each in LOOKS]
    if row.failure == INTERRUPTED:  # it may be that it is only being sent now
        looks.append(row.sent_at + timedelta(seconds=MAX_SENDING_SECONDS + LOOKS[-1]))
    return sorted(looks)


def had_time(row: JobRow, now: datetime) -> bool:
    return now >= looks_of(row)[-1]


def seconds_to_next_look(rows: list[JobRow], now: datetime) -> float | None:
    """None where none of `rows` is looked for again."""
    moments = [moment for row in rows for moment in looks_of(row) if moment > now]
    return (min(moments) - now).total_seconds() if moments else None
