"""The task that workers run: one slice of a job, and then the next one."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django_tasks import task

from console.accounts.bulk.running.slices import work

LANES = 2  # rows in hand in one worker


@task()
def send_rows(job_id: str, hands: int) -> None:
    """Work on the job for a slice. If more is to be done, the same task is enqueued again."""
    pause = work(UUID(job_id), hands, lanes=LANES)
    if pause is not None:
        go_on_at = timezone.now() + timedelta(seconds=pause)
        send_rows.using(run_after=go_on_at).enqueue(job_id, hands)
