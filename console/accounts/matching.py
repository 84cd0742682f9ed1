"""Whether an account that DPaaS lists is one that was sent, and whose answer was lost."""

from datetime import datetime, timedelta

from django.conf import settings

from console.accounts.likeness import may_be_name
from console.calls.send_once import max_sending_seconds
from console.upstream.dpaas_records import Account

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
