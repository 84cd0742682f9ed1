"""The DPaaS screens: accounts, a new account and its submission, users."""

import uuid
from dataclasses import asdict
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from console.accounts import services, submissions
from console.accounts.forms import AccountForm, add_upstream_errors, fresh_values
from console.accounts.models import AccountSubmission, SubmissionState
from console.accounts.permissions import NOT_ALLOWED, may_create_accounts
from console.accounts.tables import ACCOUNT_TABLE, MEMBER_TABLE, read_table_state
from console.calls.failures import page_status
from console.profiles.context_processors import current_profiles_of
from console.profiles.models import CredentialProfile
from console.team.gate import TeammateRequest
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen, wants_part

NO_PROFILE = "There is no DPaaS profile to send this with. Add one, then send it again."
UNCERTAIN = (SubmissionState.UNKNOWN, SubmissionState.MISSING)


@require_safe
def account_list(request: TeammateRequest) -> HttpResponse:
    profile = current_profiles_of(request)["dpaas"]
    table = read_table_state(request.GET, ACCOUNT_TABLE)
    may_create = may_create_accounts(request.user)
    in_doubt = submissions.in_doubt(request.user)
    created = _just_created(request)
    result = services.list_accounts(profile, **asdict(table)) if profile else None
    context = {
        "profile": profile,
        "result": result,
        "table": table,
        "columns": ACCOUNT_TABLE,
        "may_create": may_create,
        "in_doubt": in_doubt,
        "created": created,
    }
    return render_screen(request, "accounts/list.html", context, status=_status_of(result))


@require_safe
def user_list(request: TeammateRequest) -> HttpResponse:
    profile = current_profiles_of(request)["dpaas"]
    table = read_table_state(request.GET, MEMBER_TABLE)
    result = services.list_users(profile, **asdict(table)) if profile else None
    context = {"profile": profile, "result": result, "table": table, "columns": MEMBER_TABLE}
    return render_screen(request, "users/list.html", context, status=_status_of(result))


@keeps_draft(AccountForm)
@require_http_methods(["GET", "HEAD", "POST"])
def account_new(request: TeammateRequest) -> HttpResponse:
    if not may_create_accounts(request.user):
        return _not_allowed(request)
    profile = current_profiles_of(request)["dpaas"]
    if request.method != "POST":
        form = AccountForm(initial=fresh_values(take_draft(request)))
        return _draw_form(request, form, profile=profile)
    form = AccountForm(request.POST)
    if profile is None:
        form.add_error(None, NO_PROFILE)
    if profile is None or not form.is_valid():
        if "submission" in form.errors:
            form.renew_submission()
        return _draw_form(request, form, profile=profile, status=422)
    return _submit(request, form, profile)


@require_safe
def account_submission(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    submission = _own(request, pk)
    if submission.state == SubmissionState.CREATED:
        return _go_to_created(request, submission)
    return _draw_submission(request, submission)


@require_http_methods(["GET", "HEAD", "POST"])
def account_reconcile(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    """Search for the account and go back to the submission. If the search fails, stay here: a
    reload of this address, which is a GET, leads back too."""
    submission = _own(request, pk)
    profile = _profile_of(submission)
    if request.method == "POST" and profile and submission.state in UNCERTAIN:
        search = submissions.reconcile(submission, profile)
        if search.failure:
            return _draw_submission(request, submission, search=search)
    return go_to(request, "account_submission", pk)


def _status_of(result: services.CallResult[Any] | None) -> int:
    return page_status(result.failure) if result else 200


def _submit(
    request: TeammateRequest, form: AccountForm, profile: CredentialProfile
) -> HttpResponse:
    typed = form.cleaned_data
    try:
        submission = submissions.submit(request.user, profile, **typed)
    except AccountSubmission.DoesNotExist:
        raise Http404 from None
    if (submission.name, submission.is_default) != (typed["name"], typed["is_default"]):
        # A form that was sent before, found by the back button, came again with other values.
        form.renew_submission()
        return _draw_form(request, form, profile=profile, sent_before=submission, status=422)
    if submission.state == SubmissionState.CREATED:
        return _go_to_created(request, submission)
    if submission.state != SubmissionState.REFUSED:
        return go_to(request, "account_submission", submission.pk)
    add_upstream_errors(form, submission.details)
    form.renew_submission()
    status = submission.page_status
    return _draw_form(request, form, profile=profile, refused=submission, status=status)


def _draw_form(
    request: TeammateRequest, form: AccountForm, *, status: int = 200, **context: Any
) -> HttpResponse:
    return render_screen(request, "accounts/new.html", {"form": form, **context}, status=status)


def _draw_submission(
    request: TeammateRequest,
    submission: AccountSubmission,
    *,
    search: services.CallResult[Any] | None = None,
) -> HttpResponse:
    typed = {"name": submission.name, "is_default": submission.is_default}
    context = {
        "submission": submission,
        "profile": _profile_of(submission),
        "search": search,
        "form": AccountForm(initial=fresh_values(typed)),
    }
    return render_screen(request, "accounts/submission.html", context, status=_status_of(search))


def _not_allowed(request: TeammateRequest) -> HttpResponse:
    template = "components/notice.html" if wants_part(request) else "403.html"
    context = {"status": 403, "sentence": NOT_ALLOWED, "kind": "bad", "text": NOT_ALLOWED}
    return render_screen(request, template, context, status=403)


def _go_to_created(request: TeammateRequest, submission: AccountSubmission) -> HttpResponse:
    return go_to(request, f"{reverse('accounts')}?created={submission.pk}")


def _just_created(request: TeammateRequest) -> AccountSubmission | None:
    """The teammate's own submission that the URL names, if it created an account."""
    try:
        submission = submissions.find(request.user, uuid.UUID(request.GET.get("created", "")))
    except (ValueError, AccountSubmission.DoesNotExist):
        return None
    return submission if submission.state == SubmissionState.CREATED else None


def _own(request: TeammateRequest, pk: uuid.UUID) -> AccountSubmission:
    try:
        return submissions.find(request.user, pk)
    except AccountSubmission.DoesNotExist:
        raise Http404 from None


def _profile_of(submission: AccountSubmission) -> CredentialProfile | None:
    """The profile that it was sent with, current or not; None if deleted."""
    profiles = CredentialProfile.objects.with_clock().filter(owner_id=submission.user_id)
    return profiles.filter(pk__in=[submission.profile_id]).first()
