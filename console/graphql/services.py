"""Run a GraphQL document with a credential profile."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from console.calls.failures import page_status
from console.calls.services import record_call
from console.graphql.actions import failed_actions
from console.graphql.documents import ParsedDocument
from console.graphql.models import MutationRun
from console.graphql.results import ShownResult, show
from console.graphql.stored import store_result
from console.profiles.clients import dxtra
from console.profiles.models import CredentialProfile
from console.upstream.dxtra import GraphQLResult
from console.upstream.errors import UpstreamError
from console.upstream.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Order:
    """What shall run, as whom."""

    profile: CredentialProfile  # read with its clock
    document: ParsedDocument
    variables: dict[str, object]
    role: str  # empty: the profile's, or the token's default

    @property
    def asked_role(self) -> str:
        """The role that goes along; empty where the token's default is to count."""
        return self.role or self.profile.role

    @property
    def named_role(self) -> str:
        """The role for display."""
        default = self.profile.identity.get("default_role")
        return self.asked_role or default or "the token's default role"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: with a result (`shown`), or with a sentence that says why not (`failure`).

    `earlier`: nothing was sent, because this mutation had been; what it came to, as far as known.
    """

    timeline: Timeline | None = None
    shown: ShownResult | None = None
    failure: str = ""
    profile_helps: bool = False  # the way on after the failure is on the profile's own page
    page_status: int = 200
    earlier: MutationRun | None = None


def run(order: Order) -> Outcome:
    """Send the document once, and record the call. Raises nothing of the upstream's.

    The whole answer is kept where only a part can be shown, and that of a mutation always: there
    is no second way to it.
    """
    profile, document = order.profile, order.document
    path = urlsplit(profile.graphql_url).path
    call = record_call(profile, operation=document.title, method="POST", path=path)
    try:
        with call as timeline:
            result = dxtra(profile, timeline, role=order.role).execute(
                document.text,
                order.variables,
                document.operation_name,
                is_mutation=document.is_mutation,
            )
            failed = failed_actions(result.body)
            timeline.outcome = _outcome_word(result, failed)
    except UpstreamError as error:
        return Outcome(
            timeline,
            failure=error.sentence,
            profile_helps=error.profile_helps,
            page_status=page_status(error),
        )
    shown = show(result, failed)
    if shown.is_cut or document.is_mutation:
        stored = store_result(profile.owner_id, operation=document.title, body=result.body)
        shown = replace(shown, stored=stored)
    return Outcome(timeline, shown)


def _outcome_word(result: GraphQLResult, failed: tuple[str, ...]) -> str:
    """HTTP 200 is no success where the answer holds errors, or an action that failed."""
    if result.errors:
        return "graphql_errors"
    return "action_failed" if failed else ""
