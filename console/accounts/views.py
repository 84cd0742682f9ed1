"""The DPaaS screens of one organization's accounts: the list, a new account and its submission."""

import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from console.accounts import submissions
from console.accounts.forms import AccountForm, add_upstream_errors, fresh_values
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.views import list_screen
from console.accounts.models import AccountSubmission, SubmissionState
from console.accounts.permissions import NOT_ALLOWED, may_create_accounts
from console.accounts.services import CallResult
from console.calls.failures import page_status
from console.profiles import guard
from console.profiles.models import CredentialProfile
from console.profiles.selection import (
    Selection,
    of_target,
    select_for_page,
    selection_of,
)
from console.team.gate import TeammateRequest
from console.upstream.errors import WriteRefused
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen, wants_part

NO_PROFILE = "You have no DPaaS profile to create this account with. Add one, then try again."
TICKED_FORM = "ticked-form"  # the id of the form in bulk/ticked.html
UNCERTAIN = (SubmissionState.UNKNOWN, SubmissionState.MISSING)


def _beside_the_list(request: TeammateRequest, selection: Selection) -> dict[str, Any]:
    may_create = may_create_accounts(request.user)
    writes = may_create and selection.profile is not None and not selection.profile.read_only
    return {
        "may_create": may_create,
        "ticks": TICKED_FORM if writes else "",
        "in_doubt": submissions.in_doubt(request.user, selection.target),
        "created": _just_created(request, selection),
    }


account_list = list_screen(ACCOUNTS, template="accounts/list.html", more=_beside_the_list)


@keeps_draft(AccountForm)
@has_buttons("Create account")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def account_new(request: TeammateRequest, selection: Selection) -> HttpResponse:
    if not may_create_accounts(request.user):
        return refuse(request)
    name_to_type = guard.name_to_type(selection.profile)
    if request.method != "POST":
        initial = fresh_values(take_draft(request))
        form = AccountForm(initial=initial, name_to_type=name_to_type)
        return _draw_form(request, form, status=selection.status)
    form = AccountForm(request.POST, name_to_type=name_to_type)
    if selection.change:
        return _draw_form(request, form, status=409)
    if selection.profile is None:
        form.add_error(None, NO_PROFILE)
    if selection.profile is None or not form.is_valid():
        if "submission" in form.errors:
            form.renew_submission()
        return _draw_form(request, form, status=422)
    return _submit(request, form, selection, selection.profile)


@require_safe
@of_target(System.DPAAS)
def account_submission(
    request: TeammateRequest, selection: Selection, pk: uuid.UUID
) -> HttpResponse:
    submission = _own(request, pk, selection)
    if submission.state == SubmissionState.CREATED:
        return _go_to_created(request, submission)
    sent_with = _sent_with(request, submission)
    if wants_part(request) and submission.is_over:
        # The whole page: with the form to send it again.
        return go_to(request, sent_with.url("account_submission", pk))
    return _draw_submission(request, submission)


@has_buttons("Check DPaaS", account="Your choice")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def account_reconcile(
    request: TeammateRequest, selection: Selection, pk: uuid.UUID
) -> HttpResponse:
    """Search for the account, or record which of the candidates it is (`account`, "": none), and
    go back to the submission. If the search fails, stay here: a reload of this address, which is a
    GET, leads back too."""
    submission = _own(request, pk, selection)
    sent_with = _sent_with(request, submission)
    search = None
    if request.method == "POST" and submission.state in UNCERTAIN:
        if "account" in request.POST:
            submissions.choose(submission, request.POST["account"])
        elif sent_with.profile:
            search = submissions.reconcile(submission, sent_with.profile)
        submission = _own(request, pk, selection)
    is_part = wants_part(request) and submission.state != SubmissionState.CREATED
    if is_part or (search and search.failure):
        return _draw_submission(request, submission, search=search)
    return go_to(request, sent_with.url("account_submission", pk))


