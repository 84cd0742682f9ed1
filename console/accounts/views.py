"""The DPaaS screens: accounts, a new account and what became of it, users."""

import uuid
from collections.abc import Callable, Mapping
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
from console.web.templatetags.tables import Column

NO_PROFILE = "There is no DPaaS profile to send this with. Add one, then send it again."


@require_safe
def account_list(request: TeammateRequest) -> HttpResponse:
    profile = current_profiles_of(request)["dpaas"]
    created = _just_created(request)
    context = {
        "may_create": may_create_accounts(request.user),
        "in_doubt": submissions.in_doubt(request.user),
        "created": created,
        "created_id": created.account_id if created else "",
    }
    return _render_list(
        request, "accounts", profile, ACCOUNT_TABLE, services.list_accounts, context
    )


@require_safe
def user_list(request: TeammateRequest) -> HttpResponse:
    profile = current_profiles_of(request)["dpaas"]
    return _render_list(request, "users", profile, MEMBER_TABLE, services.list_users, {})


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
            form.may_be_sent_again()
        return _draw_form(request, form, profile=profile, status=422)
    return _submit(request, form, profile)


@require_safe
def account_submission(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    submission = _own(request, pk)
    if submission.state == SubmissionState.CREATED:
        return _to_the_created(request, submission)
    return _draw_submission(request, submission)


@require_http_methods(["GET", "HEAD", "POST"])
def account_look(request: TeammateRequest, pk: uuid.UUID) -> HttpResponse:
    """Look, and go back to the submission; stay here where the looking failed."""
    submission = _own(request, pk)
    profile = _profile_of(submission)
    if request.method != "POST":  # whoever stayed here may reload the address
        return go_to(request, "account_submission", pk)
    if submission.state not in (SubmissionState.UNKNOWN, SubmissionState.MISSING) or not profile:
        return go_to(request, "account_submission", pk)
    reply = submissions.look(submission, profile)
    if reply.failure:
        return _draw_submission(request, submission, looked=reply)
    return go_to(request, "account_submission", pk)


def _render_list(
    request: TeammateRequest,
    name: str,
    profile: CredentialProfile | None,
    columns: tuple[Column[Any], ...],
    ask: Callable[..., services.Reply[Any]],
    context: Mapping[str, Any],
) -> HttpResponse:
    """One page of a list that DPaaS has, as the address asks for it; `name` is its screen's."""
    table = read_table_state(request.GET, columns)
    reply = None
    if profile:
        reply = ask(profile, page=table.page, quantity=table.quantity, order_by=table.order_by)
    return render_screen(
        request,
        f"{name}/list.html",
        {**context, "profile": profile, "table": table, "columns": columns, "reply": reply},
        status=page_status(reply.failure) if reply else 200,
    )


def _submit(
    request: TeammateRequest, form: AccountForm, profile: CredentialProfile
) -> HttpResponse:
    typed = form.cleaned_data
    try:
        submission = submissions.submit(request.user, profile, **typed)
    except AccountSubmission.DoesNotExist:
        raise Http404 from None
    if (submission.name, submission.is_default) != (typed["name"], typed["is_default"]):
        return _draw_form_sent_before(request, form, submission)
    if submission.state == SubmissionState.CREATED:
        return _to_the_created(request, submission)
    if submission.state != SubmissionState.REFUSED:
        return go_to(request, "account_submission", submission.pk)
    add_upstream_errors(form, submission.details)
    form.may_be_sent_again()
    status = submission.page_status
    return _draw_form(request, form, profile=profile, refused=submission, status=status)


def _draw_form_sent_before(
    request: TeammateRequest, form: AccountForm, submission: AccountSubmission
) -> HttpResponse:
    """The back button brought up a form that was sent, and something else was typed into it."""
    form.may_be_sent_again()
    context = {"form": form, "profile": submission.profile, "sent_before": submission}
    return render_screen(request, "accounts/new.html", context, status=422)


def _draw_form(
    request: TeammateRequest,
    form: AccountForm,
    *,
    profile: CredentialProfile | None,
    refused: AccountSubmission | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "profile": profile, "refused": refused}
    return render_screen(request, "accounts/new.html", context, status=status)


def _draw_submission(
    request: TeammateRequest,
    submission: AccountSubmission,
    *,
    looked: services.Reply[Any] | None = None,
) -> HttpResponse:
    typed = {"name": submission.name, "is_default": submission.is_default}
    context = {
        "submission": submission,
        "profile": _profile_of(submission),
        "looked": looked,
        "form": AccountForm(initial=fresh_values(typed)),
    }
    status = page_status(looked.failure) if looked else 200
    return render_screen(request, "accounts/submission.html", context, status=status)


def _not_allowed(request: TeammateRequest) -> HttpResponse:
    template = "components/notice.html" if wants_part(request) else "403.html"
    context = {"status": 403, "sentence": NOT_ALLOWED, "kind": "bad", "text": NOT_ALLOWED}
    return render_screen(request, template, context, status=403)


def _to_the_created(request: TeammateRequest, submission: AccountSubmission) -> HttpResponse:
    return go_to(request, f"{reverse('accounts')}?created={submission.pk}")


def _just_created(request: TeammateRequest) -> AccountSubmission | None:
    """The teammate's own submission that the URL names, if an account came of it."""
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
    """The profile that it was sent with, which need not be the current one; None if deleted."""
    profiles = CredentialProfile.objects.with_clock().filter(owner_id=submission.user_id)
    return profiles.filter(pk__in=[submission.profile_id]).first()
