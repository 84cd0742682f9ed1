"""Send a mutation once, however often its confirmed form arrives.

A row is written before anything is sent, under the key that the confirmation carries; the database
takes a key only once. Whoever comes second (a double click, the back button, a second tab) sends
nothing: it waits for the first one's answer, which is kept sealed for an hour, and shows that.
"""

import time
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from console.database.connection import release_connection
from console.graphql.actions import failed_actions
from console.graphql.confirmations import MAX_AGE_SECONDS
from console.graphql.models import MutationRun
from console.graphql.results import show
from console.graphql.services import Order, Outcome, run
from console.graphql.stored import ResultGone, open_result
from console.upstream.dxtra import read_result
from console.upstream.errors import ErrorContext
from console.upstream.network.egress import Response
from console.upstream.systems import System

PATIENCE = 10.0  # seconds that a second request waits for the first one's answer
POLL = 0.1
KEPT = timedelta(seconds=2 * MAX_AGE_SECONDS)  # a confirmation that is still good finds its row


def run_once(order: Order, run_id: UUID) -> Outcome:
    """Send the mutation if `run_id` is new; else say what came of it when it was sent."""
    if not _begin(order, run_id):
        return _told_again(_ended(run_id), order)
    outcome = run(order)
    MutationRun.objects.filter(pk=run_id).update(
        ended_at=timezone.now(),
        failure=outcome.failure[:1000],
        page_status=outcome.page_status,
        result=outcome.shown and outcome.shown.stored,
    )
    return outcome


def _begin(order: Order, run_id: UUID) -> bool:
    """Take the key. False where it is taken."""
    MutationRun.objects.filter(began_at__lt=timezone.now() - KEPT).delete()
    try:
        with transaction.atomic():
            MutationRun.objects.create(pk=run_id, owner_id=order.profile.owner_id)
    except IntegrityError:
        return False
    return True


def _ended(run_id: UUID) -> MutationRun:
    """The run, when it has ended or patience has."""
    give_up_at = time.monotonic() + PATIENCE
    while True:
        earlier = MutationRun.objects.select_related("result").get(pk=run_id)
        if earlier.ended_at or earlier.is_lost or time.monotonic() > give_up_at:
            return earlier
        release_connection()
        time.sleep(POLL)


def _told_again(earlier: MutationRun, order: Order) -> Outcome:
    stored = earlier.result
    if stored is None:
        return Outcome(failure=earlier.failure, page_status=earlier.page_status, earlier=earlier)
    try:
        answer = Response(200, {}, b"".join(open_result(stored)))
    except ResultGone:
        return Outcome(earlier=earlier)
    context = ErrorContext(system=System.DXTRA.label, host="", is_write=True)
    result = read_result(answer, context, role=order.asked_role)
    return Outcome(shown=show(result, failed_actions(result.body), stored), earlier=earlier)
