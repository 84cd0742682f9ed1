"""How many credential checks one teammate may have passed on to an upstream: each is a guess."""

import time
from typing import Any

from django.core.cache import cache

MAX_CHECKS = 10
WINDOW_SECONDS = 300
TOO_MANY_CHECKS = "Too many credential checks, so nothing was sent. Try again in {wait}."


def seconds_until_check(user: Any) -> float:
    """Count one check of `user`; return 0, or the seconds until the next one may be made.

    Each check takes one of a few entries of the cache, which all processes share, for as long as
    it counts; adding an entry that is there fails, so that many at once are counted as well.
    """
    keys = [f"credential-check:{user.pk}:{number}" for number in range(MAX_CHECKS)]
    now = time.time()
    if any(cache.add(key, now, WINDOW_SECONDS) for key in keys):
        return 0.0
    began = cache.get_many(keys).values()
    return max(1.0, min(began, default=now) + WINDOW_SECONDS - now)
