"""Give a job to the workers: when it is started, and again where none of them gives a sign."""

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from console.accounts.bulk.models import Job, JobQuerySet, JobState
from console.accounts.bulk.running.tasks import send_rows
from console.database.clock import DatabaseNow, seconds_from_now

HANDS = 2  # tasks of one job, so that two workers share it
SILENT_SECONDS = 15.0  # without a sign of life
BEFORE_OTHERS = timedelta(days=1)
TASKS_KEPT = timedelta(hours=1)
MAX_PRUNED = 1_000  # tasks at a time


def send_hands(job: Job) -> None:
    """Enqueue the tasks of a job that workers have something to do with; older ones end."""
    job.refresh_from_db(fields=["hands"])
    _send_hands(Job.objects.filter(pk=job.pk), job)


def revive() -> int:
    """Give the jobs to the workers anew that none of them works on; return how many.

    A worker that was killed, or lost its database, leaves a task behind that nobody goes on with.
    """
    silent = _silent()
    lost = [job for job in silent if not _is_queued(job)]
    return sum(_send_hands(silent.filter(pk=job.pk), job) for job in lost)


def prune_tasks() -> None:
    """Delete tasks that ended, or whose worker did, a while ago."""
    old = DBTaskResult.objects.exclude(status="READY").filter(
        started_at__lt=timezone.now() - TASKS_KEPT
    )
    oldest = list(old.order_by().values_list("pk", flat=True)[:MAX_PRUNED])
    DBTaskResult.objects.filter(pk__in=oldest).delete()


def _silent() -> JobQuerySet:
    latest = seconds_from_now(-SILENT_SECONDS)
    active = Q(state=JobState.RUNNING) | Q(
        state__in=(JobState.DONE, JobState.STOPPED), finished_at=None
    )
    waits = Q(wait_until__isnull=False, wait_until__gte=latest)
    return Job.objects.filter(active, beat_at__lt=latest).exclude(waits)


def _is_queued(job: Job) -> bool:
    """Whether a task of the job still waits for its turn, as where many jobs run."""
    ready = DBTaskResult.objects.filter(status="READY", task_path=send_rows.module_path)
    return ready.filter(args_kwargs__args=[str(job.pk), job.hands]).exists()


def _send_hands(jobs: JobQuerySet, job: Job) -> bool:
    """False where another process was first."""
    mine = jobs.filter(hands=job.hands)
    if not mine.update(hands=F("hands") + 1, beat_at=DatabaseNow()):
        return False
    # The queue goes by this time, and takes a task without one last of all: behind the next slices
    # of jobs that run, for as long as these do. So the first slice of a job is before them all.
    for hand in range(HANDS):
        at = timezone.now() - (timedelta() if hand else BEFORE_OTHERS)
        send_rows.using(run_after=at).enqueue(str(job.pk), job.hands + 1)
    return True
