"""Create an account once for one form, however often it is sent, and settle what got lost.

A submission is a row, inserted under the form's own id before anything is sent. Whoever inserts it
sends; everybody else who comes with the same id (a double click, another tab, the back button)
waits for that one's outcome. Nothing is ever sent again by itself.
"""

import time
import uuid
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from console.accounts.models import AccountSubmission, SubmissionState
from console.accounts.services import Reply, create_account, list_accounts
from console.calls.failures import page_status
from console.database.clock import DatabaseNow, seconds_from_now
from console.database.compiled import CompiledQuery
from console.database.connection import release_connection
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.dpaas import Account, Page

LONGEST_WAIT = 5.0  # seconds that a second sending waits for the first one's outcome
POLL = 0.1
# Two waits for a token, and the call with its one repeat: who has not ended by then never will.
MAX_SENDING_SECONDS = settings.DPAAS_DEADLINE + 40  # seconds
CLOCK_SKEW = timedelta(minutes=5)  # the upstream's clock against the database's
MAX_PAGES = 10  # of 100 accounts, in one search
MAX_IN_DOUBT = 3  # creates in doubt that a teammate is reminded of
MAX_SEARCH_SECONDS = 30.0  # seconds after which no further page is asked for

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

    One that was sent before comes back as it was: compare its name. It is SENDING still where the
    first sending takes longer than LONGEST_WAIT. Raises AccountSubmission.DoesNotExist for the id
    of another teammate's.
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
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return _wait_for_outcome(user, submission)
    _send(row, profile)
    return find(user, submission)


def find(user: User, submission: uuid.UUID) -> AccountSubmission:
    """Read a teammate's submission. Raises AccountSubmission.DoesNotExist.

    One that is being sent for longer than any call can take was interrupted: it is UNKNOWN.
    """
    mine = AccountSubmission.objects.visible_to(user).filter(pk=submission)
    row = mine.get()
    if row.state == SubmissionState.SENDING and mine.sent_before(MAX_SENDING_SECONDS).exists():
        _settle(row, SubmissionState.UNKNOWN, explanation=INTERRUPTED)
        row.refresh_from_db()
    return row


OVERDUE = Q(state=SubmissionState.SENDING, sent_at__lt=seconds_from_now(-MAX_SENDING_SECONDS))
IN_DOUBT = CompiledQuery(
    lambda user: AccountSubmission.objects.filter(
        Q(state=SubmissionState.UNKNOWN) | OVERDUE, user_id=user, profile__isnull=False
    )[:MAX_IN_DOUBT]
)


def in_doubt(user: User) -> list[AccountSubmission]:
    """A teammate's creates of which nobody knows yet whether they happened: the newest few.

    One whose profile is deleted is left out: with nothing to look with, nothing settles it.
    """
    return IN_DOUBT.rows(user.pk)


def look(row: AccountSubmission, profile: CredentialProfile) -> Reply[Page[Account]]:
    """Search DPaaS for the account of an UNKNOWN submission, and settle it if that can be done.

    The newest accounts come first, and the search ends at those that are older than the submission.
    Returns the last call's reply, whose failure leaves the submission as it is.
    """
    oldest = row.sent_at - CLOCK_SKEW
    give_up_at = time.monotonic() + MAX_SEARCH_SECONDS
    found: list[Account] = []
    for number in range(1, MAX_PAGES + 1):
        reply = list_accounts(profile, page=number, quantity=100, operation="look for account")
        if reply.value is None:
            return reply
        found += [each for each in reply.value.items if _may_be(each, row, oldest)]
        if number >= reply.value.pages or _is_past(reply.value.items, oldest):
            _settle_search(row, found)
            return reply
        if time.monotonic() > give_up_at:
            break
    if found:
        _settle_search(row, found)
    else:
        _settle(row, SubmissionState.UNKNOWN, explanation=NOT_AMONG_THE_NEWEST)
    return reply


def _prune() -> None:
    """Forget what is as old as the oldest call in the record."""
    AccountSubmission.objects.sent_before(settings.CALLS_KEPT_DAYS * 86_400).delete()


def _send(row: AccountSubmission, profile: CredentialProfile) -> None:
    reply = create_account(profile, name=row.name, is_default=row.is_default)
    facts = {"timeline": reply.timeline.steps, "milliseconds": reply.timeline.total_ms}
    failure = reply.failure
    if reply.value is not None:
        _settle(row, SubmissionState.CREATED, account_id=reply.value.id[:200], **facts)
    elif failure is not None:
        # `is_write` is not set where only a token was asked for: the create never went out.
        in_doubt = failure.may_have_happened and failure.is_write
        _settle(
            row,
            SubmissionState.UNKNOWN if in_doubt else SubmissionState.REFUSED,
            failure=failure.kind,
            explanation=failure.sentence,
            details=failure.details,
            page_status=422 if failure.status == 422 else page_status(failure),
            **facts,
        )


def _wait_for_outcome(user: User, submission: uuid.UUID) -> AccountSubmission:
    give_up_at = time.monotonic() + LONGEST_WAIT
    while True:
        row = find(user, submission)
        if row.state != SubmissionState.SENDING or time.monotonic() > give_up_at:
            return row
        release_connection()
        time.sleep(POLL)


def _may_be(account: Account, row: AccountSubmission, oldest: Any) -> bool:
    dated = account.created_at is not None and account.created_at >= oldest
    return dated and account.name == row.name


def _is_past(accounts: Iterable[Account], oldest: Any) -> bool:
    return any(each.created_at is not None and each.created_at < oldest for each in accounts)


def _settle_search(row: AccountSubmission, found: list[Account]) -> None:
    """Created, if one of `found` is not known already as the fruit of another submission."""
    others = AccountSubmission.objects.filter(account_id__in=[each.id for each in found])
    known = set(others.exclude(pk=row.pk).values_list("account_id", flat=True))
    fresh = [each for each in found if each.id not in known]
    if fresh:
        # The list began with the newest; what this submission made is the first of its name.
        _settle(row, SubmissionState.CREATED, account_id=fresh[-1].id[:200])
    else:
        _settle(row, SubmissionState.MISSING, explanation=NOT_FOUND)


CERTAIN = (SubmissionState.CREATED, SubmissionState.REFUSED)


def _settle(row: AccountSubmission, state: SubmissionState, **columns: Any) -> None:
    """Write an outcome. What is certain replaces what is not, and is never replaced."""
    unsettled = AccountSubmission.objects.filter(pk=row.pk).exclude(state__in=CERTAIN)
    unsettled.update(state=state, **columns)
