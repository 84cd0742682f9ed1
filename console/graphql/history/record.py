"""Write the history: one row for each run, and delete what is past its time.

The row is written before the run is sent: what was asked, and what may have happened, stands in the
history even if this process is killed while it waits for the answer.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.utils import timezone

from console.calls.models import CUT_OFF, OK
from console.graphql.history.models import UNDER_WAY, Run
from console.graphql.history.sent import Sent, seal_sent
from console.graphql.request import GraphQLRequest
from console.graphql.services import RunResult
from console.graphql.under_way import ending, runs_under_way

STOPPED = "Gatehouse was stopped before Dxtra responded."
PRUNE_EVERY = 50  # runs, on average
MAX_PRUNED = 500  # rows at a time, so that no single run pays for all
KNOWN_AT_THE_END = (
    "at",
    "role",
    "outcome",
    "status",
    "milliseconds",
    "size",
    "answer_id",
    "sealed",
)
_written: set[UUID] = set()  # runs of this process whose row was written before they ended


def begun(request: GraphQLRequest) -> GraphQLRequest:
    """The request with an id for its run, whose row is written now. record_run() completes it."""
    run_id = uuid4()
    begin_run(request, run_id)
    return replace(request, run_id=run_id)


def begin_run(request: GraphQLRequest, run_id: UUID) -> None:
    """Write the row about a run that is sent now."""
    _write(_row(request, pk=run_id, outcome=UNDER_WAY))
    _written.add(run_id)


def record_run(request: GraphQLRequest, result: RunResult) -> Run | None:
    """Write the row about a run that has just ended, however it ended.

    None where nothing was called now: `result` is that of the same mutation, sent before.
    """
    timeline, run_id = result.timeline, result.run_id
    if timeline is None or run_id is None:
        if run_id in _written:  # the guard stopped it after all
            _written.discard(run_id)
            Run.objects.filter(pk=run_id).delete()
        return None
    shown = result.shown
    run = _row(
        request,
        failure=result.failure,
        pk=run_id,
        at=result.at,
        outcome=request.profile.outcome_now or OK,
        status=timeline.status,
        milliseconds=timeline.total_ms,
        size=shown.size if shown else 0,
        answer_id=shown.stored.pk if shown and shown.stored else None,
    )
    _write(run)
    _written.discard(run_id)
    if run.pk.int % PRUNE_EVERY == 0:
        prune(run.owner_id)
    return run


def record_cut_off_runs() -> None:
    """Write the rows of the runs under way: this process is about to end, and they with it.

    A run that ends after all writes its row again, as it ended. Of a process that is killed
    outright the row is left that was written before the run was sent.
    """
    for run_id, (request, timeline) in list(runs_under_way.items()):
        with ending:
            if run_id not in runs_under_way:
                continue
            milliseconds = timeline.total_ms
            _write(
                _row(
                    request,
                    failure=STOPPED,
                    pk=run_id,
                    outcome=CUT_OFF,
                    milliseconds=milliseconds,
                )
            )
            _written.add(run_id)


def _write(run: Run) -> None:
    """Insert the row, or complete the one that was written before the run ended."""
    if run.pk not in _written:
        run.save(force_insert=True)
        return
    Run.objects.filter(pk=run.pk).update(**{name: getattr(run, name) for name in KNOWN_AT_THE_END})


def _row(request: GraphQLRequest, *, failure: str = "", **known: Any) -> Run:
    """What is known before it is sent, and what is `known` besides."""
    profile, document = request.profile, request.document
    run = Run(
        owner_id=profile.owner_id,
        graphql_url=profile.target.address,
        profile_id=profile.pk,
        profile_name=profile.name,
        role=request.known_role[:100],
        operation=document.title[:200],
        fields=" ".join(document.fields)[:1000],
        is_mutation=document.is_mutation,
        **{"milliseconds": 0.0, "size": 0, **known},
    )
    seal_sent(run, Sent(document.text, request.variables, document.operation_name, failure))
    return run


def prune(owner_id: UUID) -> int:
    """Delete the oldest of all runs past their time, and of the owner's beyond their number.

    Returns how many.
    """
    first = settings.HISTORY_MAX_RUNS
    mine = Run.objects.filter(owner_id=owner_id).values_list("pk", flat=True)
    return delete_expired() + _delete(mine[first : first + MAX_PRUNED])


def delete_expired() -> int:
    """Delete the oldest of all runs past their time; return how many."""
    too_old = timezone.now() - timedelta(days=settings.HISTORY_KEPT_DAYS)
    oldest = Run.objects.filter(at__lt=too_old).order_by("at").values_list("pk", flat=True)
    return _delete(oldest[:MAX_PRUNED])


def _delete(pks: Iterable[UUID]) -> int:
    deleted, _ = Run.objects.filter(pk__in=list(pks)).delete()
    return deleted
