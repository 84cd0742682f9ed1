"""Send one row, and write its outcome."""

from typing import Any

import msgspec
from django.db import transaction

from console.accounts.bulk.models import JobRow, RowState
from console.accounts.bulk.preparing.operations import ACTIVATE, CREATE, DEACTIVATE, RENAME
from console.accounts.bulk.running import pacing
from console.accounts.bulk.sealed import open_values
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.walks import forget_while_writing
from console.accounts.services import CallResult, change_account, create_account
from console.database.clock import DatabaseNow
from console.profiles.models import CredentialProfile
from console.upstream.dpaas_records import Account
from console.upstream.errors import (
    Conflict,
    Forbidden,
    NotFound,
    RequestRefused,
    ValidationFailed,
)
from console.upstream.upstream_error import UpstreamError

CANNOT_OPEN = "What this row sends can no longer be read. Send it in a new job."
FORBIDDEN_IN_A_ROW = 3
FLAGS = {ACTIVATE: True, DEACTIVATE: False}


def send(row: JobRow, profile: CredentialProfile) -> None:
    """Send a row that claim() returned. Nothing is held while DPaaS is waited for."""
    values = open_values(row)
    if values is None:
        settle(row, RowState.REJECTED, explanation=CANNOT_OPEN, unique_key="")
        return
    result: CallResult[Any]
    if row.job.operation == CREATE:
        result = create_account(
            profile,
            name=row.name,
            is_default=bool(values.get("is_default")),
            typed_name=row.job.typed_name,
        )
    else:
        changes = msgspec.Raw(msgspec.json.encode(changes_of(row, values)))
        result = change_account(profile, row.account_id, changes, typed_name=row.job.typed_name)
    if result.failure is None:
        _record_done(row, result.value)
    else:
        _record_failure(row, result.failure)


def changes_of(row: JobRow, values: dict[str, Any]) -> dict[str, Any]:
    """The fields that a row of a change sends, and their values."""
    operation = row.job.operation
    if operation in FLAGS:
        return {"is_active": FLAGS[operation]}
    if operation == RENAME:
        return {"name": row.name}
    return {"metadata": msgspec.Raw(values["metadata"].encode())}


def settle(row: JobRow, state: RowState, **columns: Any) -> bool:
    """Write an outcome. DONE comes from DPaaS itself, and replaces every other one."""
    rows = JobRow.objects.filter(pk=row.pk)
    if state == RowState.DONE:
        rows = rows.exclude(state=RowState.DONE)
    else:
        rows = rows.filter(state__in=(RowState.SENDING, RowState.IN_DOUBT))
    return bool(rows.update(state=state, finished_at=DatabaseNow(), **columns))


def _record_done(row: JobRow, value: object) -> None:
    account_id = str(value.id) if isinstance(value, Account) else row.account_id
    settle(row, RowState.DONE, account_id=account_id[:200], failure="", explanation="", details={})
    forget_while_writing(row.job.owner_id, ACCOUNTS)
    pacing.forget_trouble(row.job)


def _record_failure(row: JobRow, failure: UpstreamError) -> None:
    told = {
        "failure": failure.kind,
        "explanation": failure.sentence_without_details,
        "details": failure.details,
    }
    if failure.may_have_happened and failure.is_write:
        with transaction.atomic():  # a row in doubt is always looked for
            settle(row, RowState.IN_DOUBT, **told)
            pacing.look_soon(row.job)
        sentence = failure.sentence_for_one_that_waits
        pacing.wait(row.job, sentence, seconds=failure.retry_after)
    elif _is_final(row, failure):
        settle(row, RowState.REJECTED, unique_key="", **told)
        if isinstance(failure, Forbidden) and _are_all_forbidden(row):
            pacing.record_failure(row.job, failure)
        else:
            pacing.forget_trouble(row.job)
    else:
        _put_back(row)
        pacing.record_failure(row.job, failure)


def _is_final(row: JobRow, failure: UpstreamError) -> bool:
    """Whether DPaaS will say the same again. No address of DPaaS is in a row but an account's, and
    one account may be forbidden, such as the default one."""
    is_of_row = isinstance(failure, ValidationFailed | Conflict | RequestRefused)
    is_of_account = isinstance(failure, NotFound | Forbidden) and row.job.operation != CREATE
    return is_of_row or is_of_account


def _are_all_forbidden(row: JobRow) -> bool:
    """Whether those before it were too: then it is not about one account."""
    last = JobRow.objects.filter(job=row.job, number__lte=row.number).order_by("-number")
    kinds = list(last.values_list("failure", flat=True)[:FORBIDDEN_IN_A_ROW])
    return kinds == [Forbidden.kind] * FORBIDDEN_IN_A_ROW


def _put_back(row: JobRow) -> None:
    """Certainly nothing was sent, or it was refused for now."""
    sending = JobRow.objects.filter(pk=row.pk, state=RowState.SENDING)
    sending.update(state=RowState.WAITING, unique_key="", sent_at=None)
