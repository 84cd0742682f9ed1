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
class GraphQLRequest:
    """A document to run, with its variables, and whose credential and role it runs with."""

    profile: CredentialProfile  # of CredentialProfile.objects.with_clock()
    document: ParsedDocument
    variables: dict[str, object]
    role: str  # empty: the profile's, or the token's default

    @property
    def sent_role(self) -> str:
        """The role to name in the request; empty for the token's default."""
        return self.role or self.profile.role

    @property
    def displayed_role(self) -> str:
        default = self.profile.identity.get("default_role")
        return self.sent_role or default or "the token's default role"


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a request ended: with an answer (`shown`), or a sentence that says why not (`failure`).

    `earlier`: the run of the same mutation that was sent before, so that nothing was sent now.
    """

    timeline: Timeline | None = None
    shown: ShownResult | None = None
    failure: str = ""
    profile_helps: bool = False  # the failure is put right on the profile's page
    page_status: int = 200
    earlier: MutationRun | None = None


def run(request: GraphQLRequest) -> RunResult:
    """Send the document once, and record the call. Raises no UpstreamError.

    The whole answer is stored if only a part can be shown, and always that of a mutation, which
    cannot be asked for again.
    """
    profile, document = request.profile, request.document
    path = urlsplit(profile.graphql_url).path
    call = record_call(profile, operation=document.title, method="POST", path=path)
    try:
        with call as timeline:
            result = dxtra(profile, timeline, role=request.role).execute(
                document.text,
                request.variables,
                document.operation_name,
                is_mutation=document.is_mutation,
            )
            failed = failed_actions(result.data, document.response_keys)
            timeline.outcome = _recorded_outcome(result, failed)
    except UpstreamError as error:
        return RunResult(
            timeline,
            failure=error.sentence,
            profile_helps=error.profile_helps,
            page_status=page_status(error),
        )
    shown = show(result, failed)
    if shown.is_truncated or document.is_mutation:
        stored = store_result(profile.owner_id, operation=document.title, body=result.body)
        shown = replace(shown, stored=stored)
    return RunResult(timeline, shown)


def _recorded_outcome(result: GraphQLResult, failed: tuple[str, ...]) -> str:
    """The outcome for the call record; HTTP 200 is no success if there are errors in the answer."""
    if result.errors:
        return "graphql_errors"
    return "action_failed" if failed else ""
