"""Whether an account that DPaaS lists is one that was sent, and whose answer was lost."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings

from console.accounts.likeness import may_be_name
from console.calls.send_once import max_sending_seconds
from console.upstream.dpaas_records import Account
from console.upstream.pages import Page

MAX_SENDING_SECONDS = max_sending_seconds(settings.DPAAS_DEADLINE)
CLOCK_SKEW = timedelta(minutes=5)  # between the clocks of DPaaS and of the database
DOUBT = timedelta(hours=15)  # as CLOCK_SKEW, where DPaaS may give local time without saying so


def may_be_sent(account: Account, name: str, sent_at: datetime) -> bool:
    """Whether `account` may be the one that was sent. What was not told excludes nothing."""
    created_at = account.created_at
    if isinstance(created_at, datetime) and created_at < sent_at - DOUBT:
        return False
    return not isinstance(account.name, str) or may_be_name(name, account.name)


def is_sent(account: Account, name: str, sent_at: datetime) -> bool:
    """Whether `account` is as it was sent, by its name and its time."""
    created_at, last = account.created_at, sent_at + timedelta(seconds=MAX_SENDING_SECONDS)
    return (
        account.name == name
        and isinstance(account.id, str)
        and isinstance(created_at, datetime)
        and sent_at - CLOCK_SKEW <= created_at <= last + CLOCK_SKEW
    )


@dataclass
class PagesRead:
    """The pages of a list, newest first, that were read one after the other.

    A new account pushes others on to the next page, where they come again. More of them than the
    total grew by come twice only in place of others: where many were created in one second, a DPaaS
    may put them in another order for each page. A total that fell moved some to a page before.
    """

    rows: int = 0
    ids: set[str] = field(default_factory=set)
    totals: list[int | None] = field(default_factory=list)

    def add(self, page: Page[Account]) -> None:
        ids = [each.id for each in page.items if isinstance(each, Account)]
        known = [each for each in ids if isinstance(each, str)]
        self.rows += len(known)
        self.ids.update(known)
        self.totals.append(page.total)

    @property
    def may_miss_some(self) -> bool:
        """Whether an account may be missing though its page was read."""
        first, last = self.totals[0], self.totals[-1]
        if (first is None) != (last is None):
            return True  # the list has ended before its last page
        grown = (last or 0) - (first or 0)
        return grown < 0 or self.rows - len(self.ids) > grown
