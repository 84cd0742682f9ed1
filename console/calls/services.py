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

from console.calls.models import CUT_OFF, MAX_SUBJECT, OK, Call
from console.upstream.errors import UpstreamError
from console.upstream.timeline import Timeline

PRUNE_EVERY = 500  # calls
MAX_PRUNED = 2_000  # rows at a time, so that no single call pays for all

_sqlite_writer = Lock()
_in_flight: dict[int, tuple[Call, Timeline]] = {}
_cutting_off = Lock()  # held while rows of _in_flight are written, so that none is written twice


class CallingProfile(Protocol):
    """What the record keeps of the credential profile that a call was made with."""

    pk: UUID
    owner_id: UUID
    name: str
    kind: str
    outcome_now: str  # of the call that this request has just made with it; not stored


@contextmanager
def record_call(
    profile: CallingProfile, *, operation: str, method: str, path: str
) -> Iterator[Timeline]:
    """Give the call its timeline, and write a row about it when it ends, however it ends.

    `path` is the upstream's path without its query. An UpstreamError passes through. The timeline
    is stopped: it shows what the row shows.
    """
    timeline = Timeline()
    call = Call(
        user_id=profile.owner_id,
        profile_id=profile.pk,
        profile_name=profile.name,
        system=profile.kind,
        operation=operation[:200],
        method=method,
        path=path[:300],
    )
    outcome, status = OK, None
    _in_flight[id(call)] = call, timeline
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
        with _cutting_off:
            del _in_flight[id(call)]
        profile.outcome_now = timeline.outcome or outcome
        _save(call, timeline, status=status, outcome=profile.outcome_now)


def record_cut_off_calls() -> None:
    """Write the rows of the calls in flight: this process is about to end, and they with it.

    A call that ends after all writes its row again, as it ended. Of a process that is killed
    outright (SIGKILL, a lost machine) no row can be left.
    """
    with _cutting_off:
        for call, timeline in list(_in_flight.values()):
            _save(call, timeline, status=None, outcome=CUT_OFF)


def prune() -> int:
    """Delete the oldest of the rows that are past their time; return how many."""
    too_old = timezone.now() - timedelta(days=settings.CALLS_KEPT_DAYS)
    oldest = Call.objects.filter(at__lt=too_old).order_by("at").values("pk")[:MAX_PRUNED]
    deleted, _ = Call.objects.filter(pk__in=oldest).delete()
    return deleted


def _save(call: Call, timeline: Timeline, *, status: int | None, outcome: str) -> None:
    call.at = timezone.now()
    call.status, call.outcome = status or timeline.status, outcome
    call.subject = timeline.subject[:MAX_SUBJECT] or None
    call.received_bytes = timeline.received_bytes
    call.milliseconds, call.timeline = timeline.total_ms, list(timeline.steps)
    is_new = call.pk is None
    with _one_writer():
        call.save(force_insert=is_new)
    if is_new and call.pk % PRUNE_EVERY == 0:
        prune()


def _one_writer() -> AbstractContextManager[object]:
    """On SQLite, let the threads of this process write in turn.

    It takes one writer at a time; the others try again after ever longer naps, some for seconds.
    """
    return _sqlite_writer if connection.vendor == "sqlite" else nullcontext()
