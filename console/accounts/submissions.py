"""Create an account once for one form, and find out what happened if the answer is lost.

A submission is a row under the id of its form, as console/calls/send_once.py wants it.
"""

import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q

from console.accounts.models import AccountSubmission, SubmissionState
from console.accounts.services import CallResult, create_account, list_accounts
from console.calls.failures import page_status
from console.calls.send_once import is_first, max_sending_seconds, wait_for_outcome
from console.database.clock import DatabaseNow, seconds_from_now
from console.database.compiled import CompiledQuery
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.dpaas import Account, Page

MAX_WAIT_SECONDS = 5.0  # that a second sending waits for the outcome of the first
MAX_SENDING_SECONDS = max_sending_seconds(settings.DPAAS_DEADLINE)
CLOCK_SKEW = timedelta(minutes=5)  # between the clocks of DPaaS and of the database
MAX_IN_DOUBT = 3  # submissions in doubt that the list of accounts shows
MAX_PAGES = 10  # of 100 accounts, in one search
MAX_SEARCH_SECONDS = 30.0  # after which a search asks for no further page
CERTAIN = (SubmissionState.CREATED, SubmissionState.REFUSED)

INTERRUPTED = "The console was interrupted while it was waiting for the answer of DPaaS."
NOT_FOUND = "DPaaS has no account of this name that is as new as this one would be."
NOT_AMONG_THE_NEWEST = (
    "It is not among the newest accounts of DPaaS, but not all that could be it were looked "
    "through. Look in the list of accounts yourself."
)


def submit(
    user: User,
    profile: CredentialProfile,
    *,
    submission: uuid.UUID,
    name: str,
    is_default: bool,
) -> AccountSubmission:
    """Create the account if this submission is new; return the submission with its outcome.

    An earlier submission comes back unchanged: compare its name. It is still SENDING if the first
    sending takes longer than MAX_WAIT_SECONDS. Raises AccountSubmission.DoesNotExist if the id
    belongs to another teammate.
    """
    _prune()
    row = AccountSubmission(
        id=submission,
        user=user,
        profile=profile,
        name=name,
        is_default=is_default,
        sent_at=DatabaseNow(),
    )
    if is_first(row):
        _send(row, profile)
    return wait_for_outcome(lambda: find(user, submission), max_seconds=MAX_WAIT_SECONDS)


def find(user: User, submission: uuid.UUID) -> AccountSubmission:
    """Read a teammate's submission. Raises AccountSubmission.DoesNotExist.

    One that has been SENDING for longer than any call can take was interrupted: it is UNKNOWN.
    """
    mine = AccountSubmission.objects.visible_to(user).filter(pk=submission)
    row = mine.get()
    if not row.is_over and mine.sent_before(MAX_SENDING_SECONDS).exists():
        _record_outcome(row, SubmissionState.UNKNOWN, explanation=INTERRUPTED)
        row.refresh_from_db()
    return row


IN_DOUBT = CompiledQuery(
    lambda user_id: AccountSubmission.objects.filter(
        Q(state=SubmissionState.UNKNOWN)
        | Q(state=SubmissionState.SENDING, sent_at__lt=seconds_from_now(-MAX_SENDING_SECONDS)),
        user_id=user_id,
        profile__isnull=False,
    )[:MAX_IN_DOUBT]
)


def in_doubt(user: User) -> list[AccountSubmission]:
    """The newest few of a teammate's submissions that may or may not have created an account.

    Those whose profile was deleted are left out: without it nothing can be looked up.
    """
    return IN_DOUBT.rows(user.pk)


def reconcile(row: AccountSubmission, profile: CredentialProfile) -> CallResult[Page[Account]]:
    """Search DPaaS for the account of an UNKNOWN submission, and record the outcome if it is clear.

    The newest accounts come first, and the search ends at those that are older than the submission.
    Returns the result of the last call; if that failed, the submission stays as it is.
    """
    oldest = row.sent_at - CLOCK_SKEW
    give_up_at = time.monotonic() + MAX_SEARCH_SECONDS
    found: list[Account] = []
    for number in range(1, MAX_PAGES + 1):
        result = list_accounts(profile, page=number, quantity=100, operation="look for account")
        if result.value is None:
            return result
        found += [each for each in result.value.items if _may_be(each, row, oldest)]
        if number >= result.value.pages or _is_past(result.value.items, oldest):
            _record_search(row, found)
            return result
        if time.monotonic() > give_up_at:
            break
    if found:
        _record_search(row, found)
    else:
        _record_outcome(row, SubmissionState.UNKNOWN, explanation=NOT_AMONG_THE_NEWEST)
    return result


def _prune() -> None:
    """Delete the submissions that are older than any call in the record."""
    AccountSubmission.objects.sent_before(settings.CALLS_KEPT_DAYS * 86_400).delete()


def _send(row: AccountSubmission, profile: CredentialProfile) -> None:
    result = create_account(profile, name=row.name, is_default=row.is_default)
    columns = {"timeline": result.timeline.steps, "milliseconds": result.timeline.total_ms}
    failure = result.failure
    if result.value is not None:
        account_id = result.value.id[:200]
        _record_outcome(row, SubmissionState.CREATED, account_id=account_id, **columns)
    elif failure is not None:
        # `is_write` is not set where only a token was asked for: the create never went out.
        may_exist = failure.may_have_happened and failure.is_write
        _record_outcome(
            row,
            SubmissionState.UNKNOWN if may_exist else SubmissionState.REFUSED,
            failure=failure.kind,
            explanation=failure.sentence,
            details=failure.details,
            page_status=422 if failure.status == 422 else page_status(failure),
            **columns,
        )


def _may_be(account: Account, row: AccountSubmission, oldest: datetime) -> bool:
    is_new = account.created_at is not None and account.created_at >= oldest
    return is_new and account.name == row.name


def _is_past(accounts: Iterable[Account], oldest: datetime) -> bool:
    return any(each.created_at is not None and each.created_at < oldest for each in accounts)


def _record_search(row: AccountSubmission, found: list[Account]) -> None:
    """CREATED if one of `found` is not the account of another submission; else MISSING."""
    others = AccountSubmission.objects.filter(account_id__in=[each.id for each in found])
    known = set(others.exclude(pk=row.pk).values_list("account_id", flat=True))
    unknown = [each for each in found if each.id not in known]
    if unknown:
        # The newest came first: this submission made the oldest account of its name.
        _record_outcome(row, SubmissionState.CREATED, account_id=unknown[-1].id[:200])
    else:
        _record_outcome(row, SubmissionState.MISSING, explanation=NOT_FOUND)


def _record_outcome(row: AccountSubmission, state: SubmissionState, **columns: Any) -> None:
    """Write an outcome. A certain one replaces an uncertain one, and is never replaced."""
    uncertain = AccountSubmission.objects.filter(pk=row.pk).exclude(state__in=CERTAIN)
    uncertain.update(state=state, **columns)
