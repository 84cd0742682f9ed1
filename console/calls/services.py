"""Record each proxied call: who, what, how it ended, and where its time went."""

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, connection
from django.utils import timezone

from console.calls.batches import Batches
from console.calls.models import Call
from console.upstream.errors import UpstreamError
from console.upstream.timeline import Timeline

if TYPE_CHECKING:
    from console.profiles.models import CredentialProfile

log = logging.getLogger(__name__)

PRUNE_EVERY = 500  # calls
_turn = Lock()

PRUNE_AT_MOST = 2_000  # rows at a time, so that no single call pays for all


@contextmanager
def recorded(
    profile: "CredentialProfile", *, operation: str, method: str, path: str
) -> Iterator[Timeline]:
    """Give the call its timeline, and leave a row about it when it ends, however it ends.

    `path` is the upstream's path without its query. An UpstreamError passes through. The timeline
    is stopped: it shows what the row shows. What only read something is written down a moment later
    (see console/calls/batches.py), everything else before this ends.
    """
    timeline = Timeline()
    outcome, status = "ok", None
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
        row = {
            "at": timezone.now(),
            "user_id": profile.owner_id,
            "profile_id": profile.pk,
            "profile_name": profile.name,
            "system": profile.kind,
            "operation": operation[:200],
            "method": method,
            "path": path[:300],
            "status": status or timeline.status,
            "outcome": timeline.outcome or outcome,
            "received_bytes": timeline.received_bytes,
            "milliseconds": timeline.total_ms,
            "timeline": timeline.steps,
        }
        if method == "GET":
            batches.put(row)
        else:
            store([row])


def store(rows: list[dict[str, Any]]) -> None:
    """Write new rows, each the fields of a Call. Of several, those of a teammate who was deleted
    meanwhile are left out."""
    with _one_after_the_other():
        try:
            _insert(rows)
        except IntegrityError:
            if len(rows) == 1:
                raise
            for row in rows:
                _insert_if_possible(row)


batches = Batches(store)


def _insert(rows: list[dict[str, Any]]) -> None:
    calls = [Call(**row) for row in rows]
    if len(calls) == 1:
        calls[0].save(force_insert=True)  # without a transaction around it
    else:
        Call.objects.bulk_create(calls)
    if any(call.pk and call.pk % PRUNE_EVERY == 0 for call in calls):
        prune()


def _insert_if_possible(row: dict[str, Any]) -> None:
    try:
        _insert([row])
    except IntegrityError as error:
        log.warning("A row about a call was left out: %s", error)


def _one_after_the_other() -> AbstractContextManager[object]:
    """On SQLite, let the threads of this process write in turn.

    It takes one writer at a time; the others try again after ever longer naps, some for seconds.
    """
    return _turn if connection.vendor == "sqlite" else nullcontext()


def prune() -> int:
    """Delete the oldest of the rows that are past their time; return how many."""
    too_old = timezone.now() - timedelta(days=settings.CALLS_KEPT_DAYS)
    oldest = Call.objects.filter(at__lt=too_old).order_by("at").values("pk")[:PRUNE_AT_MOST]
    deleted, _ = Call.objects.filter(pk__in=oldest).delete()
    return deleted
