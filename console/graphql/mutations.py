"""A mutation is asked for, confirmed, and run once. Every view that may run one comes here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from console.graphql.confirmations import confirmation_for, confirmed_run
from console.graphql.request import GraphQLRequest
from console.graphql.runs import BeforeSending, run_once
from console.graphql.services import RunResult, refused
from console.profiles import guard
from console.profiles.typed_name import TypedNameForm
from console.upstream.errors import TargetNotConfirmed, WriteRefused

# The form of the screen sends the fields of the question too.
PLACE = {"belongs_to": "graphql-form", "enter_presses": "confirm-mutation"}


@dataclass(frozen=True, slots=True)
class Question:
    """What a teammate is asked before a mutation is sent; templates/graphql/confirm.html shows it.

    `confirmation`: what the button sends; `something_changed`: since the question before.
    """

    graphql_request: GraphQLRequest
    confirmation: str
    typed_name_form: TypedNameForm
    something_changed: bool = False

    @property
    def status(self) -> int:
        """The HTTP status of the page that asks."""
        return 422 if self.typed_name_form.errors else 200


def run_or_ask(
    request: GraphQLRequest,
    typed: Mapping[str, str],
    *,
    before_sending: BeforeSending | None = None,
) -> RunResult | Question:
    """Run the mutation if `typed`, what a form sent, confirms it; else return what to ask.

    Nothing is asked where its profile is read-only: the result says so. `before_sending`: see
    run_once().
    """
    confirmation = typed.get("confirm", "")
    run_id = confirmed_run(confirmation, request)
    if run_id is None:
        return _first_question(request, something_changed=bool(confirmation))
    typed_name = typed.get("typed_name", "")
    try:
        if typed.get("unlock") and guard.name_to_type(request.profile):
            guard.unlock(request.profile, typed_name=typed_name)
    except WriteRefused as refusal:
        result = refused(refusal)
    else:
        result = run_once(replace(request, typed_name=typed_name), run_id, before_sending)
    if not isinstance(result.refusal, TargetNotConfirmed):
        return result
    name_to_type = request.profile.target.name
    form = TypedNameForm(typed, name_to_type=name_to_type, **PLACE)
    form.add_refusal(result.failure)
    return Question(request, confirmation, form)


def _first_question(request: GraphQLRequest, *, something_changed: bool) -> RunResult | Question:
    try:
        guard.check_not_read_only(request.profile)
    except WriteRefused as refusal:
        return refused(refusal)
    name_to_type = guard.name_to_type(request.profile)
    form = TypedNameForm(name_to_type=name_to_type, **PLACE)
    return Question(request, confirmation_for(request), form, something_changed)
