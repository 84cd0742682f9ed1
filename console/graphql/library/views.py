"""Saved queries: the list, and the page of one."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from console.graphql.desk.anchors import RUN
from console.graphql.library.contents import ContentLost
from console.graphql.library.finding import content_of, find_own, find_saved
from console.graphql.library.listing import ListQuery, list_reports, list_saved
from console.graphql.library.models import SavedQuery, SavedVersion
from console.graphql.library.opened import open_in_desk
from console.graphql.library.running import CannotRun, request_for, run_query
from console.graphql.library.schema_check import check_saved
from console.graphql.services import RunResult
from console.profiles.selection import Selection, of_target
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.came_from import takes_a_button
from console.web.paging import PAGE_SIZE
from console.web.screens import go_to, render_screen

NOT_OPEN = "This version cannot be decrypted."
SETTINGS = {
    "share": "Share with the team",
    "unshare": "Make it private",
    "pin": "Pin as a report",
    "unpin": "Unpin",
}
NEEDS_QUERY = "Only queries can be reports, not mutations."


@require_safe
@of_target(System.DXTRA)
def saved_list(request: TeammateRequest, selection: Selection) -> HttpResponse:
    if selection.target is None:
        return render_screen(request, "graphql/library/list.html", {})
    listing = list_saved(request.user, selection.target, ListQuery.read(request.GET))
    reports = list_reports(request.user, selection.target, limit=PAGE_SIZE)
    context = {"listing": listing, "reports": reports}
    return render_screen(request, "graphql/library/list.html", context)


@require_safe
@of_target(System.DXTRA)
def saved_check(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """Which saved queries the stored schema breaks."""
    profile, role = selection.profile, request.GET.get("role", "")
    check = check_saved(request.user, profile, role) if profile else None
    context = {"check": check}
    return render_screen(request, "graphql/library/check.html", context, status=selection.status)


@has_buttons("Run")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def saved_query(request: TeammateRequest, selection: Selection, pk: uuid.UUID) -> HttpResponse:
    """The page of one; a POST runs it."""
    saved = find_saved(request, selection, pk)
    if request.method != "POST":
        return _draw(request, saved)
    if selection.change or selection.profile is None:
        return _draw(request, saved, status=409)
    content = content_of(saved)
    if content is None:
        return _draw(request, saved, refusal=NOT_OPEN, status=422)
    try:
        result = run_query(request_for(content, content.variables, selection.profile))
    except CannotRun as refused:
        return _draw(request, saved, refusal=refused.sentence, status=422)
    return _draw(request, saved, result=result, status=result.page_status)


@has_buttons("Open in a tab")
@takes_a_button
@of_target(System.DXTRA)
def saved_open(request: TeammateRequest, selection: Selection, pk: uuid.UUID) -> HttpResponse:
    """Open it in a tab of the desk, to be run with the teammate's own profile."""
    saved = find_saved(request, selection, pk)
    try:
        tab = open_in_desk(request.user, saved, selection.profile)
    except (ContentLost, SavedVersion.DoesNotExist):
        return _draw(request, saved, refusal=NOT_OPEN, status=422)
    return go_to(request, selection.url("graphql", tab=tab.pk) + RUN)


@has_buttons("Save", do=SETTINGS)
@takes_a_button
@of_target(System.DXTRA)
def saved_settings(request: TeammateRequest, selection: Selection, pk: uuid.UUID) -> HttpResponse:
    """Share it with the team or not, pin it as a report or not: `do` says which."""
    saved = find_own(request, selection, pk)
    wanted = request.POST.get("do", "")
    if wanted == "unshare" and saved.owner is None:
        raise Http404  # nobody would see it any more
    if wanted == "pin" and saved.kind != "query":
        return _draw(request, saved, refusal=NEEDS_QUERY, status=422)
    changes = {
        "share": {"is_shared": True},
        "unshare": {"is_shared": False},
        "pin": {"is_report": True},
        "unpin": {"is_report": False},
    }.get(wanted, {})
    if changes:
        SavedQuery.objects.filter(pk=saved.pk).update(**changes)
    return go_to(request, selection.url("graphql_saved_query", saved.pk))


@has_buttons("Delete")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def saved_delete(request: TeammateRequest, selection: Selection, pk: uuid.UUID) -> HttpResponse:
    saved = find_own(request, selection, pk)
    if request.method != "POST":
        return render_screen(request, "graphql/library/delete.html", {"saved": saved})
    saved.delete()
    messages.success(request, f"{saved.name} was deleted.")
    return go_to(request, selection.url("graphql_saved"))


def _draw(
    request: TeammateRequest,
    saved: SavedQuery,
    *,
    result: RunResult | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    address = reverse("graphql_saved_query", args=[saved.target, saved.pk])
    context = {
        "saved": saved,
        "content": content_of(saved),
        "versions": saved.versions.defer("sealed"),
        "is_owner": saved.owner_id == request.user.pk,
        "may_manage": saved.may_manage(request.user),
        "result": result,
        "refusal": refusal,
        "link": request.build_absolute_uri(address),
    }
    return render_screen(request, "graphql/library/query.html", context, status=status)
