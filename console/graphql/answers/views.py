"""The page of one kept answer, its parts and its downloads, for its owner."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from console.graphql.answers.exports import csv_file, xlsx_file
from console.graphql.answers.look import Look
from console.graphql.answers.nodes import NoSuchNode
from console.graphql.answers.reading import Reading, Typed, read, table_of
from console.graphql.answers.search import MAX_TERM
from console.graphql.answers.tree import branch_at, closed_branch
from console.graphql.answers.turns import StillBusy, turn
from console.graphql.models import StoredResult
from console.graphql.results import show_kept
from console.graphql.stored import (
    ResultGone,
    find_result,
    open_answer,
    open_outline,
    open_result,
    open_typed,
    seal_typed,
)
from console.profiles.selection import Selection, select_for_page
from console.profiles.targets import Target
from console.spreadsheets.writing import TooManyRows
from console.team.gate import TeammateRequest
from console.web.buttons import has_buttons
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen, wants_part

PAGE, PART, BRANCH = (f"graphql/answers/{name}.html" for name in ("page", "view", "branch"))
BUSY_PAGE, BUSY_PART = (f"graphql/answers/{name}.html" for name in ("busy_page", "busy"))
TOO_MANY_ROWS = (
    "This list has more rows than Excel can hold (1,048,575). Filter it or download CSV."
)
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8", "xlsx": XLSX_TYPE}


@keeps_draft(fields=("find", "filter", "within", "shown_at", "at"), lists=("columns",))
@has_buttons("Apply", find="Find")
@require_http_methods(["GET", "HEAD", "POST"])
def graphql_result(request: TeammateRequest, target: Target, result_id: uuid.UUID) -> HttpResponse:
    selection = _select(request, target)
    with _kept(request, target, result_id) as stored:
        look = Look.of(request.GET)
        typed: dict[str, Any] | None
        if request.method == "POST":
            typed = request.POST.dict() | {"columns": request.POST.getlist("columns")}
        else:
            typed = take_draft(request, is_told=False)
        if typed is not None:
            asked = _typed_into(look, typed, stored).query(**selection.query)
            return HttpResponseRedirect(_address(stored) + asked)
        try:
            with turn(stored.size, stored.owner_id):
                return _draw(request, stored, look)
        except StillBusy:
            return _busy(request, stored, look)


@require_safe
def graphql_branch(request: TeammateRequest, target: Target, result_id: uuid.UUID) -> HttpResponse:
    """One branch of the tree, open or closed, for htmx to put in its place."""
    _select(request, target)
    look = Look.of(request.GET)
    with _kept(request, target, result_id) as stored:
        try:
            with turn(stored.size, stored.owner_id):
                node = open_answer(stored).node(look.at)
                is_closed = request.GET.get("closed") == "1"
                branch = closed_branch(node) if is_closed else branch_at(node, look.page)
                reading = Reading(look, Typed(), open_outline(stored), branch=branch)
                return render_screen(request, BRANCH, _context(request, stored, reading))
        except StillBusy:
            return _busy(request, stored, look)


@require_safe
def graphql_download(
    request: TeammateRequest, target: Target, result_id: uuid.UUID
) -> HttpResponse | StreamingHttpResponse:
    """`format`: "json" (as it came), "csv" (`bom=1` with its mark) or "xlsx": of the table that is
    looked at, with its filter, order and columns; or with `whole=1` without them."""
    kind = request.GET.get("format", "json")
    if kind not in TYPES:
        raise Http404
    with _kept(request, target, result_id) as stored:
        look = Look.of(request.GET)
        if kind == "json":
            return _file(stored, kind, open_result(stored), stored.size)
        if request.GET.get("whole") == "1":
            look = Look(at=look.at)
        try:
            with turn(stored.size, stored.owner_id):
                typed, outline = _opened(stored, look), open_outline(stored)
                table = table_of(open_answer(stored), outline, look, typed)
                with_bom = request.GET.get("bom") == "1"
                made = csv_file(table, with_bom=with_bom) if kind == "csv" else xlsx_file(table)
        except StillBusy:
            return _busy(request, stored, look)
        except TooManyRows:
            select_for_page(request, target, named=request.GET.get("profile", ""))
            return _draw(request, stored, look, refusal=TOO_MANY_ROWS, status=422)
        return _file(stored, kind, made.pieces, made.size)


@require_safe
def find_result_page(request: TeammateRequest, result_id: uuid.UUID) -> HttpResponse:
    """The address of a result as it was before addresses named their target."""
    try:
        stored = find_result(request.user, result_id)
    except ResultGone:
        raise Http404 from None
    return go_to(request, "graphql_result", stored.target, result_id)


def _select(request: TeammateRequest, target: Target) -> Selection:
    return select_for_page(request, target, named=request.GET.get("profile", ""))


@contextmanager
def _kept(request: TeammateRequest, target: Target, result_id: uuid.UUID) -> Iterator[StoredResult]:
    """The teammate's own answer. What is not there, or not within it, is a 404."""
    try:
        stored = find_result(request.user, result_id)
        if stored.target != target:
            raise Http404
        yield stored
    except (ResultGone, NoSuchNode):
        raise Http404 from None