@require_safe
def find_submission(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    """The address of a submission as it was before addresses named their target."""
    submission = _own(request, pk)
    return go_to(request, "account_submission", submission.target, pk)


def _submit(
    request: TeammateRequest, form: AccountForm, selection: Selection, profile: CredentialProfile
) -> HttpResponse:
    typed = form.cleaned_data
    try:
        if typed.pop("unlock", False):
            guard.unlock(profile, typed_name=typed["typed_name"])
        submission = submissions.submit(request.user, profile, **typed)
    except AccountSubmission.DoesNotExist:
        raise Http404 from None
    except WriteRefused as refusal:
        form = AccountForm(request.POST, name_to_type=guard.name_to_type(profile))
        form.add_refusal(refusal.sentence)
        return _draw_form(request, form, status=422)
    sent = (submission.target, submission.name, submission.is_default)
    if sent != (selection.target, typed["name"], typed["is_default"]):
        # A form that was sent before, found by the back button, came again with other values.
        form.renew_submission()
        return _draw_form(request, form, sent_before=submission, status=422)
    if submission.state == SubmissionState.CREATED:
        return _go_to_created(request, submission)
    if submission.state != SubmissionState.REFUSED:
        return go_to(request, selection.url("account_submission", submission.pk))
    add_upstream_errors(form, submission.details)
    form.renew_submission()
    status = submission.page_status
    return _draw_form(request, form, refused=submission, status=status)


def _draw_form(
    request: TeammateRequest, form: AccountForm, *, status: int, **context: Any
) -> HttpResponse:
    return render_screen(request, "accounts/new.html", {"form": form, **context}, status=status)


def _draw_submission(
    request: TeammateRequest,
    submission: AccountSubmission,
    *,
    search: CallResult[Any] | None = None,
) -> HttpResponse:
    typed = {"name": submission.name, "is_default": submission.is_default}
    selection = selection_of(request)
    name_to_type = guard.name_to_type(selection.profile if selection else None)
    context = {
        "submission": submission,
        "search": search,
        "next_look": submissions.next_look(submission),
        "form": AccountForm(initial=fresh_values(typed), name_to_type=name_to_type),
    }
    status = page_status(search.failure) if search else 200
    return render_screen(request, "accounts/submission.html", context, status=status)


def refuse(request: TeammateRequest) -> HttpResponse:
    """The answer to who may change no accounts."""
    template = "components/notice.html" if wants_part(request) else "403.html"
    context = {"status": 403, "sentence": NOT_ALLOWED, "kind": "bad", "text": NOT_ALLOWED}
    return render_screen(request, template, context, status=403)


def _go_to_created(request: TeammateRequest, submission: AccountSubmission) -> HttpResponse:
    sent_with = _sent_with(request, submission)
    return go_to(request, sent_with.url("accounts", created=submission.pk))


def _just_created(request: TeammateRequest, selection: Selection) -> AccountSubmission | None:
    """The teammate's own submission that the URL names, if it created an account here."""
    try:
        submission = submissions.find(request.user, uuid.UUID(request.GET.get("created", "")))
    except (ValueError, AccountSubmission.DoesNotExist):
        return None
    is_here = submission.target == selection.target
    return submission if is_here and submission.state == SubmissionState.CREATED else None


def _own(
    request: TeammateRequest, pk: uuid.UUID, selection: Selection | None = None
) -> AccountSubmission:
    """The teammate's own submission; with a `selection`, only if it was sent to its target."""
    try:
        submission = submissions.find(request.user, pk)
    except AccountSubmission.DoesNotExist:
        raise Http404 from None
    if selection and submission.target != selection.target:
        raise Http404
    return submission


def _sent_with(request: TeammateRequest, submission: AccountSubmission) -> Selection:
    """Select the profile that it was sent with; where that leads elsewhere by now, another own one
    of the same target."""
    return select_for_page(request, submission.target, named=str(submission.profile_id))
