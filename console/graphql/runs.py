"""Run a mutation once, however often its confirmed form arrives.

The confirmation carries the key of console/calls/send_once.py. A second request with it shows the
answer to the first, which is stored sealed for an hour.
"""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from console.calls.send_once import is_first, wait_for_outcome
from console.graphql.actions import failed_actions
from console.graphql.confirmations import MAX_AGE_SECONDS
from console.graphql.models import MutationRun
from console.graphql.results import show
from console.graphql.services import GraphQLRequest, RunResult, run
from console.graphql.stored import ResultGone, open_result
from console.upstream.dxtra import read_result
from console.upstream.errors import ErrorContext
from console.upstream.network.egress import Response
from console.upstream.systems import System

MAX_WAIT_SECONDS = 10.0  # that a second request waits for the answer to the first
KEPT = timedelta(seconds=2 * MAX_AGE_SECONDS)  # longer than a confirmation is valid


def run_once(request: GraphQLRequest, run_id: UUID) -> RunResult:
    """Send the mutation if `run_id` is new; else return what the earlier run came to."""
    MutationRun.objects.filter(began_at__lt=timezone.now() - KEPT).delete()
    if not is_first(MutationRun(pk=run_id, owner_id=request.profile.owner_id)):
        runs = MutationRun.objects.select_related("result")
        earlier = wait_for_outcome(lambda: runs.get(pk=run_id), max_seconds=MAX_WAIT_SECONDS)
        return _result_of(earlier, request)
    result = run(request)
    MutationRun.objects.filter(pk=run_id).update(
        ended_at=timezone.now(),
        failure=result.failure[:1000],
        page_status=result.page_status,
        result=result.shown and result.shown.stored,
    )
    return result


def _result_of(earlier: MutationRun, request: GraphQLRequest) -> RunResult:
    stored = earlier.result
    if stored is None:
        return RunResult(failure=earlier.failure, page_status=earlier.page_status, earlier=earlier)
    try:
        answer = Response(200, {}, b"".join(open_result(stored)))
    except ResultGone:
        return RunResult(earlier=earlier)
    context = ErrorContext(system=System.DXTRA.label, host="", is_write=True)
    result = read_result(answer, context, role=request.sent_role)
    failed = failed_actions(result.data, request.document.response_keys)
    return RunResult(shown=show(result, failed, stored), earlier=earlier)
