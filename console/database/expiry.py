"""Rows that are past their time are deleted in a running console, also when nobody uses it.

Apps register what deletes theirs. Each worker of gunicorn does it now and then in a thread of its
own (gunicorn.conf.py), so that no deployment needs a cron job.
"""

import logging
import random
import time
from collections.abc import Callable
from threading import Thread

from django.db import DatabaseError, connections

EVERY_SECONDS = 300.0

_deletions: list[Callable[[], object]] = []
log = logging.getLogger(__name__)


def register(delete: Callable[[], object]) -> None:
    """`delete` is called again and again; it deletes a bounded number of rows at a time."""
    _deletions.append(delete)


def delete_expired() -> None:
    """Delete what is past its time now. A failure is logged, and keeps no other deletion up."""
    for delete in _deletions:
        try:
            delete()
        except DatabaseError:
            log.exception("Could not delete what is past its time")
    connections.close_all()  # held by a thread that sleeps, they would be missing elsewhere


def start(every_seconds: float = EVERY_SECONDS) -> None:
    """Begin to delete in a thread, which ends with the process."""
    Thread(target=_go_on, args=(every_seconds,), name="expiry", daemon=True).start()


def _go_on(every_seconds: float) -> None:
    while True:
        time.sleep(every_seconds * random.uniform(0.8, 1.2))  # noqa: S311 (workers in turn)
        delete_expired()
