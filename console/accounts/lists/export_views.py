"""Export a list: read it with progress, then download what is shown, or everything."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from console.accounts.lists.exports import FORMS, make_file
from console.accounts.lists.finding import find
from console.accounts.lists.kinds import ListKind
from console.accounts.lists.settings import settings_of, shown_columns
from console.accounts.lists.state import read_state, sent_filters
from console.accounts.lists.walks import Walked, walk_list
from console.calls.failures import page_status
from console.profiles.selection import Selection, of_target
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.screens import go_to, render_screen


@require_safe
@of_target(System.DPAAS)
def export(request: TeammateRequest, selection: Selection, kind: ListKind[Any]) -> HttpResponse:
    """Reads the list, a few seconds at a time, and then offers its files."""
    state = read_state(request.GET, kind)
    walked = _walk(request, selection, kind)
    columns = shown_columns(settings_of(request.user), kind)
    context = {
        "kind": kind,
        "walked": walked,
        "found": find(walked.records, kind, state) if walked else [],
        "columns": columns,
        "is_narrowed": bool(state.q or state.status) or len(columns) < len(kind.columns),
        "forms": [
            {
                "label": form.label,
                "shown_url": selection.url("list_download", kind, name, **state.query),
                "whole_url": selection.url("list_download", kind, name, rows="all", **state.query),
            }
            for name, form in FORMS.items()
        ]
        if selection.target
        else [],
    }
    status = page_status(walked.failure) if walked else selection.status
    return render_screen(request, "lists/export.html", context, status=status)


@require_safe
@of_target(System.DPAAS)
def download(
    request: TeammateRequest, selection: Selection, kind: ListKind[Any], form: str
) -> HttpResponseBase:
    """A file of the rows that were read; back to the page where there are none any more."""
    if form not in FORMS:
        raise Http404
    state = read_state(request.GET, kind)
    walked = _walk(request, selection, kind)
    if walked is None or not walked.is_over or walked.failure:
        return go_to(request, selection.url("list_export", kind, **state.query))
    is_whole = request.GET.get("rows") == "all"
    records = walked.records if is_whole else find(walked.records, kind, state)
    columns = None if is_whole else shown_columns(settings_of(request.user), kind)
    file = make_file(form, records, kind, columns)
    response = StreamingHttpResponse(file.pieces, content_type=FORMS[form].content_type)
    day = timezone.localdate().isoformat()
    name = f"{selection.target} {kind.plural} {day}.{FORMS[form].extension}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Length"] = str(file.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _walk(request: TeammateRequest, selection: Selection, kind: ListKind[Any]) -> Walked | None:
    if selection.profile is None:
        return None
    state = read_state(request.GET, kind)
    return walk_list(selection.profile, kind, sent_filters(state, kind))
