"""Record each proxied call: who, what, how it ended, and where its time went."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from threading import Lock
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from console.calls.models import OK, Call
from console.upstream.errors import UpstreamError
from console.upstream.timeline import Timeline

PRUNE_EVERY = 500  # calls
MAX_PRUNED = 2_000  # rows at a time, so that no single call pays for all

_sqlite_writer = Lock()


class CallingProfile(Protocol):
    """What the record keeps of the credential profile that a call was made with."""

    pk: UUID
    owner_id: UUID
    name: str
    kind: str


@contextmanager
def record_call(
    profile: CallingProfile, *, operation: str, method: str, path: str
) -> Iterator[Timeline]:
    """Give the call its timeline, and write a row about it when it ends, however it ends.

    `path` is the upstream's path without its query. An UpstreamError passes through. The timeline
    is stopped: it shows what the row shows.
    """
    timeline = Timeline()
    outcome, status = OK, None
    try:
        yield timeline
    except UpstreamError as error:
        outcome, status = error.kind, error.status
        raise
    except BaseException:
        outcome = "broken"  # our own fault: the row still says that something was called
        raise
    finally:
        timeline.stop()
        _insert(
            Call(
                at=timezone.now(),
                user_id=profile.owner_id,
                profile_id=profile.pk,
                profile_name=profile.name,
                system=profile.kind,
                operation=operation[:200],
                method=method,
                path=path[:300],
                status=status or timeline.status,
                outcome=timeline.outcome or outcome,
                received_bytes=timeline.received_bytes,
                milliseconds=timeline.total_ms,
                timeline=timeline.steps,
            )
        )


def prune() -> int:
    """Delete the oldest of the rows that are past their time; return how many."""
    too_old = timezone.now() - timedelta(days=settings.CALLS_KEPT_DAYS)
    oldest = Call.objects.filter(at__lt=too_old).order_by("at").values("pk")[:MAX_PRUNED]
    deleted, _ = Call.objects.filter(pk__in=oldest).delete()
    return deleted


def _insert(call: Call) -> None:
    with _one_writer():
        call.save(force_insert=True)
    if call.pk % PRUNE_EVERY == 0:
        prune()


def _one_writer() -> AbstractContextManager[object]:
    """On SQLite, let the threads of this process write in turn.

    It takes one writer at a time; the others try again after ever longer naps, some for seconds.
    """
    return _sqlite_writer if connection.vendor == "sqlite" else nullcontext()
