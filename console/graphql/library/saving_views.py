"""Save a query, from the desk or from its own page; its versions.

The form names the version that it was opened with. Where somebody has saved since, nothing is
written: the teammate sees both texts and chooses.
"""

import uuid
from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from console.graphql.desk.anchors import SAVE
from console.graphql.desk.tabs import ChangedElsewhere
from console.graphql.documents import DocumentRefused, read_document
from console.graphql.forms import QueryForm
from console.graphql.library.contents import Content, ContentLost, open_content
from console.graphql.library.differences import differences
from console.graphql.library.finding import content_of, find_number, find_saved, form_version
from console.graphql.library.forms import NewSaveForm, SaveForm
from console.graphql.library.models import SavedQuery
from console.graphql.library.opened import (
    draft_in,
    hold_in_tab,
    keep_draft,
    opened_in,
    own_tab,
    text_state,
)
from console.graphql.library.saving import (
    SavedMeanwhile,
    SaveRefused,
    restore,
    save_new,
    save_version,
)
from console.profiles.selection import Selection, of_target
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen, wants_part

TEXTS = ("query", "variables", "role", "operation_name")  # what the form of the desk sends
SHARE = "share"  # of the desk's button, and of the form that it leads to
CHANGED_ELSEWHERE = "This tab was changed in another window. Your text is not saved."
CHANGED_MEANWHILE = "The tab was changed in another window, so what you saved is in a new tab."
UNPINNED = "“{name}” is no longer a report, because it is a mutation now."
NOT_NEWEST = "A newer version was saved after you opened this page. Nothing was restored."


