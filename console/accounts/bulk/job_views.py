"""The page of one job in each of its states, and what its buttons do.

A draft is checked and started, a running job shows how far it is, and a finished one its rows.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from console.accounts.bulk import jobs
from console.accounts.bulk.forms import ReadingForm, StartForm
from console.accounts.bulk.jobs import Progress
from console.accounts.bulk.mending import MAX_ROWS, name_rows
from console.accounts.bulk.models import Job, JobRow, JobState, RowState
from console.accounts.bulk.preparing.existing import look
from console.accounts.bulk.preparing.mapping import guess
from console.accounts.bulk.preparing.operations import BULK_OPERATIONS
from console.accounts.bulk.preview import preview_of
from console.accounts.bulk.results import FILES
from console.accounts.bulk.rows import rows_from
from console.accounts.bulk.running.reviving import revive
from console.accounts.bulk.sealed import open_table
from console.accounts.bulk.ticking import TICKED_COLUMNS
from console.accounts.bulk.wording import WORDS, at_least, tally
from console.accounts.lists.exports import FORMS
from console.accounts.permissions import may_create_accounts
from console.accounts.views import refuse
from console.profiles import guard
from console.profiles.selection import Selection, of_target, select_for_page
from console.profiles.typed_name import TypedNameForm
from console.spreadsheets.tables import Table
from console.team.gate import TeammateRequest
from console.upstream.errors import WriteRefused
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.paging import page_number
from console.web.screens import go_to, render_screen, wants_part
from console.web.templatetags.tables import RowLinks

UNATTENDED_SECONDS = 20.0  # without a sign of a worker
UNREADABLE = "The rows of this job can no longer be read. Bring them again in a new one."
LONGEST = 86_400.0  # seconds
STATES = {
    "": "All",
    RowState.DONE.value: "",  # the word of the operation
    RowState.REJECTED.value: RowState.REJECTED.label,
    RowState.IN_DOUBT.value: RowState.IN_DOUBT.label,
}

P = ParamSpec("P")


def of_own_job(
    view: Callable[Concatenate[TeammateRequest, Selection, Job, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Give a view of a target the job that its address names: 404 unless it is the teammate's own
    and of that target, 403 for who may not create accounts."""

    @wraps(view)
    def finding(
        request: TeammateRequest,
        selection: Selection,
        pk: uuid.UUID,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> HttpResponseBase:
        job = Job.objects.visible_to(request.user).filter(pk=pk).first()
        if job is None or job.target != selection.target:
            raise Http404
        if not may_create_accounts(request.user):
            return refuse(request)
        return view(request, selection, job, *args, **kwargs)

    return finding


@require_safe
@of_target(System.DPAAS)
@of_own_job
def account_job(request: TeammateRequest, selection: Selection, job: Job) -> HttpResponse:
    return _draw(request, _sent_with(request, job), job)


@has_buttons("Apply")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
@of_own_job
def account_job_reading(request: TeammateRequest, selection: Selection, job: Job) -> HttpResponse:
    """Change how a draft's table is read."""
    table = open_table(job) if job.state == JobState.DRAFT else None
    if request.method != "POST" or table is None:
        return go_to(request, selection.url("account_job", job.pk))
    form = ReadingForm(request.POST, job=job, operation=BULK_OPERATIONS[job.operation], table=table)
    if not form.is_valid():
        return _draw(request, _sent_with(request, job), job, status=422, reading=form)
    _read_as(job, table, form)
    if wants_part(request):
        return _draw(request, _sent_with(request, job), job)
    return go_to(request, selection.url("account_job", job.pk))


@has_buttons("Start")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
@of_own_job
def account_job_start(request: TeammateRequest, selection: Selection, job: Job) -> HttpResponse:
    if request.method != "POST" or job.state != JobState.DRAFT:
        return go_to(request, selection.url("account_job", job.pk))
    form = StartForm(request.POST, name_to_type=guard.name_to_type(selection.profile))
    profile = selection.profile
    if selection.change or profile is None:
        return _draw(request, selection, job, status=409, start=form)
    if not form.is_valid():
        return _draw(request, selection, job, status=422, start=form)
    jobs.change_draft(job, rows_per_second=form.cleaned_data["rows_per_second"])
    try:
        jobs.start(job, profile, typed_name=form.cleaned_data.get("typed_name", ""))
    except WriteRefused as refusal:
        form = StartForm(request.POST, name_to_type=guard.name_to_type(profile))
        form.add_refusal(refusal.sentence)
        return _draw(request, selection, job, status=422, start=form)
    return go_to(request, selection.url("account_job", job.pk))


@has_buttons("Resume")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
@of_own_job
def account_job_go_on(request: TeammateRequest, selection: Selection, job: Job) -> HttpResponse:
    if request.method != "POST" or job.state != JobState.PAUSED:
        return go_to(request, selection.url("account_job", job.pk))
    form = TypedNameForm(request.POST, name_to_type=guard.name_to_type(selection.profile))
    form.fields.pop("unlock", None)
    profile = selection.profile
    if selection.change or profile is None:
        return _draw(request, selection, job, status=409, go_on=form)
    if not form.is_valid():
        return _draw(request, selection, job, status=422, go_on=form)
    try:
        jobs.go_on(job, profile, typed_name=form.cleaned_data.get("typed_name", ""))
    except WriteRefused as refusal:
        form.add_refusal(refusal.sentence)
        return _draw(request, selection, job, status=422, go_on=form)
    return go_to(request, selection.url("account_job", job.pk))


def _button(label: str, act: Callable[[Job], object]) -> Callable[..., HttpResponseBase]:
    """A view that does something with an own job which sends nothing, and goes back to its page."""

    @has_buttons(label)
    @require_http_methods(["GET", "HEAD", "POST"])
    @of_target(System.DPAAS)
    @of_own_job
    def view(request: TeammateRequest, selection: Selection, job: Job) -> HttpResponse:
        if request.method == "POST":
            act(job)
        return go_to(request, selection.url("account_job", job.pk))

    return view


account_job_pause = _button("Pause", jobs.pause)
account_job_stop = _button("Stop", jobs.stop)
account_job_look = _button("Check those in doubt", jobs.look_again)


@has_buttons("Discard")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
@of_own_job
def account_job_discard(request: TeammateRequest, selection: Selection, job: Job) -> HttpResponse:
    """Delete a draft: nothing of it was sent."""
    drafts = Job.objects.visible_to(request.user).drafts()
    if request.method == "POST" and drafts.filter(pk=job.pk).delete()[0]:
        messages.success(request, "The rows were discarded. Nothing was sent.")
        return go_to(request, selection.url("accounts"))
    return go_to(request, selection.url("account_job", job.pk))


@require_safe
@of_target(System.DPAAS)
@of_own_job
def account_job_file(
    request: TeammateRequest, selection: Selection, job: Job, which: str, form: str
) -> HttpResponseBase:
    """A file of all rows, or of the rejected ones."""
    if form not in FORMS or which not in FILES or job.state == JobState.DRAFT:
        raise Http404
    file = FILES[which](job, form)
    if file is None:
        messages.warning(request, UNREADABLE)
        return go_to(request, selection.url("account_job", job.pk))
    response = StreamingHttpResponse(file.pieces, content_type=FORMS[form].content_type)
    day = (job.started_at or job.created_at).strftime("%Y-%m-%d")
    what = "rows" if which == "all" else which
    name = f"{job.target} {job.operation} {what} {day}.{FORMS[form].extension}"
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Length"] = str(file.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _draw(
    request: TeammateRequest, selection: Selection, job: Job, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """The page of the job as it is now. `forms`: those that were sent, with their errors."""
    if job.state == JobState.DRAFT:
        return _draw_check(request, selection, job, status, **forms)
    if job.is_over and not job.is_settling:
        if wants_part(request) and request.headers.get("HX-Target") == "job-progress":
            return go_to(request, selection.url("account_job", job.pk))  # the whole page: it ended
        return _draw_done(request, selection, job, status)
    return _draw_running(request, selection, job, status, **forms)


def _draw_check(
    request: TeammateRequest,
    selection: Selection,
    job: Job,
    status: int,
    *,
    reading: ReadingForm | None = None,
    start: StartForm | None = None,
) -> HttpResponse:
    table, operation = open_table(job), BULK_OPERATIONS[job.operation]
    if table is None:
        messages.warning(request, UNREADABLE)
        return go_to(request, selection.url("account_bulk"))
    existing = look(selection.profile) if selection.profile else None
    page = page_number(request.GET.get("findings", ""))
    preview = preview_of(job, table, existing, page=page)
    name_to_type = guard.name_to_type(selection.profile)
    initial = {"rows_per_second": f"{job.rows_per_second:g}"}
    words = WORDS[job.operation]
    context = {
        "job": job,
        "words": words,
        "table": table,
        "preview": preview,
        "existing": existing,
        "is_ticked": table.columns == TICKED_COLUMNS and len(operation.fields) == 1,
        "button": words.button_for(preview.ready),
        "reading": reading or ReadingForm(None, job=job, operation=operation, table=table),
        "start": start or StartForm(initial=initial, name_to_type=name_to_type),
    }
    return render_screen(request, "bulk/check.html", context, status=status)


def _draw_running(
    request: TeammateRequest,
    selection: Selection,
    job: Job,
    status: int,
    *,
    go_on: TypedNameForm | None = None,
) -> HttpResponse:
    revive()
    progress = jobs.progress(job)
    if go_on is None:
        go_on = TypedNameForm(name_to_type=guard.name_to_type(selection.profile))
        go_on.fields.pop("unlock", None)
    context = {
        "job": job,
        "words": WORDS[job.operation],
        "progress": progress,
        "bar": _bar(progress),
        "is_unattended": _is_unattended(job),
        "at_least": _at_least(job, progress),
        "go_on": go_on,
    }
    return render_screen(request, "bulk/running.html", context, status=status)


def _draw_done(
    request: TeammateRequest, selection: Selection, job: Job, status: int
) -> HttpResponse:
    progress, words = jobs.progress(job), WORDS[job.operation]
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    rows = JobRow.objects.filter(job=job)
    before, after = selection.url("account", "ID").split("ID")
    page = rows_from(rows.filter(state=state) if state else rows, request.GET.get("row", ""))
    name_rows(job, page.rows)
    counts = {
        "": progress.total,
        RowState.DONE.value: progress.done,
        RowState.REJECTED.value: progress.rejected,
        RowState.IN_DOUBT.value: progress.in_doubt,
    }
    context = {
        "job": job,
        "words": words,
        "progress": progress,
        "outcome": tally(progress, words),
        "bar": _bar(progress),
        "state": state,
        "states": [(key, label or words.done, counts[key]) for key, label in STATES.items()],
        "page": page,
        "links": RowLinks(before, after),
        "may_mend": 0 < progress.rejected <= MAX_ROWS,
        "files": _files(selection, job, "all"),
        "mends": _files(selection, job, "rejected"),
    }
    return render_screen(request, "bulk/done.html", context, status=status)


def _files(selection: Selection, job: Job, which: str) -> list[tuple[str, str]]:
    """The label and address of each kind of file."""
    return [
        (form.label, selection.url("account_job_file", job.pk, which, name))
        for name, form in FORMS.items()
    ]


def _read_as(job: Job, table: Table, form: ReadingForm) -> None:
    """Store what was chosen. Another heading moves no column, but another field may fit then."""
    columns: dict[str, Any] = {"sends_existing": form.cleaned_data.get("sends_existing", False)}
    has_heading = form.cleaned_data.get("has_heading")
    if has_heading is not None and has_heading != bool(table.columns):
        table = table.with_heading() if has_heading else table.without_heading()
        jobs.replace_table(job, table)
        columns["mapping"] = guess(table.columns, table.rows, job.operation) | form.mapping
    elif form.columns:
        columns["mapping"] = form.mapping
    jobs.change_draft(job, **columns)


def _bar(progress: Progress) -> list[tuple[str, str, str]]:
    """The name, place and width of each segment, of 100."""
    segments, at = [], 0.0
    for name in ("done", "rejected", "in_doubt"):
        width = 100 * getattr(progress, name) / (progress.total or 1)
        if width:
            segments.append((name.replace("_", "-"), f"{at:.2f}", f"{width:.2f}"))
        at += width
    return segments


def _is_unattended(job: Job) -> bool:
    """Whether a job that is to go on has had no sign of a worker for a while."""
    now, since = timezone.now(), job.beat_at or job.started_at
    if not job.is_active or since is None or (job.wait_until and job.wait_until > now):
        return False
    return (now - since).total_seconds() > UNATTENDED_SECONDS


def _at_least(job: Job, progress: Progress) -> str:
    """How long the rest takes at least, by the rate that was set: DPaaS may be slower."""
    left = progress.waiting
    if job.state != JobState.RUNNING or job.trouble or not left:
        return ""
    seconds = left / job.rows_per_second
    if seconds > LONGEST:
        return f"The other {left:,} rows take more than a day."
    return f"The other {left:,} take {at_least(seconds)} at least."


def _sent_with(request: TeammateRequest, job: Job) -> Selection:
    """Select the job's own profile; where that leads elsewhere, another one of its target."""
    return select_for_page(request, job.target, named=str(job.profile_id))