def _draw(
    request: HttpRequest, stored: StoredResult, look: Look, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """Drawn within its turn, as what is shown refers to the whole answer."""
    answer, is_part = open_answer(stored), wants_part(request)
    reading = read(answer, open_outline(stored), look, _opened(stored, look))
    context = _context(request, stored, reading)
    if not is_part:
        context |= {"shown": show_kept(stored, answer.body), "refusal": refusal}
    return render_screen(request, PART if is_part else PAGE, context, status=status)


def _context(request: HttpRequest, stored: StoredResult, reading: Reading) -> dict[str, Any]:
    return {"stored": stored, "reading": reading, "on_page": _is_on_page(request, stored)}


def _opened(stored: StoredResult, look: Look) -> Typed:
    return Typed(*(open_typed(stored, sealed) for sealed in (look.filter, look.find)))


def _typed_into(look: Look, typed: Mapping[str, Any], stored: StoredResult) -> Look:
    """The look that a form asks for: what is typed is sealed before it is put into an address."""
    if "find" in typed:
        find = typed["find"].strip()[:MAX_TERM]
        return look.changed(find=seal_typed(stored, find) if find else "", view="", hit=1, page=1)
    changed = Look.of({**typed, "columns": ",".join(typed["columns"])})
    if typed.get("shown_at") != changed.at:
        return look.fresh(view="table", at=changed.at)
    rows = typed.get("filter", "").strip()[:MAX_TERM]
    return look.changed(
        at=changed.at,
        within=changed.within,
        columns=changed.columns,
        filter=seal_typed(stored, rows) if rows else "",
        find="",
        view="table",
        page=1,
    )


def _is_on_page(request: HttpRequest, stored: StoredResult) -> bool:
    """Whether the part stands on the page of its answer, whose address follows what it shows."""
    htmx = getattr(request, "htmx", None)
    if not htmx or not wants_part(request):
        return True
    page = reverse("graphql_result", args=[stored.target, stored.pk])
    return urlsplit(htmx.current_url or "").path == page


def _busy(request: HttpRequest, stored: StoredResult, look: Look) -> HttpResponse:
    """Says that others are read first; the part asks again by itself."""
    is_part = wants_part(request)
    context = {"stored": stored, "again": f"{request.path}?{request.GET.urlencode()}"}
    status = 200 if is_part else 503
    response = render_screen(request, BUSY_PART if is_part else BUSY_PAGE, context, status=status)
    response["Retry-After"] = "2"
    return response


def _address(stored: StoredResult) -> str:
    return reverse("graphql_result", args=[stored.target, stored.pk])


def _file(
    stored: StoredResult, kind: str, pieces: Iterator[bytes], size: int
) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=TYPES[kind])
    name = f"{stored.operation}.{kind}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Length"] = str(size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
