"""Once a day: delete expired sessions, and sign out upstream who was deactivated by SQL.

So nobody needs a cron job for either.
"""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache

from console.team.models import User, deactivated

DAY = 24 * 3600  # seconds
DONE = "expired-sessions-cleared"


def clear_once_a_day(**signal: Any) -> None:
    """Receiver of user_logged_in: the first sign-in of a day does it, over all processes."""
    if not cache.add(DONE, True, timeout=DAY):
        return
    SessionStore.clear_expired()
    for user in User.objects.filter(is_active=False):
        deactivated.send(User, instance=user)
