"""Run a saved query with a teammate's own profile. Mutations go through the desk, which asks."""

from console.graphql.documents import DocumentRefused, read_document
from console.graphql.forms import known_roles
from console.graphql.history.record import begun, record_run
from console.graphql.library.contents import Content
from console.graphql.request import GraphQLRequest
from console.graphql.schema.fetching import note_errors
from console.graphql.services import RunResult, run
from console.profiles.models import CredentialProfile


class CannotRun(Exception):
    """Nothing was sent; `sentence` says why, for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def request_for(content: Content, variables: str, profile: CredentialProfile) -> GraphQLRequest:
    """The request to send. Raises CannotRun: for a mutation too."""
    try:
        document = read_document(content.query, content.operation_name)
    except DocumentRefused as refused:
        raise CannotRun(refused.sentence) from None
    if document.is_mutation:
        raise CannotRun("This is a mutation. Open it in a tab to run it.")
    roles = known_roles(profile)
    if content.role and roles and content.role not in roles:
        raise CannotRun(
            f"The role {content.role} is not allowed with your profile {profile.name}. "
            f"Allowed roles: {', '.join(roles)}."
        )
    return GraphQLRequest(profile, document, variables, content.role)


def run_query(request: GraphQLRequest) -> RunResult:
    """Send it, and keep it in the history. An error may tell that the schema has changed."""
    request = begun(request)
    result = run(request)
    record_run(request, result)
    if result.shown:
        note_errors(request.profile, result.shown.errors, role=request.role)
    return result
