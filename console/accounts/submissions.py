"""Create an account once for one form, and find out what happened if no answer tells.

A submission is a row under the id of its form, as console/calls/send_once.py wants it.
"""

import time
import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Q

from console.accounts.attempts import (
    delete_old,
    find_own,
    record_failure,
    record_outcome,
    timing_of,
)
from console.accounts.created import created_here
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.walks import forget
from console.accounts.matching import DOUBT, MAX_SENDING_SECONDS, PagesRead, is_sent, may_be_sent
from console.accounts.models import AccountSubmission, SubmissionState
from console.accounts.services import CallResult, create_account, list_page
from console.calls.send_once import is_first, wait_for_outcome
from console.database.clock import DatabaseNow, seconds_from_now
from console.database.compiled import CompiledQuery
from console.profiles.guard import check_write
from console.profiles.models import CredentialProfile
from console.profiles.targets import Target
from console.team.models import User
from console.upstream.dpaas_records import Account, account_from
from console.upstream.field_values import ABSENT
from console.upstream.pages import MAX_QUANTITY, Page

MAX_WAIT_SECONDS = 5.0  # that a second sending waits for the outcome of the first
LOOKS = (2.0, 10.0)  # seconds after the loss at which the page of a submission searches by itself
LOOK_TOLERANCE = 0.3  # seconds
MAX_CANDIDATES = 20
MAX_IN_DOUBT = 3  # submissions in doubt that the list of accounts shows
MAX_READ_IN_DOUBT = 100  # of all targets
MAX_PAGES = 10  # of 100 accounts, in one search
MAX_SEARCH_SECONDS = 30.0  # after which a search asks for no further page

NOT_FOUND = "DPaaS has no new account that matches."
NOT_YET = "It is not in DPaaS yet."
NONE_OF_THESE = "You chose none of the new accounts."
NOT_AMONG_THE_NEWEST = (
    "It is not among the newest accounts in DPaaS, but not every possible match was checked. "
    "Look through the list of accounts."
)


def submit(
    user: User,
    profile: CredentialProfile,
    *,
    submission: uuid.UUID,
    name: str,
    is_default: bool,
    typed_name: str = "",
) -> AccountSubmission:
    """Create the account if this submission is new; return the submission with its outcome.

    An earlier submission comes back unchanged: compare its name. It is still SENDING if the first
    sending takes longer than MAX_WAIT_SECONDS. Raises AccountSubmission.DoesNotExist if the id
    belongs to another teammate, and WriteRefused where the profile's guard lets no create leave;
    that does not use the id up. `typed_name`: of the target (console/profiles/guard.py).
    """
    delete_old(AccountSubmission.objects.all())
    if not AccountSubmission.objects.filter(pk=submission).exists():
        check_write(profile, typed_name=typed_name)
    row = AccountSubmission(
        id=submission,
        user=user,
        profile=profile,
        organization_slug=profile.organization_slug,
        base_url=profile.base_url,
        name=name,
        is_default=is_default,
        sent_at=DatabaseNow(),
    )
    if is_first(row):
        _send(row, profile, typed_name)
    return wait_for_outcome(
        submission, lambda: find(user, submission), max_seconds=MAX_WAIT_SECONDS
    )


def find(user: User, submission: uuid.UUID) -> AccountSubmission:
    """Read a teammate's submission, as find_own() does. Raises AccountSubmission.DoesNotExist."""
    own = AccountSubmission.objects.visible_to(user)
    return find_own(own, submission, max_seconds=MAX_SENDING_SECONDS)


IN_DOUBT = CompiledQuery(
    lambda user_id: AccountSubmission.objects.filter(
        Q(state=SubmissionState.UNKNOWN)
        | Q(state=SubmissionState.SENDING, sent_at__lt=seconds_from_now(-MAX_SENDING_SECONDS)),
        user_id=user_id,
    )[:MAX_READ_IN_DOUBT]
)


def in_doubt(user: User, target: Target | None) -> list[AccountSubmission]:
    """The newest few of a teammate's submissions that may have created an account at `target`."""
    rows = [row for row in IN_DOUBT.rows(user.pk) if row.target == target]
    return rows[:MAX_IN_DOUBT]


def reconcile(row: AccountSubmission, profile: CredentialProfile) -> CallResult[Page[Account]]:
    """Search DPaaS for the account of an UNKNOWN submission, and record the outcome if it is clear.

    The newest accounts come first, and the search ends at those that are older than the submission.
    What may be the account, and is not it for certain, is recorded as a candidate. Returns the
    result of the last call; if that failed, the submission stays as it is.
    """
    give_up_at = time.monotonic() + MAX_SEARCH_SECONDS
    found: dict[str, Account] = {}
    quantity, number, pages = MAX_QUANTITY, 1, PagesRead()
    while True:
        result = list_page(
            profile,
            "/accounts",
            account_from,
            page=number,
            quantity=quantity,
            order_by="-created_at",
            operation="check DPaaS",
        )
        page = result.value
        if page is None:
            return result
        pages.add(page)
        accounts = [each for each in page.items if isinstance(each, Account)]
        alike = [each for each in accounts if may_be_sent(each, row.name, row.sent_at)]
        found.update({str(each.id): each for each in alike})
        is_over = not page.has_next or _ends_before(page.items, row.sent_at - DOUBT)
        if is_over or number >= MAX_PAGES or time.monotonic() > give_up_at:
            is_whole = is_over and not pages.may_miss_some
            _record_search(row, list(found.values()), is_whole=is_whole)
            return result
        quantity, number = page.next_quantity, number + 1