@keeps_draft(NewSaveForm)
@has_buttons("Save")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def saved_new(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """Keep what the desk sends: first ask for its name, then (`save`) save it."""
    if selection.target is None:
        return go_to(request, "graphql_saved")
    if "save" not in request.POST:
        return _begin(request, selection)
    form = NewSaveForm(request.POST)
    if not form.is_valid():
        return _draw(request, form, status=422)
    try:
        saved = save_new(
            request.user,
            selection.target,
            form.content,
            is_shared=form.cleaned_data["is_shared"],
        )
    except SaveRefused as refused:
        form.add_error(None, refused.sentence)
        return _draw(request, form, status=422)
    return _go_on(request, selection, saved, form.content)


@keeps_draft(SaveForm)
@has_buttons("Save", save={"copy": "Save a copy"})
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def saved_edit(request: TeammateRequest, selection: Selection, pk: uuid.UUID) -> HttpResponse:
    saved = find_saved(request, selection, pk)
    if request.method != "POST":
        content = content_of(saved)
        initial = take_draft(request) or (asdict(content) if content else {"name": saved.name})
        return _draw(request, SaveForm(initial=initial), saved, made_from=saved.version)
    made_from = form_version(request)
    form = SaveForm(request.POST)
    if not form.is_valid():
        return _draw(request, form, saved, made_from=made_from, status=422)
    try:
        if request.POST.get("save") == "copy":
            saved = save_new(request.user, saved.target, form.content)
        elif form.content != content_of(saved):  # a version for nothing would push out an old one
            was_report = saved.is_report
            save_version(saved, form.content, request.user, made_from=made_from)
            _tell_unpinned(request, saved, was_report=was_report)
    except SaveRefused as refused:
        form.add_error(None, refused.sentence)
        return _draw(request, form, saved, made_from=made_from, status=422)
    except SavedMeanwhile:
        return _ask(request, form, find_saved(request, selection, pk))
    return _go_on(request, selection, saved, form.content)


@has_buttons("Restore this version")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def saved_version(
    request: TeammateRequest, selection: Selection, pk: uuid.UUID, number: int
) -> HttpResponse:
    """What a version changed, beside the one before or `?to=`; a POST restores it."""
    saved = find_saved(request, selection, pk)
    version = find_number(saved, number)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            was_report = saved.is_report
            restore(saved, version, request.user, made_from=form_version(request))
            _tell_unpinned(request, saved, was_report=was_report)
        except SavedMeanwhile:
            refusal, status = NOT_NEWEST, 409
        except SaveRefused as refused:
            refusal, status = refused.sentence, 422
        except ContentLost:
            pass  # the page says so
        else:
            messages.success(request, f"Version {number} was restored.")
            return go_to(request, selection.url("graphql_saved_query", saved.pk))
        saved = find_saved(request, selection, pk)
    context = {"saved": saved, "version": version, "refusal": refusal, **_compared(saved, number)}
    return render_screen(request, "graphql/library/version.html", context, status=status)


def _begin(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """The form, with the texts of the desk: for a new one, or the one that the tab holds."""
    tab_id = _tab_id(request)
    try:
        is_kept = keep_draft(request.user, selection.profile, request.POST)
    except ChangedElsewhere:
        if wants_part(request):
            return _tell_conflict(request, selection)
        is_kept = False  # the page that comes holds the text
    if is_kept and wants_part(request):  # from the desk, which cannot show this page in a part
        sharing = {SHARE: "1"} if _is_sharing(request) else {}
        return go_to(request, selection.url("graphql_saved_new", tab=tab_id, **sharing))
    texts = _texts(request)
    opened = opened_in(request.user, tab_id)
    if opened and opened.saved.target == selection.target and "as_new" not in request.POST:
        content = content_of(opened.saved)
        if content and _is_sharing(request) and asdict(content).items() >= texts.items():
            return go_to(request, selection.url("graphql_saved_query", opened.saved.pk))
        initial = {**(asdict(content) if content else {"name": opened.saved.name}), **texts}
        return _draw(request, SaveForm(initial=initial), opened.saved, made_from=opened.version)
    if request.method != "POST":
        texts = take_draft(request) or texts
    initial = {"name": _name_in(texts), "is_shared": _is_sharing(request), **texts}
    return _draw(request, NewSaveForm(initial=initial))


def _tell_conflict(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """Beside the text in the desk, as a run tells it (static/src/desk/drafts.js)."""
    context = {
        "conflict": CHANGED_ELSEWHERE,
        "form": QueryForm(request.POST, profile=selection.profile),
    }
    response = render_screen(request, "graphql/desk/conflict.html", context, status=409)
    response["HX-Retarget"] = "#draft-conflict"
    response["HX-Reselect"] = ".notice"
    response["HX-Reswap"] = "afterend"
    return response


def _is_sharing(request: TeammateRequest) -> bool:
    """Whether it is saved to be shared: its page, which has the link, comes next."""
    return SHARE in request.POST or SHARE in request.GET


def _tab_id(request: TeammateRequest) -> str:
    return request.POST.get("tab", "") or request.GET.get("tab", "")


def _tab_state(request: TeammateRequest) -> str:
    """What stood in the tab when the form was drawn first: what the desk sent, or what is kept."""
    known = request.POST.get("tab_state", "")
    texts = _texts(request)
    return known or text_state(texts.get("query", ""), texts.get("variables", ""))


def _texts(request: TeammateRequest) -> dict[str, str]:
    """What the desk sent, or what is kept in the tab that the address names."""
    draft = draft_in(request.user, _tab_id(request)) if request.method != "POST" else None
    if draft is not None:
        return asdict(draft)
    return {name: request.POST.get(name, "") for name in TEXTS}


def _name_in(texts: dict[str, str]) -> str:
    try:
        return read_document(texts["query"], texts["operation_name"]).operation_name[:100]
    except (DocumentRefused, KeyError):
        return ""


def _ask(request: TeammateRequest, form: SaveForm, saved: SavedQuery) -> HttpResponse:
    """Show the version that was saved since beside what was typed. Nothing is saved."""
    theirs = content_of(saved)
    context = {
        "newer": find_number(saved, saved.version),
        "differences": differences(theirs, form.content) if theirs else [],
    }
    return _draw(request, form, saved, made_from=saved.version, status=409, **context)


def _draw(
    request: TeammateRequest,
    form: SaveForm,
    saved: SavedQuery | None = None,
    *,
    made_from: int = 0,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    tab = own_tab(request.user, _tab_id(request))
    context |= {"form": form, "saved": saved, "made_from": made_from, "tab": tab}
    context["is_sharing"] = _is_sharing(request)
    context["tab_state"] = _tab_state(request) if tab else ""
    return render_screen(request, "graphql/library/save.html", context, status=status)


def _go_on(
    request: TeammateRequest, selection: Selection, saved: SavedQuery, content: Content
) -> HttpResponse:
    """Back to the tab of the desk that it was saved from, or to its page."""
    messages.success(request, f"{saved.name} was saved.")
    named, profile = request.POST.get("tab", ""), selection.profile
    state = request.POST.get("tab_state", "")
    tab = (
        hold_in_tab(request.user, profile, named, saved, content, tab_state=state)
        if profile
        else None
    )
    if tab and str(tab.pk) != named:
        messages.info(request, CHANGED_MEANWHILE)
    if tab and not _is_sharing(request):
        return go_to(request, selection.url("graphql", tab=tab.pk) + SAVE)
    return go_to(request, selection.url("graphql_saved_query", saved.pk))


def _tell_unpinned(request: TeammateRequest, saved: SavedQuery, *, was_report: bool) -> None:
    if was_report and not saved.is_report:
        messages.warning(request, UNPINNED.format(name=saved.name))


def _compared(saved: SavedQuery, number: int) -> dict[str, Any]:
    """The texts of a version, and what differs from the newest one kept before it."""
    before = saved.versions.filter(number__lt=number).order_by("-number").first()
    try:
        content = open_content(find_number(saved, number))
        old = open_content(find_number(saved, before.number)) if before else None
    except ContentLost:
        return {"content": None}
    changes = differences(old or Content(name="", query=""), content)
    return {"content": content, "before": before, "differences": changes}
