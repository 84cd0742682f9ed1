"""The GraphQL desk: a text is typed in a tab, checked, confirmed if it is a mutation, and run."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from console.graphql.desk import tabs
from console.graphql.desk.anchors import TAB
from console.graphql.desk.bar import Desk
from console.graphql.desk.models import Tab
from console.graphql.desk.tabs import ChangedElsewhere, Draft, DraftTooLarge, DraftUnreadable
from console.graphql.forms import SEED_QUERY, WINDOW, QueryForm, unix_lines
from console.graphql.history.record import begin_run, begun, record_run
from console.graphql.in_flight import cancel, read_cancel_key
from console.graphql.mutations import Question, run_or_ask
from console.graphql.prettify import HasComments, prettified
from console.graphql.schema.fetching import note_errors
from console.graphql.services import RunResult, run
from console.profiles.selection import Selection, of_target, selection_of
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.came_from import takes_a_button
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen

SCREEN = "graphql/screen.html"
FORM_AND_RESULT = "graphql-work"  # the part to redraw where htmx asked for the result alone
SCROLL_TO_RESULT = "outerHTML show:#graphql-result:top"  # on a narrow screen it is far down
NEW = "new"  # `?tab=new`: an empty tab
CONFIRM = "confirm"  # `?tab=…&do=confirm`: ask at once about the mutation that stands in the tab
TOO_LARGE = "This is too long to be saved as a draft. Shorten it."
UNREADABLE = "The text of this tab cannot be decrypted."


@keeps_draft(QueryForm)
@has_buttons("Run", do={"prettify": "Prettify", "cancel": "Cancel"}, confirm="Run the mutation")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def graphql(request: TeammateRequest, selection: Selection) -> HttpResponse:
    if request.method != "POST":
        initial = _initial(request, selection)
        if request.GET.get("do") == CONFIRM:
            form = QueryForm(initial, profile=selection.profile)
            if form.is_valid() and form.graphql_request.document.is_mutation:
                return _run_mutation(request, form)
        form = QueryForm(profile=selection.profile, initial=initial)
        if request.GET.get("tab") == NEW:
            form.fields["query"].widget.attrs["autofocus"] = True
        return _draw(request, form, status=selection.status)
    form = QueryForm(request.POST, profile=selection.profile)
    is_valid = form.is_valid()
    conflict = "" if selection.change else _save(request, form, selection)
    if request.POST.get("do") == "prettify":
        return _prettify(request, form, conflict)
    if selection.change:
        return _draw(request, form, status=409)  # with its reason in place of a result
    if request.POST.get("do") == "cancel":  # a run that is under way, or the question
        if key := read_cancel_key(request.POST.get("cancel_key", "")):
            cancel(request.user.pk, key)
        return _draw(request, form, status=200, conflict=conflict)
    if not is_valid:
        return _draw(request, form, status=422, conflict=conflict)
    graphql_request = form.graphql_request
    if not graphql_request.document.is_mutation:
        return _show(request, form, run(begun(graphql_request)), conflict=conflict)
    return _run_mutation(request, form, conflict=conflict)


@has_buttons("Saving your draft", overwrite="Keep my text")
@takes_a_button
@of_target(System.DXTRA)
def tab_draft(request: TeammateRequest, selection: Selection, tab_id: uuid.UUID) -> HttpResponse:
    """Save what stands in a tab: as one types (JSON), or by a button (`overwrite`)."""
    form = QueryForm(request.POST, profile=selection.profile)
    form.is_valid()
    asks_json = "application/json" in request.headers.get("Accept", "")
    if selection.profile is None or form.cleaned_data.get("tab") != tab_id:
        raise Http404
    try:
        version = _save_draft(request, form, selection, overwrite="overwrite" in request.POST)
    except Tab.DoesNotExist:
        raise Http404 from None
    except DraftTooLarge:
        sentence, status = TOO_LARGE, 413
    except ChangedElsewhere as changed:
        sentence, status = _told(changed.tab), 409
    else:
        if asks_json:
            return JsonResponse({"version": version, "name": str(_own(request, tab_id))})
        return go_to(request, _desk_url(selection, tab_id))
    if asks_json:
        return JsonResponse({"message": sentence}, status=status)
    form.add_error(None, sentence)
    return _draw(request, form, status=status)


@has_buttons("Close tab")
@takes_a_button
@of_target(System.DXTRA)
def tab_close(request: TeammateRequest, selection: Selection, tab_id: uuid.UUID) -> HttpResponse:
    tab = _own(request, tab_id)
    tabs.close(tab)
    left = [other for other in tabs.tabs_of(request.user) if other.target == selection.target]
    messages.success(request, f"“{tab}” was closed. Reopen it from “Closed tabs”.")
    return go_to(request, _desk_url(selection, left[-1].pk if left else None) + TAB)


@has_buttons("Reopen tab")
@takes_a_button
@of_target(System.DXTRA)
def tab_reopen(request: TeammateRequest, selection: Selection, tab_id: uuid.UUID) -> HttpResponse:
    tabs.reopen(_own(request, tab_id))
    return go_to(request, _desk_url(selection, tab_id) + TAB)


@has_buttons("Rename")
@takes_a_button
@of_target(System.DXTRA)
def tab_rename(request: TeammateRequest, selection: Selection, tab_id: uuid.UUID) -> HttpResponse:
    if not Tab.objects.filter(pk=tab_id).exists() and selection.profile:  # nothing typed in it yet
        window = request.POST.get("window", "")
        window = window if WINDOW.fullmatch(window) else ""
        draft = Draft(SEED_QUERY)
        tabs.save_draft(
            request.user, tab_id, draft, profile=selection.profile, version=0, window=window
        )
    tabs.rename(_own(request, tab_id), request.POST.get("name", ""))
    return go_to(request, _desk_url(selection, tab_id) + TAB)


def _run_mutation(request: TeammateRequest, form: QueryForm, *, conflict: str = "") -> HttpResponse:
    outcome = run_or_ask(form.graphql_request, request.POST, before_sending=begin_run)
    if isinstance(outcome, Question):
        return _ask(request, form, outcome, conflict=conflict)
    confirmation = request.POST.get("confirm", "")
    return _show(request, form, outcome, confirmation=confirmation, conflict=conflict)


def _initial(request: TeammateRequest, selection: Selection) -> dict[str, Any]:
    """What stands in the form: what came back after expiry, the tab, or a new one."""
    fresh = {"tab": uuid.uuid4(), "version": 0, "window": uuid.uuid4().hex, "save_number": 0}
    back = take_draft(request) if selection.profile else None
    if back:
        return {**fresh, **back}
    tab = _tab_to_show(request, selection)
    if tab is None:
        return fresh
    stored = {**fresh, "tab": tab.pk, "version": tab.version}
    try:
        draft = tabs.read_draft(tab)
    except DraftUnreadable:
        messages.error(request, UNREADABLE)
        return stored
    return {
        **stored,
        "query": draft.query,
        "variables": draft.variables,
        "role": draft.role,
        "operation_name": draft.operation_name,
    }


def _tab_to_show(request: TeammateRequest, selection: Selection) -> Tab | None:
    """The tab that the address names; without a name the target's last one; None for a new one."""
    named = request.GET.get("tab", "")
    if named == NEW or selection.profile is None:
        return None
    if not named:
        mine = Tab.objects.visible_to(request.user).open()
        here = mine.filter(graphql_url=selection.profile.graphql_url)
        return here.order_by("-updated_at").first()
    try:
        return _own(request, uuid.UUID(named))
    except ValueError:
        raise Http404 from None


