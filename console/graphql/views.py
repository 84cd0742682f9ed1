"""The Dxtra screen: a document is typed, checked, confirmed where it writes, and run."""

import uuid

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from console.graphql.confirmations import confirmation_for, confirmed_run
from console.graphql.forms import QueryForm
from console.graphql.runs import run_once
from console.graphql.services import Order, Outcome, run
from console.graphql.stored import ResultGone, find_result, open_result
from console.profiles.context_processors import current_profiles_of
from console.team.gate import TeammateRequest
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import render_screen

SCREEN = "graphql/screen.html"
WORK = "graphql-work"  # the part that holds the form and the result; the target is the result
BRING_INTO_SIGHT = "outerHTML show:#graphql-result:top"  # on a narrow screen it is far down


@keeps_draft(QueryForm)
@require_http_methods(["GET", "HEAD", "POST"])
def graphql(request: TeammateRequest) -> HttpResponse:
    profile = current_profiles_of(request)["dxtra"]
    if request.method != "POST":
        draft = take_draft(request) if profile else None
        return render_screen(request, SCREEN, {"form": QueryForm(profile=profile, initial=draft)})
    form = QueryForm(request.POST, profile=profile)
    if not form.is_valid():
        return render_screen(request, SCREEN, {"form": form}, status=422, part=WORK)
    order, confirmation = form.order, request.POST.get("confirm", "")
    if not order.document.is_mutation:
        return _show(request, form, run(order))
    run_id = confirmed_run(confirmation, order)
    if run_id is None:
        return _ask(request, form, order, something_changed=bool(confirmation))
    return _show(request, form, run_once(order, run_id), confirmation=confirmation)


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
    request: TeammateRequest, form: QueryForm, order: Order, *, something_changed: bool
) -> HttpResponse:
    """Name the mutation, and ask whether it shall run. Nothing is sent."""
    context = {
        "form": form,
        "order": order,
        "confirmation": confirmation_for(order),
        "something_changed": something_changed,
    }
    response = render_screen(request, SCREEN, context)
    response["HX-Reswap"] = BRING_INTO_SIGHT
    return response


def _show(
    request: TeammateRequest, form: QueryForm, outcome: Outcome, *, confirmation: str = ""
) -> HttpResponse:
    """Draw what came. After a first call the form is drawn too: only now the roles are known."""
    part = WORK if form.learn_roles() else ""
    context = {"form": form, "outcome": outcome, "confirmation": confirmation}
    response = render_screen(request, SCREEN, context, status=outcome.page_status, part=part)
    response["HX-Reswap"] = BRING_INTO_SIGHT
    return response
