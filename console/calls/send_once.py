"""Send what must not be sent twice, such as a create or a mutation, once for one form.

The form carries a key, and a row under that key is inserted before anything is sent. The database
takes a key only once. A second request with the same key (a double click, another tab, the back
button) sends nothing, and waits for the outcome of the first. Nothing is ever sent again by itself.
"""

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from django.db import IntegrityError, models, transaction

from console.database.connection import release_connection

POLL_SECONDS = 0.1
WAITING_SECONDS = 40  # two waits for a token, one for a free slot, and some to spare


class Attempt(Protocol):
    """The row of what is sent once."""

    @property
    def is_over(self) -> bool:
        """Whether its outcome is known, or lost with the process that waited for the answer."""


A = TypeVar("A", bound=Attempt)


def max_sending_seconds(deadline: float) -> float:
    """Seconds after which an attempt without an outcome is lost. `deadline`: seconds of a call."""
    return deadline + WAITING_SECONDS


def is_first(row: models.Model) -> bool:
    """Insert `row` under its primary key. False if the key is taken: then nothing may be sent."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def wait_for_outcome(read: Callable[[], A], *, max_seconds: float) -> A:
    """Call `read` for the first one's row until it is over, or for `max_seconds`.

    No database connection is held between two reads.
    """
    give_up_at = time.monotonic() + max_seconds
    while True:
        row = read()
        if row.is_over or time.monotonic() > give_up_at:
            return row
        release_connection()
        time.sleep(POLL_SECONDS)
