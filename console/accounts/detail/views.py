"""One account: its fields, what this console did with it, and its changes."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from console.accounts.detail import changing
from console.accounts.detail.fields import LABELS, formatted, shown_fields, value_of
from console.accounts.detail.forms import ChangeForm, opened_form
from console.accounts.detail.models import AccountChange, ChangeState
from console.accounts.detail.operations import (
    OPERATIONS,
    Operation,
    Typed,
    is_deleted,
    offered,
)
from console.accounts.detail.reading import read_even_deleted
from console.accounts.detail.record import record_of
from console.accounts.detail.sent import open_sent
from console.accounts.forms import add_upstream_errors
from console.accounts.lists.kinds import ListKind
from console.accounts.lists.listing import read_list
from console.accounts.lists.settings import note_answer, offered_kinds, settings_of
from console.accounts.lists.state import ListState
from console.accounts.permissions import may_create_accounts
from console.accounts.services import CallResult
from console.accounts.views import refuse
from console.calls.failures import page_status
from console.profiles import guard
from console.profiles.selection import Selection, of_target, select_for_page
from console.team.gate import TeammateRequest
from console.upstream.dpaas import Fields
from console.upstream.errors import WriteRefused
from console.upstream.systems import System
from console.web.buttons import has_buttons
from console.web.drafts import keeps_draft, take_draft
from console.web.screens import go_to, render_screen, wants_part

MAX_DOUBTS_SHOWN = 20
MAX_ROWS = 10  # of a list that belongs to the account
BRIEF = ("email", "name", "is_active", "last_login_at", "last_used_at")  # columns
NO_PROFILE = "You have no profile for this organization. Add one, then try again."


@require_safe
@of_target(System.DPAAS)
def account(request: TeammateRequest, selection: Selection, account_id: str) -> HttpResponse:
    result, was_deleted = _read(selection, account_id)
    fields = result.value if result else None
    operations = []
    if fields and may_create_accounts(request.user):
        operations = offered(fields, only_restoring=was_deleted)
    context = {
        "account_id": account_id,
        "result": result,
        "name": _name(fields),
        "fields": shown_fields(fields) if fields else [],
        "operations": operations,
        "may_change": may_create_accounts(request.user),
        "is_deleted": was_deleted or (fields is not None and is_deleted(fields)),
        "record": record_of(request.user, selection.target, account_id)
        if fields and selection.target
        else None,
        "lists": {kind.screen: kind for kind in _lists_of(request, selection)},
        "changes": _changes_in_doubt(request, selection, account_id),
    }
    status = page_status(result.failure) if result else selection.status
    return render_screen(request, "accounts/detail/account.html", context, status=status)


@require_safe
@of_target(System.DPAAS)
def account_rows(
    request: TeammateRequest, selection: Selection, account_id: str, kind: ListKind[Any]
) -> HttpResponse:
    """The first of the account's rows in a list, which its page asks for once it stands; to all
    others the list itself."""
    if not kind.of_account:
        raise Http404
    profile, filters = selection.profile, {"account_id": account_id}
    if profile is None or not wants_part(request):
        return go_to(request, selection.url(kind.screen, **filters))
    state = ListState(quantity=MAX_ROWS, filters=tuple(filters.items()))
    listing = read_list(profile, kind, state)
    note_answer(request.user, settings_of(request.user), profile, listing)
    context = {
        "account_id": account_id,
        "lists": {kind.screen: kind},
        "listing": listing,
        "columns": [column for column in kind.columns if column.field in BRIEF],
    }
    status = page_status(listing.failure)
    return render_screen(request, "accounts/detail/account.html", context, status=status)


@keeps_draft(ChangeForm)
@has_buttons("Change account")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def account_change(
    request: TeammateRequest, selection: Selection, account_id: str, key: str
) -> HttpResponse:
    operation = OPERATIONS.get(key)
    if operation is None:
        raise Http404
    if not may_create_accounts(request.user):
        return refuse(request)
    name_to_type = guard.name_to_type(selection.profile)
    if request.method != "POST":
        return _open(request, selection, account_id, operation, name_to_type)
    is_review = operation.is_reviewed and "send" not in request.POST
    # Nothing is sent with a review, so no name has to be typed before.
    form = ChangeForm(operation, request.POST, name_to_type="" if is_review else name_to_type)
    if selection.change:
        return _draw(request, selection, operation, account_id, form, status=409)
    if selection.profile is None:
        form.add_error(None, NO_PROFILE)
    if selection.profile is None or not form.is_valid():
        return _draw(request, selection, operation, account_id, form, status=422)
    if is_review:
        to_send = ChangeForm(operation, initial=request.POST.dict(), name_to_type=name_to_type)
        return _draw(
            request,
            selection,
            operation,
            account_id,
            to_send,
            status=200,
            reviewed=form.cleaned_data,
        )
    return _submit(request, selection, operation, account_id, form)


@require_safe
@of_target(System.DPAAS)
def account_change_status(
    request: TeammateRequest, selection: Selection, account_id: str, pk: uuid.UUID
) -> HttpResponse:
    change = _own(request, selection, account_id, pk)
    return _after(request, selection, change)


@has_buttons("Check DPaaS")
@require_http_methods(["GET", "HEAD", "POST"])
@of_target(System.DPAAS)
def account_change_reconcile(
    request: TeammateRequest, selection: Selection, account_id: str, pk: uuid.UUID
) -> HttpResponse:
    """Read the account, and record the outcome of the change."""
    change = _own(request, selection, account_id, pk)
    sent_with = select_for_page(request, change.target, named=str(change.profile_id))
    search = None
    if request.method == "POST" and change.state == ChangeState.UNKNOWN and sent_with.profile:
        search = changing.reconcile(change, sent_with.profile)
        change = _own(request, selection, account_id, pk)
    return _after(request, sent_with, change, search=search)


def _lists_of(request: TeammateRequest, selection: Selection) -> list[ListKind[Any]]:
    """The lists that DPaaS can narrow to one account."""
    offered_ones = offered_kinds(settings_of(request.user), selection.profile)
    return [kind for kind in offered_ones if kind.of_account]


def _read(selection: Selection, account_id: str) -> tuple[CallResult[Fields] | None, bool]:
    """As read_even_deleted(); None without a profile."""
    if selection.profile is None:
        return None, False
    return read_even_deleted(selection.profile, account_id)


def _open(
    request: TeammateRequest,
    selection: Selection,
    account_id: str,
    operation: Operation,
    name_to_type: str,
) -> HttpResponse:
    result, was_deleted = _read(selection, account_id)
    fields = result.value if result else None
    if not fields or operation not in offered(fields, only_restoring=was_deleted):
        return go_to(request, selection.url("account", account_id))
    form = opened_form(operation, fields, name_to_type=name_to_type)
    if draft := take_draft(request):
        form.initial.update({name: draft[name] for name in operation.typed if name in draft})
    return _draw(request, selection, operation, account_id, form, status=200, fields=fields)


def _submit(
    request: TeammateRequest,
    selection: Selection,
    operation: Operation,
    account_id: str,
    form: ChangeForm,
) -> HttpResponse:
    profile, typed = selection.profile, dict(form.cleaned_data)
    assert profile is not None
    typed_name = typed.pop("typed_name", "")
    try:
        if typed.pop("unlock", False):
            guard.unlock(profile, typed_name=typed_name)
        change = changing.submit(
            request.user,
            profile,
            operation,
            change_id=typed["change"],
            account_id=account_id,
            seen=typed["seen"],
            typed=typed,
            typed_name=typed_name,
        )
    except AccountChange.DoesNotExist:
        raise Http404 from None
    except WriteRefused as refusal:
        form = ChangeForm(operation, request.POST, name_to_type=guard.name_to_type(profile))
        form.add_refusal(refusal.sentence)
        return _draw(request, selection, operation, account_id, form, status=422)
    if (change.account_id, change.operation) != (account_id, operation.key):
        raise Http404  # a form that was sent before, with another address
    if change.state != ChangeState.REFUSED:
        return _after(request, selection, change)
    return _refused(request, selection, operation, change, form)


def _refused(
    request: TeammateRequest,
    selection: Selection,
    operation: Operation,
    change: AccountChange,
    form: ChangeForm,
) -> HttpResponse:
    """The form once more: with what DPaaS said, or with what the account is by now."""
    add_upstream_errors(form, change.details)
    fields = None
    if change.failure == changing.CHANGED_MEANWHILE:
        result, _ = _read(selection, change.account_id)
        fields = result.value if result else None
    form.renew(fields)
    return _draw(
        request,
        selection,
        operation,
        change.account_id,
        form,
        status=change.page_status,
        refused=change,
        fields=fields,
    )


def _after(
    request: TeammateRequest,
    selection: Selection,
    change: AccountChange,
    *,
    search: CallResult[Any] | None = None,
) -> HttpResponse:
    """Back to the account where the change is done; else its own page."""
    sent = open_sent(change)
    operation = OPERATIONS[change.operation]
    if change.state == ChangeState.DONE:
        name = sent.name if sent else "the account"
        if sent and "name" in sent.changes:
            name = str(value_of(sent.changes, "name"))
        messages.success(request, operation.done.format(name=name))
        if change.operation == "delete":
            return go_to(request, selection.url("accounts"))
        return go_to(request, selection.url("account", change.account_id))
    context = {
        "change": change,
        "operation": operation,
        "search": search,
        "name": sent.name if sent else change.account_id,
        "values": _values(sent.before, sent.changes) if sent else [],
    }
    status = page_status(search.failure) if search else 200
    return render_screen(request, "accounts/detail/status.html", context, status=status)


def _draw(
    request: TeammateRequest,
    selection: Selection,
    operation: Operation,
    account_id: str,
    form: ChangeForm,
    *,
    status: int,
    reviewed: Typed | None = None,
    refused: AccountChange | None = None,
    fields: Fields | None = None,
) -> HttpResponse:
    """`reviewed`: what was typed, where it is shown before and after."""
    seen = fields or form.opened_fields
    if operation.is_reviewed and not reviewed:
        if not refused and _is_unconfirmed(form):
            reviewed = form.cleaned_data
        else:
            form.leave_out_name()
    changes = {}
    if operation.changes and (reviewed or not operation.typed):
        changes = operation.changes(seen, reviewed or {})
    context = {
        "operation": operation,
        "account_id": account_id,
        "form": form,
        "name": _name(seen) or account_id,
        "values": _values(seen, changes),
        "is_review": reviewed is not None,
        "refused": refused,
        "has_changed": refused is not None and refused.failure == changing.CHANGED_MEANWHILE,
    }
    return render_screen(request, "accounts/detail/change.html", context, status=status)


def _is_unconfirmed(form: ChangeForm) -> bool:
    """Whether all that is wrong with a form that was sent is its confirmation."""
    if not hasattr(form, "cleaned_data") or not form.errors:
        return False
    return not any(name in form.errors for name in ("name", "metadata"))


def _values(before: Fields, after: Fields) -> list[tuple[str, str, str]]:
    """(label, before, after) of each field that changes, as text."""
    return [(LABELS.get(key, key), _as_text(before, key), _as_text(after, key)) for key in after]


def _as_text(fields: Fields, key: str) -> str:
    value = value_of(fields, key)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, str):
        return value
    return formatted(fields[key]) if key in fields else "Not given"


def _name(fields: Fields | None) -> str:
    name = value_of(fields, "name") if fields else ""
    return name if isinstance(name, str) else ""


def _changes_in_doubt(
    request: TeammateRequest, selection: Selection, account_id: str
) -> list[AccountChange]:
    mine = AccountChange.objects.visible_to(request.user)
    rows = mine.filter(account_id=account_id, state=ChangeState.UNKNOWN)[:MAX_DOUBTS_SHOWN]
    return [row for row in rows if row.target == selection.target]


def _own(
    request: TeammateRequest, selection: Selection, account_id: str, pk: uuid.UUID
) -> AccountChange:
    try:
        change = changing.find(request.user, pk)
    except AccountChange.DoesNotExist:
        raise Http404 from None
    if (change.target, change.account_id) != (selection.target, account_id):
        raise Http404
    return change
