"""Every check of a teammate's password is counted, and refused after too many wrong ones.

They are counted with allauth's rate limits (ACCOUNT_RATE_LIMITS), in the cache that all processes
share: strictly by e-mail and IP address together, loosely by either alone. So a stranger's guesses
shut out the stranger and not the teammate, and guesses from many addresses come to an end too.
"""

import time
import unicodedata
from math import ceil

from allauth.core.internal import ratelimit  # as allauth's own adapter does
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest

from console.database.readiness import can_write

APP = "allauth.account"


class TooManyAttempts(Exception):
    """This attempt is not evaluated; one that comes `seconds` later is."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.minutes = max(ceil(seconds / 60), 1)


def count_attempt(request: HttpRequest, email: str) -> ratelimit.RateLimitUsage:
    """Count one attempt before it is evaluated; `.rollback()` it where the password was right.

    Counted first, many at a time cannot slip through. One that is refused does not count. Raises
    TooManyAttempts, and OperationalError where nothing can be counted.
    """
    who, where = _folded(email), ratelimit.get_ip(request)
    counted = ratelimit.RateLimitUsage([])
    for action, key in (
        ("password_by_email_and_ip", f"{who} {where}"),
        ("password_by_ip", where),
        ("password_by_email", who),
    ):
        usage = ratelimit.consume(request, app=APP, action=action, key=key)
        if usage is None:
            counted.rollback()
            raise TooManyAttempts(_seconds_left(request, action, key))
        counted.usage += usage.usage
    return counted


def _folded(email: str) -> str:
    """One key for every spelling of an address that could find the same teammate."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def _seconds_left(request: HttpRequest, action: str, key: str) -> float:
    """Until the oldest of the attempts that fill the limit no longer counts.

    0 where none is full: then others are being counted at the same time, or none can be.
    """
    if not can_write():  # Django's database cache keeps silent about it
        raise OperationalError("The database is read-only: sign-in attempts cannot be counted.")
    now = time.time()
    left = [0.0]
    for rate in ratelimit.get_rates(app=APP, action=action):
        cache_key = ratelimit.get_cache_key(request, app=APP, action=action, rate=rate, key=key)
        attempts = cache.get(cache_key, [])  # the newest first
        if len(attempts) >= rate.amount:
            left.append(attempts[-1] + rate.duration - now)
    return max(left)
