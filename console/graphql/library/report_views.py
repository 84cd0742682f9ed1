"""Reports: saved queries that are run by their variables' form alone."""

import uuid
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from console.graphql.history.models import Run
from console.graphql.history.sent import SentUnreadable, open_sent
from console.graphql.library.contents import Content
from console.graphql.library.finding import content_of, find_saved
from console.graphql.library.known_types import known_types
from console.graphql.library.listing import list_reports
from console.graphql.library.models import SavedQuery
from console.graphql.library.parameters import PREFIX, ParametersForm, parameters_of
from console.graphql.library.running import CannotRun, request_for, run_query
from console.graphql.results import ShownResult, find_kept
from console.graphql.services import RunResult
from console.profiles.models import CredentialProfile
from console.profiles.selection import Selection, of_target
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen, wants_part

NOT_PINNED = "“{name}” is not pinned as a report."
BROKEN = "This report can't run. Ask {owner} to check its query."


@require_safe
@of_target(System.DXTRA)
def report_list(request: TeammateRequest, selection: Selection) -> HttpResponse:
    reports = list_reports(request.user, selection.target) if selection.target else []
    return render_screen(request, "graphql/library/reports.html", {"reports": reports})


@keeps_draft(prefix=f"{PREFIX}-")
@has_buttons("Run")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DXTRA)
def report(request: TeammateRequest, selection: Selection, pk: uuid.UUID) -> HttpResponse:
    """A report without variables runs when it is opened, any other when its form is sent.

    Then it stands at the address of its answer, so that Back, a reload and a restored window show
    that as long as it is kept, with what was typed for it, and ask nobody again.
    """
    saved = find_saved(request, selection, pk)
    if not saved.is_report:
        messages.info(request, NOT_PINNED.format(name=saved.name))
        return go_to(request, selection.url("graphql_saved_query", saved.pk))
    content, profile = content_of(saved), selection.profile
    if content is None or saved.kind != "query":
        refusal = BROKEN.format(owner=saved.owner_name)
        return _draw(request, saved, refusal=refusal)
    if profile is None:
        return _draw(request, saved)
    kept = _kept(request, selection) if request.method == "GET" else None
    if kept and (variables := _variables_of(request, kept)) is not None:
        content = replace(content, variables=variables)
    form = _form(request, content, profile)
    if selection.change:
        return _draw(request, saved, form=form, status=409)
    if kept:
        kept = replace(kept, shown=_in_report(kept.shown, saved))
        return _draw(request, saved, form=form, result=kept)
    if request.method != "POST" and (form.fields or request.method == "HEAD"):
        return _draw(request, saved, form=form)
    if form.is_bound and not form.is_valid():
        return _draw(request, saved, form=form, status=422)
    return _run(request, selection, saved, content, form, profile)


def _kept(request: TeammateRequest, selection: Selection) -> RunResult | None:
    """The answer that the address names, if it is still kept."""
    try:
        named = uuid.UUID(request.GET.get("answer", ""))
    except ValueError:
        return None
    shown = find_kept(request.user, named, selection.target)
    return RunResult(shown=shown, at=shown.stored.created_at) if shown and shown.stored else None


def _variables_of(request: TeammateRequest, kept: RunResult) -> str | None:
    """What was sent for a kept answer; None where the history does not tell."""
    stored = kept.shown.stored if kept.shown else None
    run = Run.objects.visible_to(request.user).filter(answer=stored).first() if stored else None
    try:
        return open_sent(run).variables if run else None
    except SentUnreadable:
        return None


def _form(request: TeammateRequest, content: Content, profile: CredentialProfile) -> ParametersForm:
    parameters = parameters_of(content.query, content.operation_name)
    data = request.POST if request.method == "POST" else None
    known = known_types(profile, content.role, (each.type_name for each in parameters))
    form = ParametersForm(data, parameters=parameters, stored=content.variables, known=known)
    if data is None and form.fields and (back := take_draft(request)):
        form.initial = {name: back.get(f"{PREFIX}-{name}") for name in form.fields}
    return form


def _run(
    request: TeammateRequest,
    selection: Selection,
    saved: SavedQuery,
    content: Content,
    form: ParametersForm,
    profile: CredentialProfile,
) -> HttpResponse:
    variables = form.variables if form.is_bound else ""
    try:
        result = run_query(request_for(content, variables, profile))
    except CannotRun as refused:
        return _draw(request, saved, form=form, refusal=refused.sentence, status=422)
    stored = result.shown.stored if result.is_answer and result.shown else None
    address = selection.url("graphql_report", saved.pk, answer=stored.pk) if stored else ""
    if address and not wants_part(request):
        return go_to(request, address)
    result = replace(result, shown=_in_report(result.shown, saved))
    response = _draw(request, saved, form=form, result=result, status=result.page_status)
    if address:
        response["HX-Replace-Url"] = address
    return response


def _in_report(shown: ShownResult | None, saved: SavedQuery) -> ShownResult | None:
    """The answer as a report shows it, and all that is reached from there."""
    if shown is None or shown.reading is None:
        return shown
    look = shown.reading.look.changed(report=str(saved.pk))
    return replace(shown, reading=replace(shown.reading, look=look))


def _draw(
    request: TeammateRequest,
    saved: SavedQuery,
    *,
    form: ParametersForm | None = None,
    result: RunResult | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"saved": saved, "form": form, "result": result, "refusal": refusal}
    return render_screen(request, "graphql/library/report.html", context, status=status)
