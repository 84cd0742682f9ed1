"""The lists of one organization: accounts, users, service accounts, groups."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_safe

from console.accounts.lists import saved_views, settings
from console.accounts.lists.forms import ViewForm
from console.accounts.lists.kinds import ListKind
from console.accounts.lists.listing import Listing, read_list
from console.accounts.lists.models import ListSettings, SavedView
from console.accounts.lists.state import ListState, read_state
from console.calls.failures import page_status
from console.profiles.selection import Selection, of_target
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen
from console.web.templatetags.tables import RowLinks

FORM = "list-form"  # its id: the address that it makes has no empty fields


def list_screen(
    kind: ListKind[Any],
    *,
    template: str = "lists/list.html",
    more: Callable[[TeammateRequest, Selection], dict[str, Any]] | None = None,
) -> Callable[..., HttpResponseBase]:
    """The view of a list. `more`: what its template needs beside the list."""

    @require_safe
    @of_target(System.DPAAS)
    def view(request: TeammateRequest, selection: Selection) -> HttpResponse:
        context = more(request, selection) if more else {}
        state = read_state(request.GET, kind)
        liked = settings.settings_of(request.user)
        profile, listing = selection.profile, None
        if profile is not None:
            listing = read_list(profile, kind, state)
            settings.note_answer(request.user, liked, profile, listing)
        context |= list_context(request, selection, kind, state, listing, liked)
        status = page_status(listing.failure) if listing else selection.status
        response = render_screen(request, template, context, status=status)
        if status == 200 and request.headers.get("HX-Trigger") == FORM:
            response["HX-Push-Url"] = selection.url(kind.screen, **state.query)
        return response

    return view


def list_context(
    request: TeammateRequest,
    selection: Selection,
    kind: ListKind[Any],
    state: ListState,
    listing: Listing | None,
    liked: ListSettings,
) -> dict[str, Any]:
    """What lists/body.html shows."""
    target = selection.target
    return {
        "result": listing,
        "kind": kind,
        "kinds": settings.offered_kinds(liked, selection.profile),
        "table": state,
        "columns": settings.shown_columns(liked, kind),
        "is_dense": liked.is_dense,
        "columns_url": selection.url("list_columns", kind, **state.query) if target else "",
        "views_url": selection.url("list_views", kind, **state.query) if target else "",
        "export_url": selection.url("list_export", kind, **state.query) if target else "",
        "links": row_links(selection) if kind.has_page and target else None,
    }


@keeps_draft(fields=("density", "query"), lists=("column",))
@has_buttons("Apply")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def list_columns(
    request: TeammateRequest, selection: Selection, kind: ListKind[Any]
) -> HttpResponse:
    """Choose which columns a list shows, and how dense it is."""
    if selection.target is None:
        return go_to(request, kind.screen)
    if request.method == "POST":
        fields, is_dense = request.POST.getlist("column"), request.POST.get("density") == "dense"
        settings.choose_columns(request.user, kind, fields, is_dense=is_dense)
        return go_to(request, _list_url(selection, kind, _posted(request)))
    liked, query = settings.settings_of(request.user), request.GET
    if typed := take_draft(request):
        columns = {**liked.columns, kind.screen: typed["column"]}
        liked = ListSettings(columns=columns, is_dense=typed.get("density") == "dense")
        query = QueryDict(typed.get("query", ""))
    context = {
        "kind": kind,
        "columns": settings.shown_columns(liked, kind),
        "is_dense": liked.is_dense,
        "query": urlencode(read_state(query, kind).query),
    }
    return render_screen(request, "lists/columns.html", context)


@keeps_draft(ViewForm, fields=("query",))
@has_buttons("Save view")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def list_views(request: TeammateRequest, selection: Selection, kind: ListKind[Any]) -> HttpResponse:
    """The saved views of a list; a POST saves what the list shows under a name."""
    if selection.target is None:
        return go_to(request, kind.screen)
    if request.method == "POST":
        query, form = _posted(request), ViewForm(request.POST)
    else:
        typed = take_draft(request)
        query = QueryDict(typed.get("query", "")) if typed else request.GET
        form = ViewForm(initial=typed)
    if request.method == "POST" and form.is_valid():
        name, state = form.cleaned_data["name"], read_state(query, kind)
        try:
            saved_views.save_view(
                request.user, selection.target, kind, name=name, query=urlencode(state.query)
            )
        except saved_views.ViewRefused as refused:
            form.add_error("name", refused.sentence)
        else:
            messages.success(request, f"Saved the view “{name}”.")
            return go_to(request, _list_url(selection, kind, query))
    context = {
        "kind": kind,
        "form": form,
        "views": saved_views.views_of(request.user, selection.target, kind),
        "query": urlencode(read_state(query, kind).query),
    }
    status = 422 if form.errors else 200
    return render_screen(request, "lists/views.html", context, status=status)


@has_buttons("Delete view")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def list_view(
    request: TeammateRequest, selection: Selection, kind: ListKind[Any], pk: Any
) -> HttpResponse:
    """The link of a saved view; a POST deletes it."""
    if selection.target is None:
        raise Http404
    mine = SavedView.objects.visible_to(request.user)
    view = get_object_or_404(mine, pk=pk, target=selection.target.slug, screen=kind.screen)
    if request.method == "POST":
        view.delete()
        messages.success(request, f"Deleted the view “{view.name}”.")
        return go_to(request, _list_url(selection, kind, _posted(request)))
    query = QueryDict(saved_views.query_of(view)).dict()
    return go_to(request, selection.url(kind.screen, **query))


def row_links(selection: Selection) -> RowLinks:
    before, after = selection.url("account", "ID").split("ID")
    return RowLinks(before, after)


def _list_url(selection: Selection, kind: ListKind[Any], query: QueryDict) -> str:
    return selection.url(kind.screen, **read_state(query, kind).query)


def _posted(request: TeammateRequest) -> QueryDict:
    """The query string of the list that a form was sent from."""
    return QueryDict(request.POST.get("query", ""))
