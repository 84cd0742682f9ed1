"""How fast the rows of a job are sent, and when it waits: by all its workers together."""

from datetime import datetime, timedelta

from console.accounts.bulk.models import Job, JobState
from console.database.clock import DatabaseNow, seconds_from_now
from console.upstream.errors import (
    CredentialNeedsOwner,
    CredentialRefused,
    Forbidden,
    NotFound,
    ProfileChanged,
    TargetRefused,
    WriteRefused,
)
from console.upstream.upstream_error import UpstreamError

# What does not heal by waiting: its owner or an administrator must put something right.
OWNER_HELPS = (
    CredentialNeedsOwner,
    CredentialRefused,
    Forbidden,
    NotFound,
    ProfileChanged,
    TargetRefused,
    WriteRefused,
)
MAX_WAIT_SECONDS = 60.0
BEAT_SECONDS = 5.0  # between two signs of life


def take_turn(job: Job) -> float:
    """0 if a row may be sent now, else the seconds until one may be. `job`: as just read."""
    if job.wait_until is not None and (pause := seconds_until(job.wait_until, job)) > 0:
        return pause
    if (pause := seconds_until(job.next_send_at, job)) > 0:
        return pause
    turn = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, next_send_at=job.next_send_at)
    now = now_of(job)
    taken = turn.update(
        next_send_at=now + timedelta(seconds=1 / max(job.rows_per_second, 0.01)), beat_at=now
    )
    return 0.0 if taken else 0.001


def wait(job: Job, sentence: str, *, seconds: float | None = None) -> float:
    """Send nothing for `seconds`, or for as long as the last failures say, and tell why."""
    delay = max(seconds or 0.0, min(MAX_WAIT_SECONDS, 2.0 ** (job.failures + 1)))
    Job.objects.filter(pk=job.pk, state=job.state).update(
        trouble=sentence,
        failures=min(job.failures + 1, 100),
        wait_until=seconds_from_now(delay),
        beat_at=DatabaseNow(),
    )
    return delay


def forget_trouble(job: Job) -> None:
    """A row was carried out: the next failure is the first one again."""
    if job.failures or job.trouble or job.wait_until:
        running = Job.objects.filter(pk=job.pk, state=JobState.RUNNING)
        running.update(trouble="", failures=0, wait_until=None)


def look_soon(job: Job) -> None:
    """A row is in doubt: a worker looks for it next."""
    Job.objects.filter(pk=job.pk).update(look_at=DatabaseNow())


def record_failure(job: Job, failure: UpstreamError) -> float:
    """A call failed, and wrote nothing: wait, or pause where waiting does not help. Returns the
    seconds that it waits."""
    if isinstance(failure, OWNER_HELPS) and job.state == JobState.RUNNING:
        pause(job, failure.sentence)
        return 0.0
    return wait(job, failure.sentence_for_one_that_waits, seconds=failure.retry_after)


def pause(job: Job, sentence: str) -> None:
    """Send nothing more until its owner lets it go on."""
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(
        state=JobState.PAUSED, trouble=sentence, wait_until=None, failures=0
    )


def beat(job: Job) -> None:
    """Give a sign of life, unless one was given just now."""
    if job.beat_at is None or seconds_until(job.beat_at, job) < -BEAT_SECONDS:
        Job.objects.filter(pk=job.pk).update(beat_at=DatabaseNow())


def now_of(job: Job) -> datetime:
    """The database's time when `job` was read (slices.JOB)."""
    now: datetime = job.database_now  # type: ignore[attr-defined]
    return now


def seconds_until(moment: datetime, job: Job) -> float:
    return (moment - now_of(job)).total_seconds()
