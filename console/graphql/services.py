"""Run a GraphQL document with a credential profile."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.utils import timezone

from console.calls.failures import page_status
from console.calls.services import record_call
from console.graphql.actions import failed_actions
from console.graphql.answers.turns import turn_when_large
from console.graphql.documents import ParsedDocument
from console.graphql.in_flight import cancellable
from console.graphql.models import MutationRun
from console.graphql.request import GraphQLRequest
from console.graphql.results import ShownResult, first_reading, show, show_body
from console.graphql.stored import store_result
from console.graphql.under_way import under_way
from console.profiles.clients import dxtra
from console.profiles.guard import check_write
from console.upstream.dxtra import GraphQLResult
from console.upstream.errors import Cancelled, CancelledUnsent, UpstreamError, WriteRefused
from console.upstream.network.response import LARGE
from console.upstream.timeline import Timeline


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a request ended: with an answer (`shown`), or a sentence that says why not (`failure`),
    beside which `shown` is what came in its place, if that can be shown.

    `earlier`: the run of the same mutation that was sent before, so that nothing was sent now.
    `run_id`: of a mutation, under which the history holds it since before it was sent.
    """

    timeline: Timeline | None = None
    headers: tuple[tuple[str, str], ...] = ()  # of the response, as far as they may be shown
    shown: ShownResult | None = None
    failure: str = ""
    own_failure: str = ""  # the same without the upstream's words, which may quote what was sent
    refusal: WriteRefused | None = None  # our own: nothing was sent, and `failure` is its sentence
    tone: str = "bad"  # of the notice that says `failure`: "info" where the teammate cancelled
    profile_helps: bool = False  # the failure is put right on the profile's page
    page_status: int = 200
    earlier: MutationRun | None = None
    run_id: UUID | None = None  # by which the history records it; None: nothing was called now
    at: datetime = field(default_factory=timezone.now)

    @property
    def is_answer(self) -> bool:
        """Whether it takes the place of the result before it: it holds data, or all went well."""
        if self.shown is None or self.failure:
            return False
        return self.shown.has_data or not self.shown.errors


def run(request: GraphQLRequest) -> RunResult:
    """Send the document once, and record the call. Raises no UpstreamError.

    A mutation leaves only if the profile's guard lets it: this is the one way out for documents.

    Whatever came is stored for its owner, so that nobody asks for it again. A large answer waits
    its turn, compressed, before it is read.
    """
    if refusal := refusal_of(request):
        return refused(refusal)
    with turn_when_large(request.profile.owner_id) as take_turn:
        return _run(request, take_turn)


def _run(request: GraphQLRequest, take_turn: Callable[[], float]) -> RunResult:
    profile, document = request.profile, request.document
    path = urlsplit(profile.graphql_url).path
    call = record_call(profile, operation=document.title, method="POST", path=path)
    shown: ShownResult | None
    try:
        with (
            cancellable(profile.owner_id, request.cancel_key) as cancellation,
            call as timeline,
            under_way(request, timeline) as run_id,
        ):
            upstream = dxtra(profile, timeline, role=request.role, cancellation=cancellation)
            result = upstream.execute(
                document.text,
                request.variables,
                document.operation_name,
                is_mutation=document.is_mutation,
                before_large=lambda: _wait(take_turn, timeline),
            )
            failed = failed_actions(result.data, document.response_keys)
            timeline.outcome = _recorded_outcome(result, failed)
    except UpstreamError as error:
        body = error.body
        status = error.status or 200
        headers = error.headers
        shown = show_body(body, document, status=status, role=request.known_role)
        ended = RunResult(
            timeline,
            headers=headers,
            failure=error.sentence,
            own_failure=_in_own_words(error),
            tone=_tone(error, document),
            profile_helps=error.profile_helps,
            page_status=page_status(error),
            run_id=run_id,
        )
    else:
        body, shown = result.body, show(result, document, failed)
        ended = RunResult(timeline, headers=result.headers, run_id=run_id)
        headers = result.headers
    if shown:
        if len(body) > LARGE:
            take_turn()  # it has it, unless it was an error's
        shown = _stored(shown, request, body, headers)
    return replace(ended, shown=shown)


def _wait(take_turn: Callable[[], float], timeline: Timeline) -> None:
    waited = take_turn()
    if waited >= 1:
        timeline.note("waited for its turn", waited)


def _tone(error: UpstreamError, document: ParsedDocument) -> str:
    if not isinstance(error, Cancelled | CancelledUnsent):
        return "bad"
    in_doubt = document.is_mutation and isinstance(error, Cancelled)
    return "warning" if in_doubt else "info"


def _in_own_words(error: UpstreamError) -> str:
    silent = copy(error)
    silent.upstream_message, silent.details = "", {}
    return silent.sentence


def _stored(
    shown: ShownResult, request: GraphQLRequest, body: bytes, headers: tuple[tuple[str, str], ...]
) -> ShownResult:
    """Store the answer, and read its first page while it is in memory."""
    profile = request.profile
    stored = store_result(
        profile.owner_id,
        graphql_url=profile.graphql_url,
        operation=request.document.title,
        body=body,
        status=shown.status,
        headers=headers,
    )
    return replace(shown, stored=stored, reading=first_reading(stored, body))


def refusal_of(request: GraphQLRequest) -> WriteRefused | None:
    """Why `run` would not send it, if it would not: of mutations alone."""
    if not request.document.is_mutation:
        return None
    try:
        check_write(request.profile, typed_name=request.typed_name)
    except WriteRefused as refusal:
        return refusal
    return None


def refused(refusal: WriteRefused) -> RunResult:
    return RunResult(
        failure=refusal.sentence,
        own_failure=refusal.sentence,
        refusal=refusal,
        profile_helps=refusal.profile_helps,
        page_status=page_status(refusal),
    )


def _recorded_outcome(result: GraphQLResult, failed: tuple[str, ...]) -> str:
    """The outcome for the call record; HTTP 200 is no success if there are errors in the answer."""
    if result.errors or not 200 <= result.status < 300:
        return "graphql_errors"
    return "action_failed" if failed else ""