def choose(row: AccountSubmission, account_id: str) -> None:
    """Record that the candidate `account_id` is the account; "": that none of them is."""
    if not account_id:
        record_outcome(row, SubmissionState.MISSING, explanation=NONE_OF_THESE)
        return
    is_candidate = account_id in {each["id"] for each in row.candidates}
    if is_candidate and not created_here(row.target, [account_id]):
        record_outcome(row, SubmissionState.CREATED, account_id=account_id)


def created_by_forms(target: Target, account_ids: Collection[str]) -> set[str]:
    """Those of `account_ids` that submissions created at `target`."""
    rows = AccountSubmission.objects.filter(
        account_id__in=account_ids,
        state=SubmissionState.CREATED,
        organization_slug=target.organization,
    )
    return {row.account_id for row in rows if row.target == target}


def next_look(row: AccountSubmission) -> float | None:
    """Seconds until the page of an UNKNOWN submission should search by itself; None: no more."""
    if row.state != SubmissionState.UNKNOWN or row.candidates:
        return None
    since = _seconds_since_lost(row)
    return next((look - since for look in LOOKS if since < look - LOOK_TOLERANCE), None)


def _send(row: AccountSubmission, profile: CredentialProfile, typed_name: str) -> None:
    result = create_account(
        profile, name=row.name, is_default=row.is_default, typed_name=typed_name
    )
    if result.value is not None:
        account_id = str(result.value.id)[:200]
        timing = timing_of(result)
        record_outcome(row, SubmissionState.CREATED, account_id=account_id, **timing)
    else:
        record_failure(row, result)
    forget(profile, ACCOUNTS)


def _is_certain(account: Account, row: AccountSubmission) -> bool:
    is_default = account.is_default in (row.is_default, None, ABSENT)
    return is_default and is_sent(account, row.name, row.sent_at)


def _ends_before(accounts: Sequence[object], oldest: datetime) -> bool:
    """Whether all that follow are older than `oldest`: if the accounts are in their order."""
    created = [each.created_at for each in accounts if isinstance(each, Account)]
    moments = [each for each in created if isinstance(each, datetime)]
    return bool(moments) and moments[-1] < oldest and moments == sorted(moments, reverse=True)


def _record_search(row: AccountSubmission, found: list[Account], *, is_whole: bool) -> None:
    """CREATED for the one account that is certainly it; UNKNOWN, with candidates, for what may be
    it; MISSING only where there is nothing of the kind, and DPaaS has had time to finish."""
    no_more = created_here(row.target, [str(each.id) for each in found])
    if row.state == SubmissionState.MISSING:
        no_more |= {each["id"] for each in row.candidates}  # the teammate said so
    found = [each for each in found if each.id not in no_more]
    certain = [each for each in found if _is_certain(each, row)]
    if len(certain) == 1:
        record_outcome(row, SubmissionState.CREATED, account_id=str(certain[0].id)[:200])
    elif found:
        candidates = [_candidate(each) for each in found[:MAX_CANDIDATES]]
        record_outcome(row, SubmissionState.UNKNOWN, candidates=candidates)
    elif not is_whole:
        record_outcome(row, SubmissionState.UNKNOWN, explanation=NOT_AMONG_THE_NEWEST)
    elif _seconds_since_lost(row) >= LOOKS[-1] - LOOK_TOLERANCE:
        record_outcome(row, SubmissionState.MISSING, explanation=NOT_FOUND)
    elif NOT_YET not in row.explanation:
        explanation = f"{row.explanation} {NOT_YET}".strip()
        record_outcome(row, SubmissionState.UNKNOWN, explanation=explanation)


def _candidate(account: Account) -> dict[str, str]:
    created_at = account.created_at
    is_told = isinstance(created_at, datetime)
    return {
        "id": account.id if isinstance(account.id, str) else "",
        "name": account.name if isinstance(account.name, str) else "",
        "created_at": f"{created_at:%-d %b %Y, %H:%M:%S} UTC" if is_told else "",
    }


def _seconds_since_lost(row: AccountSubmission) -> float:
    """Since the answer that would have told did not come, by the database's clock."""
    now = AccountSubmission.objects.filter(pk=row.pk).values_list(DatabaseNow()).get()[0]
    since_sent: float = (now - row.sent_at).total_seconds()
    return since_sent - (row.milliseconds or 0.0) / 1000