def _own(request: TeammateRequest, tab_id: uuid.UUID) -> Tab:
    tab = Tab.objects.visible_to(request.user).filter(pk=tab_id).first()
    if tab is None:
        raise Http404
    return tab


def _save(request: TeammateRequest, form: QueryForm, selection: Selection) -> str:
    """Keep the draft of a form that was sent; how another window has changed it, else empty."""
    if selection.profile is None or not form.cleaned_data.get("tab"):
        return ""
    try:
        version = _save_draft(request, form, selection)
    except Tab.DoesNotExist:
        raise Http404 from None
    except DraftTooLarge:  # no other version is there to choose
        form.add_error(None, TOO_LARGE)
        return ""
    except ChangedElsewhere as changed:
        return _told(changed.tab)
    form.data = {**dict(form.data.items()), "version": version}
    return ""


def _save_draft(
    request: TeammateRequest, form: QueryForm, selection: Selection, *, overwrite: bool = False
) -> int:
    if selection.profile is None:
        raise AssertionError("a draft is kept for a profile")
    where = form.cleaned_data
    typed = form.data  # as it stands in the fields, whether or not it could be run
    draft = Draft(
        query=unix_lines(typed.get("query", "")),
        variables=unix_lines(typed.get("variables", "")),
        role=typed.get("role", ""),
        operation_name=typed.get("operation_name", ""),
    )
    return tabs.save_draft(
        request.user,
        where["tab"],
        draft,
        profile=selection.profile,
        version=where.get("version") or 0,
        window=where.get("window") or "",
        save_number=where.get("save_number") or 0,
        overwrite=overwrite,
    )


