"""Change an account once for one form, and find out what happened if no answer tells.

The account is read just before: if it is not as the form showed it, nothing is sent.
"""

import uuid
from typing import Any

import msgspec
from django.conf import settings

from console.accounts.attempts import (
    delete_old,
    find_own,
    record_failure,
    record_outcome,
    timing_of,
)
from console.accounts.detail.fields import NULL, updated_at, value_of
from console.accounts.detail.models import AccountChange, ChangeState
from console.accounts.detail.operations import Operation, Typed
from console.accounts.detail.reading import read_even_deleted
from console.accounts.detail.sent import Sent, open_sent, seal_sent
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.walks import forget
from console.accounts.services import CallResult, change_account, delete_account, read_account
from console.calls.send_once import is_first, max_sending_seconds, wait_for_outcome
from console.database.clock import DatabaseNow
from console.profiles.guard import check_write
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.dpaas import Fields
from console.upstream.errors import NotFound
from console.upstream.json_text import same_value

MAX_WAIT_SECONDS = 5.0  # that a second sending waits for the outcome of the first
MAX_SENDING_SECONDS = 2 * max_sending_seconds(settings.DPAAS_DEADLINE)  # it reads, then writes
CHANGED_MEANWHILE = "changed_meanwhile"
HAS_CHANGED = "The account was changed in DPaaS after you opened this form."
AS_SENT = "DPaaS shows the account as it was sent."
AS_BEFORE = "DPaaS shows the account as it was before. The change was not made."
NOT_YET = "DPaaS shows the account as it was before, but may not be done yet. Check again soon."
SETTLED_AFTER = 15.0  # seconds since it was sent: then DPaaS has had time to finish
OTHERWISE = (
    "DPaaS shows neither the old values nor those that were sent. Someone else may have edited the "
    "account."
)
GONE = "DPaaS does not list the account any more."
STILL_THERE = "DPaaS still has the account. It was not deleted."


def submit(
    user: User,
    profile: CredentialProfile,
    operation: Operation,
    *,
    change_id: uuid.UUID,
    account_id: str,
    seen: Fields,
    typed: Typed,
    typed_name: str = "",
) -> AccountChange:
    """Carry `operation` out if this form is new; return the change with its outcome.

    `seen`: the account's fields that the form was opened with, as far as it carries them:
    "updated_at", "name" and those that change. Raises WriteRefused, which uses the form's id not
    up, and AccountChange.DoesNotExist if the id is another teammate's.
    """
    prune()
    if not AccountChange.objects.filter(pk=change_id).exists():
        check_write(profile, typed_name=typed_name)
    changes = operation.changes(seen, typed) if operation.changes else {}
    row = AccountChange(
        id=change_id,
        user=user,
        profile=profile,
        organization_slug=profile.organization_slug,
        base_url=profile.base_url,
        account_id=account_id,
        operation=operation.key,
        sent_at=DatabaseNow(),
    )
    before = {name: seen.get(name, msgspec.Raw(b"null")) for name in changes}
    sent = Sent(_text(seen, "name"), changes, before, updated_at(seen))
    seal_sent(row, sent)
    if is_first(row):
        _send(row, profile, operation, sent, typed_name)
    return wait_for_outcome(change_id, lambda: find(user, change_id), max_seconds=MAX_WAIT_SECONDS)


def find(user: User, change_id: uuid.UUID) -> AccountChange:
    """Read a teammate's change, as find_own() does. Raises AccountChange.DoesNotExist."""
    own = AccountChange.objects.visible_to(user)
    return find_own(own, change_id, max_seconds=MAX_SENDING_SECONDS)


def reconcile(row: AccountChange, profile: CredentialProfile) -> CallResult[Fields]:
    """Read the account of an UNKNOWN change, and record the outcome if it is clear."""
    result, sent = _current(row, profile, operation="check DPaaS"), open_sent(row)
    if isinstance(result.failure, NotFound) and row.operation == "delete":
        record_outcome(row, ChangeState.DONE, explanation=GONE)
    elif result.value is not None and sent is not None:
        _compare(row, sent, result.value)
    return result


def _current(
    row: AccountChange, profile: CredentialProfile, *, operation: str = "read account"
) -> CallResult[Fields]:
    """The account as it is now: what is to be restored is deleted still."""
    if row.operation == "restore":
        return read_even_deleted(profile, row.account_id, operation=operation)[0]
    return read_account(profile, row.account_id, operation=operation)


def _compare(row: AccountChange, sent: Sent, fields: Fields) -> None:
    if row.operation == "delete":
        if updated_at(fields) == sent.updated_at:
            _record_unchanged(row, STILL_THERE)
        else:
            record_outcome(row, ChangeState.UNKNOWN, explanation=OTHERWISE)
    elif _same(fields, sent.changes):
        record_outcome(row, ChangeState.DONE, explanation=AS_SENT)
    elif _same(fields, sent.before):
        _record_unchanged(row, AS_BEFORE)
    else:
        record_outcome(row, ChangeState.UNKNOWN, explanation=OTHERWISE)


def _record_unchanged(row: AccountChange, explanation: str) -> None:
    if AccountChange.objects.filter(pk=row.pk).sent_before(SETTLED_AFTER).exists():
        record_outcome(row, ChangeState.REFUSED, explanation=explanation)
    else:
        record_outcome(row, ChangeState.UNKNOWN, explanation=NOT_YET)


def _send(
    row: AccountChange,
    profile: CredentialProfile,
    operation: Operation,
    sent: Sent,
    typed_name: str,
) -> None:
    current = _current(row, profile)
    if current.failure is not None:
        record_failure(row, current)
        return
    if current.value is not None and not _is_as_seen(current.value, sent):
        record_outcome(
            row,
            ChangeState.REFUSED,
            failure=CHANGED_MEANWHILE,
            explanation=HAS_CHANGED,
            page_status=409,
        )
        return
    result: CallResult[Any]
    if sent.changes:
        changes = msgspec.Raw(msgspec.json.encode(sent.changes))
        result = change_account(
            profile,
            row.account_id,
            changes,
            typed_name=typed_name,
            operation=f"change account: {operation.label.lower()}",
        )
    else:
        result = delete_account(profile, row.account_id, typed_name=typed_name)
    if result.failure is not None:
        record_failure(row, result)
    else:
        record_outcome(row, ChangeState.DONE, **timing_of(result))
    forget(profile, ACCOUNTS)


def _is_as_seen(fields: Fields, sent: Sent) -> bool:
    """Whether the account is as the form showed it; by its fields where DPaaS tells no time."""
    if sent.updated_at != "null":
        return updated_at(fields) == sent.updated_at
    return _same(fields, sent.before)


def _same(fields: Fields, values: dict[str, msgspec.Raw]) -> bool:
    return all(same_value(fields.get(name, NULL), value) for name, value in values.items())


def _text(fields: Fields, name: str) -> str:
    value = value_of(fields, name)
    return value if isinstance(value, str) else ""


def prune() -> None:
    """Delete the changes that are older than any call in the record."""
    delete_old(AccountChange.objects.all())
