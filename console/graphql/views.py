"""The GraphQL screen: a document is typed, checked, confirmed if it is a mutation, and run."""

import uuid

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from console.graphql.confirmations import confirmation_for, confirmed_run
from console.graphql.forms import QueryForm
from console.graphql.runs import run_once
from console.graphql.services import GraphQLRequest, RunResult, run
from console.graphql.stored import ResultGone, find_result, open_result
from console.profiles.context_processors import current_profiles_of
from console.team.gate import TeammateRequest
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import render_screen

SCREEN = "graphql/screen.html"
FORM_AND_RESULT = "graphql-work"  # the part to redraw where htmx asked for the result alone
SCROLL_TO_RESULT = "outerHTML show:#graphql-result:top"  # on a narrow screen it is far down


@keeps_draft(QueryForm)
@require_http_methods(["GET", "HEAD", "POST"])
def graphql(request: TeammateRequest) -> HttpResponse:
    profile = current_profiles_of(request)["dxtra"]
    if request.method != "POST":
        draft = take_draft(request) if profile else None
        return render_screen(request, SCREEN, {"form": QueryForm(profile=profile, initial=draft)})
    form = QueryForm(request.POST, profile=profile)
    if not form.is_valid():
        return render_screen(request, SCREEN, {"form": form}, status=422, part=FORM_AND_RESULT)
    graphql_request = form.graphql_request
    if not graphql_request.document.is_mutation:
        return _show(request, form, run(graphql_request))
    confirmation = request.POST.get("confirm", "")
    run_id = confirmed_run(confirmation, graphql_request)
    if run_id is None:
        return _ask(request, form, graphql_request, something_changed=bool(confirmation))
    result = run_once(graphql_request, run_id)
    return _show(request, form, result, confirmation=confirmation)


@require_safe
def graphql_result(request: TeammateRequest, result_id: uuid.UUID) -> StreamingHttpResponse:
    try:
        stored = find_result(request.user, result_id)
        pieces = open_result(stored)
    except ResultGone:
        raise Http404 from None
    response = StreamingHttpResponse(pieces, content_type="application/json")
    response["Content-Disposition"] = content_disposition_header(True, f"{stored.operation}.json")
    response["Content-Length"] = str(stored.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _ask(
    request: TeammateRequest,
    form: QueryForm,
    graphql_request: GraphQLRequest,
    *,
    something_changed: bool,
) -> HttpResponse:
    """Show the mutation, and ask for a confirmation. Nothing is sent."""
    context = {
        "form": form,
        "graphql_request": graphql_request,
        "confirmation": confirmation_for(graphql_request),
        "something_changed": something_changed,
    }
    response = render_screen(request, SCREEN, context)
    response["HX-Reswap"] = SCROLL_TO_RESULT
    return response


def _show(
    request: TeammateRequest, form: QueryForm, result: RunResult, *, confirmation: str = ""
) -> HttpResponse:
    """Show the result; after a first call the form too, since only then the roles are known."""
    part = FORM_AND_RESULT if form.learn_roles() else ""
    context = {"form": form, "result": result, "confirmation": confirmation}
    response = render_screen(request, SCREEN, context, status=result.page_status, part=part)
    response["HX-Reswap"] = SCROLL_TO_RESULT
    return response
