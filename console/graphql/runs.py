"""Run a mutation once, however often its confirmed form arrives.

The confirmation carries the key of console/calls/send_once.py. A second request with it shows the
answer to the first, which is stored sealed for an hour.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from console.calls.send_once import is_first, wait_for_outcome
from console.graphql.answers.turns import StillBusy, turn
from console.graphql.confirmations import MAX_AGE_SECONDS
from console.graphql.models import MutationRun
from console.graphql.request import GraphQLRequest
from console.graphql.results import first_reading, show_body
from console.graphql.services import RunResult, refusal_of, refused, run
from console.graphql.stored import ResultGone, open_result

MAX_WAIT_SECONDS = 10.0  # that a second request waits for the answer to the first
KEPT = timedelta(seconds=2 * MAX_AGE_SECONDS)  # longer than a confirmation is valid
BeforeSending = Callable[[GraphQLRequest, UUID], object]


def run_once(
    request: GraphQLRequest, run_id: UUID, before_sending: BeforeSending | None = None
) -> RunResult:
    """Send the mutation if `run_id` is new; else return what the earlier run came to.

    One that the profile's guard refuses does not use `run_id` up. `before_sending` is called where
    it is sent now, so that something is left if this process dies while it waits.
    """
    delete_expired()
    refusal = refusal_of(request)
    if refusal and not MutationRun.objects.filter(pk=run_id).exists():
        return refused(refusal)
    if not is_first(MutationRun(pk=run_id, owner_id=request.profile.owner_id)):
        runs = MutationRun.objects.select_related("result")
        earlier = wait_for_outcome(
            run_id, lambda: runs.get(pk=run_id), max_seconds=MAX_WAIT_SECONDS
        )
        return _result_of(earlier, request)
    if before_sending:
        before_sending(request, run_id)
        request = replace(request, run_id=run_id)
    result = run(request)
    MutationRun.objects.filter(pk=run_id).update(
        ended_at=timezone.now(),
        failure=result.own_failure[:1000],
        page_status=result.page_status,
        status=result.shown and result.shown.status,
        result=result.shown and result.shown.stored,
    )
    return replace(result, run_id=run_id) if before_sending else result


def delete_expired() -> None:
    MutationRun.objects.filter(began_at__lt=timezone.now() - KEPT).delete()


def _result_of(earlier: MutationRun, request: GraphQLRequest) -> RunResult:
    stored = earlier.result
    ended = RunResult(
        failure=earlier.failure,
        page_status=earlier.page_status,
        earlier=earlier,
        at=earlier.ended_at or earlier.began_at,
    )
    if stored is None:
        return ended
    try:
        with turn(stored.size, stored.owner_id):
            body = b"".join(open_result(stored))
            status, role = earlier.status or 200, request.known_role
            shown = show_body(body, request.document, status=status, role=role)
            reading = first_reading(stored, body)
    except (ResultGone, StillBusy):
        return ended
    return replace(ended, shown=shown and replace(shown, stored=stored, reading=reading))
