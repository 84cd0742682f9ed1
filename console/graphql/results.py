"""What the screen shows of an answer, be it a GraphQL result or what came in its place."""

from dataclasses import dataclass, replace
from uuid import UUID

from console.graphql.actions import failed_actions
from console.graphql.answers.look import Look
from console.graphql.answers.nodes import read_answer
from console.graphql.answers.reading import Reading, Typed, read
from console.graphql.answers.turns import StillBusy, turn
from console.graphql.documents import ParsedDocument
from console.graphql.models import StoredResult
from console.graphql.places import with_places
from console.graphql.stored import ResultGone, find_result, open_outline, open_result
from console.profiles.targets import Target
from console.team.models import User
from console.upstream.dxtra import GraphQLResult, read_result, status_words
from console.upstream.errors import ErrorContext, UpstreamError
from console.upstream.graphql_errors import GraphQLError
from console.upstream.json_text import Flaw
from console.upstream.network.response import Response
from console.upstream.systems import System


@dataclass(frozen=True, slots=True)
class ShownResult:
    """`stored`: the whole, kept for its owner; `reading`: its first page, as it opens;
    `error_count`: None if not counted."""

    size: int  # bytes of the whole, as it came
    status: int = 200
    errors: tuple[GraphQLError, ...] = ()
    error_count: int | None = 0
    failed_actions: tuple[str, ...] = ()  # a sentence each
    has_data: bool = False
    not_utf8: str = ""  # a sentence
    stored: StoredResult | None = None
    reading: Reading | None = None

    @property
    def refusing_status(self) -> str:
        """The HTTP status in words, where it is one of refusal or failure."""
        return "" if 200 <= self.status < 300 else status_words(self.status)

    @property
    def more_errors(self) -> bool:
        """Whether there are more errors than are listed."""
        return self.error_count is None or self.error_count > len(self.errors)


def show(
    result: GraphQLResult, document: ParsedDocument | None = None, failed: tuple[str, ...] = ()
) -> ShownResult:
    """Return what the screen draws of `result`. `failed`: see failed_actions.

    With its `document`, errors are shown at their place in it.
    """
    return ShownResult(
        size=len(result.body),
        status=result.status,
        errors=with_places(result.errors, document) if document else result.errors,
        error_count=result.error_count,
        failed_actions=failed,
        has_data=result.has_data,
        not_utf8=_not_utf8(result.flaw),
    )


def show_body(
    body: bytes, document: ParsedDocument, *, status: int, role: str
) -> ShownResult | None:
    """Return what the screen draws of what came, whatever it is; None if it is empty."""
    result = _result_in(body, status=status, role=role) if body else None
    if result is None:
        return ShownResult(len(body), status) if body else None
    return show(result, document, failed_actions(result.data, document.response_keys))


def show_kept(stored: StoredResult, body: bytes) -> ShownResult:
    """Return what the page of a kept answer shows above it. The document is not kept with it."""
    result = _result_in(body, status=stored.status, role="")
    if result is None:
        return ShownResult(stored.size, stored.status)
    without_role = tuple(replace(error, hint="") for error in result.errors)
    return show(replace(result, errors=without_role))


def find_kept(user: User, result_id: UUID, target: Target | None) -> ShownResult | None:
    """The answer as it was shown when it came, if it is kept and came from `target`."""
    try:
        stored = find_result(user, result_id)
        if stored.target != target:
            return None
        with turn(stored.size, stored.owner_id):
            body = b"".join(open_result(stored))
            shown = show_kept(stored, body)
            return replace(shown, stored=stored, reading=first_reading(stored, body))
    except (ResultGone, StillBusy):
        return None


def first_reading(stored: StoredResult, body: bytes) -> Reading:
    """The answer as it opens: the first table, or the tree."""
    return read(read_answer(body), open_outline(stored), Look(), Typed())


def _result_in(body: bytes, *, status: int, role: str) -> GraphQLResult | None:
    context = ErrorContext(system=System.DXTRA.label, host="", is_write=False)
    try:
        return read_result(Response(status, {}, body), context, role=role)
    except UpstreamError:
        return None


def _not_utf8(flaw: Flaw | None) -> str:
    if flaw is None:
        return ""
    return f"Line {flaw.line}, column {flaw.column}: {flaw.reason}. Such bytes are shown as �."