def _told(tab: Tab) -> str:
    what = "closed" if tab.closed_at else "changed"
    at = tab.closed_at or tab.updated_at
    return f"This tab was {what} in another window at {at:%H:%M:%S} UTC. Your text was not saved."


def _desk_url(selection: Selection, tab_id: uuid.UUID | None = None) -> str:
    return selection.url("graphql", tab=tab_id) if tab_id else selection.url("graphql")


def _prettify(request: TeammateRequest, form: QueryForm, conflict: str) -> HttpResponse:
    """Without JavaScript: the same text, well formatted. Nothing is sent."""
    try:
        form.data = {**dict(form.data.items()), "query": prettified(form.data.get("query", ""))}
    except HasComments:
        form.add_error(
            "query", "Formatting would remove the comments in this query. Remove them first."
        )
    return _draw(request, form, status=200 if not form.errors else 422, conflict=conflict)


def _draw(
    request: TeammateRequest, form: QueryForm, *, status: int, conflict: str = "", **context: Any
) -> HttpResponse:
    """Show the form; to htmx too, which asked for a result (or the tabs). Nothing is sent."""
    context = {**_context(request, form, conflict), **context}
    part = FORM_AND_RESULT if request.method == "POST" else ""
    response = render_screen(request, SCREEN, context, status=status, part=part)
    if status == 409:
        response["HX-Reswap"] = SCROLL_TO_RESULT  # where the reason stands
    return response


def _context(request: TeammateRequest, form: QueryForm, conflict: str = "") -> dict[str, Any]:
    form.cancel_key_of_next_run()
    return {
        "form": form,
        "desk": Desk(request.user, selection_of(request) or Selection(System.DXTRA), form),
        "conflict": conflict,
    }


def _ask(
    request: TeammateRequest,
    form: QueryForm,
    question: Question,
    *,
    conflict: str,
) -> HttpResponse:
    """Show the mutation, and ask for a confirmation. Nothing is sent."""
    context = {**_context(request, form, conflict), "question": question}
    response = render_screen(request, SCREEN, context, status=question.status)
    response["HX-Reswap"] = SCROLL_TO_RESULT
    return response


def _show(
    request: TeammateRequest,
    form: QueryForm,
    result: RunResult,
    *,
    confirmation: str = "",
    conflict: str,
) -> HttpResponse:
    """Show the result; after a first call the form too, since only then the roles are known."""
    record_run(form.graphql_request, result)
    tab_id = form.cleaned_data.get("tab")
    if form.profile and result.shown:
        note_errors(form.profile, result.shown.errors, role=form.cleaned_data.get("role", ""))
    if tab_id and result.shown and result.is_answer:
        tabs.note_result(tab_id, request.user, result.shown.stored)
    part = FORM_AND_RESULT if form.learn_roles() else ""
    context = {
        **_context(request, form, conflict),
        "result": result,
        "confirmation": confirmation,
    }
    response = render_screen(request, SCREEN, context, status=result.page_status, part=part)
    response["HX-Reswap"] = SCROLL_TO_RESULT
    return response
