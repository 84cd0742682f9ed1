"""Give a job to the workers: when it is started, and again where none of them gives a sign."""

from console.accounts.bulk.models import Job


def send_hands(job: Job) -> None:
    """Enqueue the tasks of a job that workers have something to do with, and end older ones."""


def revive() -> int:
    """Give the jobs to the workers anew that none of them works on; return how many."""
    return 0
