"""The history of runs: its list, one run's page, and what its buttons do."""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from console.graphql.answers.turns import StillBusy
from console.graphql.desk.anchors import RUN
from console.graphql.desk.tabs import open_tab
from console.graphql.documents import DocumentRefused, read_document
from console.graphql.forms import QueryForm
from console.graphql.history.models import Run, Sharing
from console.graphql.history.record import begun, record_run
from console.graphql.history.search import SEARCHED_DOCUMENTS, Filters, find_runs, roles_of
from console.graphql.history.sent import Sent, SentUnreadable, open_sent
from console.graphql.services import run as send
from console.profiles.selection import Selection, of_target
from console.team.gate import TeammateRequest
from console.upstream.json_text import escape_hidden
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.came_from import page_before, takes_a_button
from console.web.drafts import keeps_draft, take_draft
from console.web.paging import page_number, page_of
from console.web.screens import go_to, is_htmx, render_screen, wants_part

UNREADABLE = "What this run sent cannot be decrypted."
NO_PROFILE = "You have no profile for {target}. Add one to open or run this query."
NOT_AS_IT_IS = (
    "Nothing was sent, because this run is no longer valid as it was. Correct it here and run it."
)


@keeps_draft(fields=Filters.__dataclass_fields__)
@has_buttons("Search")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def history(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """The list. Its form is posted: the text looked for may be personal data, and addresses are
    logged and remembered by others."""
    if request.method == "POST":
        typed = request.POST.dict()
    else:
        typed = take_draft(request, is_told=False) or request.GET.dict()
    filters = Filters.read(typed)
    try:
        runs, is_busy = find_runs(request.user, selection.target, filters), False
    except StillBusy:
        runs, is_busy = Run.objects.none(), True
    today = timezone.localdate()
    context = {
        "page": page_of(runs, page_number(typed.get("page", ""))),
        "is_busy": is_busy,
        "filters": filters,
        "today": today,
        "yesterday": today - timedelta(days=1),
        "roles": roles_of(request.user),
        "searched": SEARCHED_DOCUMENTS,
        "days": settings.HISTORY_KEPT_DAYS,
        "max_runs": settings.HISTORY_MAX_RUNS,
    }
    status = 503 if is_busy and not wants_part(request) else 200
    response = render_screen(request, "graphql/history/list.html", context, status=status)
    if request.method == "POST" and is_htmx(request):
        response["HX-Push-Url"] = selection.url("graphql_history", **filters.in_url)
    return response


@require_safe
@of_target(System.DXTRA)
def graphql_run(request: TeammateRequest, selection: Selection, run_id: uuid.UUID) -> HttpResponse:
    """One run: all of it to its owner, what is shared to others with a profile for the target."""
    return _draw_run(request, _find(request, selection, run_id))


def _draw_run(request: TeammateRequest, run: Run, *, status: int = 200) -> HttpResponse:
    sent = _readable_part(request, run)
    context = {
        "run": run,
        "is_mine": run.owner_id == request.user.pk,
        "sent": sent,
        "query": escape_hidden(sent.query) if sent else "",
        "variables": escape_hidden(sent.variables) if sent else "",
        "unreadable": "" if sent else UNREADABLE,
        "link": request.build_absolute_uri(run.get_absolute_url()),
        "sharings": Sharing.choices,
    }
    return render_screen(request, "graphql/history/run.html", context, status=status)


@has_buttons("Star", starred={"0": "Remove the star"})
@takes_a_button
@of_target(System.DXTRA)
def star(request: TeammateRequest, selection: Selection, run_id: uuid.UUID) -> HttpResponse:
    run = _find_mine(request, selection, run_id)
    run.starred = request.POST.get("starred") == "1"
    run.save(update_fields=["starred"])
    if is_htmx(request):
        return render(request, "graphql/history/star.html", {"run": run, "is_part": True})
    return HttpResponseRedirect(page_before(request, run.get_absolute_url()))


@has_buttons("Save")
@takes_a_button
@of_target(System.DXTRA)
def share(request: TeammateRequest, selection: Selection, run_id: uuid.UUID) -> HttpResponse:
    run = _find_mine(request, selection, run_id)
    sharing = request.POST.get("sharing", "")
    if sharing in Sharing.values:
        run.sharing = sharing
        run.save(update_fields=["sharing"])
    return go_to(request, selection.url("graphql_run", run.pk))


@has_buttons("Open in a new tab")
@takes_a_button
@of_target(System.DXTRA)
def reopen(request: TeammateRequest, selection: Selection, run_id: uuid.UUID) -> HttpResponse:
    """Open what a run sent in a tab of the desk. Nothing is sent."""
    run = _find(request, selection, run_id)
    return _open_in_desk(request, selection, run, _readable_part(request, run))


@has_buttons("Run again")
@takes_a_button
@of_target(System.DXTRA)
def run_again(request: TeammateRequest, selection: Selection, run_id: uuid.UUID) -> HttpResponse:
    """Run a query again. A mutation is opened in the desk, which asks for its confirmation."""
    run = _find_mine(request, selection, run_id)
    if selection.change:
        return _draw_run(request, run, status=409)
    sent = _readable_part(request, run)
    form = _form_of(run, sent, selection)
    if run.is_mutation:
        return _open_in_desk(request, selection, run, sent, do="confirm")
    if not form.is_valid():
        if selection.profile:
            messages.warning(request, NOT_AS_IT_IS)
        return _open_in_desk(request, selection, run, sent)
    graphql_request = begun(form.graphql_request)
    new = record_run(graphql_request, send(graphql_request))
    return go_to(request, selection.url("graphql_run", (new or run).pk))


def _find(request: TeammateRequest, selection: Selection, run_id: uuid.UUID) -> Run:
    """A run that the teammate may read. Raises Http404."""
    if selection.target is None:
        raise Http404
    runs = Run.objects.readable_by(
        request.user, target=selection.target, profile=selection.profile
    ).select_related("owner")
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def _find_mine(request: TeammateRequest, selection: Selection, run_id: uuid.UUID) -> Run:
    """A run of the teammate's own. Raises Http404."""
    runs = Run.objects.visible_to(request.user).of_target(selection.target)
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def _readable_part(request: TeammateRequest, run: Run) -> Sent | None:
    """What the teammate may read of what was sent; None where it does not open."""
    try:
        sent = open_sent(run)
    except SentUnreadable:
        return None
    if run.owner_id == request.user.pk:
        return sent
    variables = sent.variables if run.sharing == Sharing.ALL else ""
    return Sent(sent.query, variables, sent.operation_name)


def _form_of(run: Run, sent: Sent | None, selection: Selection) -> QueryForm:
    """The form of the desk, as it was when the run was sent."""
    typed: dict[str, Any] = {"role": run.role}
    if sent:
        typed |= {
            "query": sent.query,
            "variables": sent.variables,
            "operation_name": sent.operation_name,
        }
    return QueryForm(typed, profile=selection.profile)


def _open_in_desk(
    request: TeammateRequest, selection: Selection, run: Run, sent: Sent | None, **query: str
) -> HttpResponse:
    """Open `sent` in a tab of its own; `query`: more for the address of the desk."""
    if sent is None or selection.profile is None:
        trouble = UNREADABLE if selection.profile else NO_PROFILE.format(target=selection.target)
        messages.warning(request, trouble)
        return go_to(request, selection.url("graphql_run", run.pk))
    role = run.role if run.owner_id == request.user.pk else ""
    tab = open_tab(
        request.user,
        selection.profile,
        query=sent.query,
        variables=sent.variables,
        role=role,
        operation_name=_needed_name(sent),
    )
    address = selection.url("graphql", tab=tab.pk, **query)
    return go_to(request, address if query else address + RUN)


def _needed_name(sent: Sent) -> str:
    """The operation's name, if the document has several: else one may rename it while editing."""
    try:
        read_document(sent.query)
    except DocumentRefused:
        return sent.operation_name
    return ""
