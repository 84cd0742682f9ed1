"""The rows of a new job: typed, pasted, uploaded or ticked. And the list of jobs."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from console.accounts.bulk.forms import CHOOSE_AGAIN, RowsForm
from console.accounts.bulk.jobs import open_job, progress_of
from console.accounts.bulk.mending import Mending, mending_of
from console.accounts.bulk.models import Job
from console.accounts.bulk.preparing.mapping import guess
from console.accounts.bulk.preparing.operations import (
    ACTIVATE,
    CREATE,
    DEACTIVATE,
    RENAME,
    SET_METADATA,
)
from console.accounts.bulk.ticking import read_ticked, table_of_ticked
from console.accounts.bulk.wording import WORDS
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.walks import forget
from console.accounts.permissions import may_create_accounts
from console.accounts.views import refuse
from console.profiles.models import CredentialProfile
from console.profiles.selection import Selection, of_target
from console.spreadsheets.tables import Table
from console.team.gate import TeammateRequest
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.drafts import keeps_draft, take_draft
from console.web.paging import page_number, page_of
from console.web.screens import go_to, render_screen
from console.web.templatetags.tables import TICK
from console.web.uploads import takes_files

MAX_UPLOAD_BYTES = 16 * 1024 * 1024
NO_PROFILE = "You have no DPaaS profile for this organization. Add one, then try again."
NONE_TICKED = "Select accounts in the list first."
NOT_IN_A_FORM = "There are no rows, or more than this form holds. Upload them as a file."
CHANGED = "Nothing was done. {change} Select the accounts again."
INTRO = "Accounts created or changed in bulk. Jobs are kept for {days} days."
TICKED_BUTTONS = {
    DEACTIVATE: "Deactivate…",
    ACTIVATE: "Activate…",
    RENAME: "Rename…",
    SET_METADATA: "Set metadata…",
}


@takes_files(max_bytes=MAX_UPLOAD_BYTES)
@keeps_draft(RowsForm)
@has_buttons("Check")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def account_bulk(request: TeammateRequest, selection: Selection) -> HttpResponse:
    if not may_create_accounts(request.user):
        return refuse(request)
    mending = _mending(request, selection)
    if request.method != "POST":
        initial = take_draft(request) or (mending.initial if mending else None)
        form = RowsForm(initial=initial)
        return _draw(request, form, status=selection.status, mending=mending)
    form = RowsForm(request.POST, request.FILES)
    if selection.change:
        if request.FILES:
            form.add_error("upload", CHOOSE_AGAIN)
        return _draw(request, form, status=409, mending=mending)
    if selection.profile is None:
        form.add_error(None, NO_PROFILE)
    if selection.profile is None or not form.is_valid():
        return _draw(request, form, status=422, mending=mending)
    job = _open(request, selection.profile, form.chosen_operation, form.table, source=form.source)
    Job.objects.visible_to(request.user).drafts().filter(pk=form.cleaned_data["replaces"]).delete()
    return go_to(request, selection.url("account_job", job.pk))


@keeps_draft(fields=("operation",), lists=(TICK,))
@has_buttons("Your selection", operation=TICKED_BUTTONS)
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def account_bulk_ticked(request: TeammateRequest, selection: Selection) -> HttpResponse:
    """Open a draft of the accounts that are ticked in the list; names and metadata are typed next.

    Nothing is sent, so it is done too once somebody whose session had ended has signed in.
    """
    if not may_create_accounts(request.user):
        return refuse(request)
    key, ticked = request.POST.get("operation", ""), read_ticked(request.POST.getlist(TICK))
    if request.method != "POST":
        draft = take_draft(request, is_told=False)
        if draft is None:
            return go_to(request, selection.url("accounts"))
        key, ticked = draft.get("operation", ""), read_ticked(draft[TICK])
    if selection.change or selection.profile is None or not ticked or key not in TICKED_BUTTONS:
        change = selection.change if selection.profile else NO_PROFILE
        messages.warning(request, CHANGED.format(change=change) if change else NONE_TICKED)
        return go_to(request, selection.url("accounts"))
    job = _open(request, selection.profile, key, table_of_ticked(ticked, key))
    if key in (RENAME, SET_METADATA):
        return go_to(request, selection.url("account_bulk", **{"from": job.pk}))
    return go_to(request, selection.url("account_job", job.pk))


@require_safe
def job_list(request: TeammateRequest) -> HttpResponse:
    """A teammate's own; an administrator may see that of everybody, and how far each is."""
    everybody = request.user.is_superuser and request.GET.get("everybody") == "1"
    jobs = Job.objects.select_related("owner")
    jobs = jobs.started() if everybody else jobs.visible_to(request.user)
    page = page_of(jobs.defer("sealed"), page_number(request.GET.get("page", "")))
    progress = progress_of(page.rows)
    context = {
        "page": page,
        "jobs": [(job, progress[job.pk]) for job in page.rows],
        "everybody": everybody,
        "may_create": may_create_accounts(request.user),
        "intro": INTRO.format(days=settings.CALLS_KEPT_DAYS),
    }
    return render_screen(request, "bulk/jobs.html", context)


def _open(
    request: TeammateRequest,
    profile: CredentialProfile,
    key: str,
    table: Table,
    *,
    source: str = "",
) -> Job:
    mapping = guess(table.columns, table.rows, key)
    forget(profile, ACCOUNTS)  # the check compares with what DPaaS has now
    return open_job(request.user, profile, key, table, source, mapping=mapping)


def _draw(
    request: TeammateRequest, form: RowsForm, *, status: int, mending: Mending | None
) -> HttpResponse:
    opened: Mapping[str, Any] = form.data if form.is_bound else form.initial
    operation = opened.get("operation", CREATE)
    # Rows of changes stand alone: names to create would be in their way.
    is_change = operation in WORDS and operation != CREATE and not opened.get("names")
    is_of_rows = mending is not None and "rows" in mending.initial and not opened.get("names")
    context = {
        "form": form,
        "mending": mending,
        "takes_names": not (is_change or is_of_rows) or "names" in form.errors,
        "title": WORDS[operation].title if is_change else "Create several accounts",
        "opens_rows": bool(opened.get("rows"))
        or bool({"rows", "upload"} & set(form.errors))
        or bool(form.initial and not opened.get("names")),  # a file was chosen, and is no more
    }
    return render_screen(request, "bulk/rows.html", context, status=status)


def _mending(request: TeammateRequest, selection: Selection) -> Mending | None:
    """The rows of the own job that the address names: of a draft all, else those rejected."""
    try:
        pk = uuid.UUID(request.GET.get("from", ""))
    except ValueError:
        return None
    job = Job.objects.visible_to(request.user).filter(pk=pk).first()
    if job is None or job.target != selection.target:
        return None
    mending = mending_of(job)
    if mending is None and request.method != "POST":
        messages.info(request, NOT_IN_A_FORM)
    return mending
