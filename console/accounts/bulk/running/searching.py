"""Creates in doubt: one walk over the newest accounts settles all that it can.

It ends at an account that is older than all rows in doubt: one that was created here before the
first of them was sent, which needs no clock; else one that is older by DPaaS's, with a margin.
"""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from console.accounts.bulk.created import rows_that_created
from console.accounts.bulk.models import Job, JobRow, RowState
from console.accounts.bulk.running import pacing
from console.accounts.bulk.running.doubts import had_time
from console.accounts.bulk.running.sending import settle
from console.accounts.created import created_here
from console.accounts.matching import DOUBT, PagesRead, is_sent, may_be_sent
from console.accounts.services import list_page
from console.accounts.submissions import NOT_AMONG_THE_NEWEST
from console.profiles.models import CredentialProfile
from console.upstream.dpaas_records import Account, account_from
from console.upstream.pages import MAX_QUANTITY
from console.upstream.upstream_error import UpstreamError

FEW_PAGES = 2  # of 100 accounts; while there is time: what was just created is the newest
MAX_PAGES = 100  # in the last look
MAX_WALKS = 3  # in the last look, while rows move
MAX_SECONDS = 45.0
MISSING = "DPaaS has no such account. It was not created."
MAY_BE = "DPaaS has a new account that may be it: {name} ({id})."


def search_creates(
    job: Job, profile: CredentialProfile, rows: list[JobRow]
) -> UpstreamError | None:
    """Settle those of `rows` that are clear. Returns why it did not go on."""
    return _Search(job, profile, rows).run()


@dataclass
class _Search:
    job: Job
    profile: CredentialProfile
    rows: list[JobRow]
    found: dict[int, dict[str, Account]] = field(  # by row, and by id
        default_factory=lambda: defaultdict(dict)
    )
    is_whole: bool = False  # whether what was not found is certainly not there

    def run(self) -> UpstreamError | None:
        until = time.monotonic() + MAX_SECONDS
        now = pacing.now_of(self.job)
        is_last = any(had_time(row, now) for row in self.rows)
        for _ in range(MAX_WALKS if is_last else 1):
            pages = PagesRead()
            failure = self._walk(pages, MAX_PAGES if is_last else FEW_PAGES, until)
            if failure is not None:
                return failure
            if self.is_whole or not pages.may_miss_some or time.monotonic() > until:
                break
        self._settle(now)
        return None

    def _walk(self, pages: PagesRead, count: int, until: float) -> UpstreamError | None:
        """Read at most `count` pages, the newest first. Returns why it did not go on."""
        quantity = MAX_QUANTITY
        for number in range(1, count + 1):
            result = list_page(
                self.profile,
                "/accounts",
                account_from,
                page=number,
                quantity=quantity,
                order_by="-created_at",
                operation="check DPaaS",
            )
            if result.value is None:
                return result.failure
            pages.add(result.value)
            accounts = [each for each in result.value.items if isinstance(each, Account)]
            self._compare(accounts)
            is_over = not result.value.has_next or self._ends_before(accounts)
            self.is_whole = is_over and not pages.may_miss_some
            is_all_found = all(self._certain(row) for row in self.rows)
            if is_over or is_all_found or time.monotonic() > until:
                return None
            quantity = result.value.next_quantity
        return None

    def _compare(self, accounts: Sequence[Account]) -> None:
        """Add to `found` what may be one of the rows, and nobody else's."""
        free = self._without_others(accounts)
        for row in self.rows:
            alike = [each for each in free if may_be_sent(each, row.name, _sent_at(row))]
            self.found[row.pk].update({str(each.id): each for each in alike})

    def _without_others(self, accounts: Sequence[Account]) -> list[Account]:
        """Those that no other row and no form of this console has created, or may have: a row that
        is being sent has no id yet."""
        ids = [str(each.id) for each in accounts]
        names = {each.name for each in accounts} - {row.name for row in self.rows}
        taken = created_here(self.job.target, ids)
        sending = JobRow.objects.filter(job=self.job, state=RowState.SENDING)
        others = set(sending.values_list("name", flat=True)) & names
        return [each for each in accounts if each.id not in taken and each.name not in others]

    def _ends_before(self, accounts: Sequence[Account]) -> bool:
        """Whether all accounts that follow are older than the rows: if they are in their order."""
        moments = [each.created_at for each in accounts if isinstance(each.created_at, datetime)]
        if len(moments) < 2 or moments != sorted(moments, reverse=True):
            return False
        oldest = min(map(_sent_at, self.rows))
        if moments[-1] < oldest - DOUBT:
            return True
        ids = {str(each.id): each.created_at for each in accounts}
        earlier = [
            row.account_id
            for row in rows_that_created(self.job.target, list(ids))
            if row.finished_at and row.finished_at < oldest
        ]
        known = [ids[each] for each in earlier]
        return any(isinstance(each, datetime) and moments[-1] < each for each in known)

    def _certain(self, row: JobRow) -> Account | None:
        sent_at = _sent_at(row)
        certain = [each for each in self.found[row.pk].values() if is_sent(each, row.name, sent_at)]
        return certain[0] if len(certain) == 1 else None

    def _settle(self, now: datetime) -> None:
        settled: set[str] = set()
        for row in self.rows:
            account = self._certain(row)
            if account is not None and str(account.id) not in settled:
                settled.add(str(account.id))
                self._settle_found(row, account)
        for row in self.rows:
            if self._certain(row) is None and had_time(row, now):
                self._settle_missing(row)

    def _settle_found(self, row: JobRow, account: Account) -> None:
        account_id = str(account.id)[:200]
        settle(row, RowState.DONE, account_id=account_id, failure="", explanation="", details={})

    def _settle_missing(self, row: JobRow) -> None:
        if found := list(self.found[row.pk].values()):
            explanation = MAY_BE.format(name=found[0].name, id=found[0].id)
        elif self.is_whole:
            settle(row, RowState.REJECTED, explanation=MISSING, unique_key="")
            return
        else:
            explanation = NOT_AMONG_THE_NEWEST
        in_doubt = JobRow.objects.filter(pk=row.pk, state=RowState.IN_DOUBT)
        in_doubt.update(explanation=explanation)


def _sent_at(row: JobRow) -> datetime:
    """Of a row in doubt, which was sent."""
    assert row.sent_at
    return row.sent_at
