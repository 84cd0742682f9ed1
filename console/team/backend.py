"""The authentication backend: checks a password, and reads the signed-in teammate."""

from typing import Any

from django.contrib.auth.backends import AllowAllUsersModelBackend

from console.database.compiled import CompiledQuery
from console.team.models import User

USER_BY_ID = CompiledQuery(lambda user_id: User.objects.filter(pk=user_id).order_by())


class TeamBackend(AllowAllUsersModelBackend):
    """Django's, with a compiled query. It knows a teammate by their own e-mail address alone.

    allauth's would also accept any address of its EmailAddress table. An inactive teammate passes
    the check of the password, for allauth to say so, but never has a session.
    """

    def get_user(self, user_id: Any) -> User | None:
        """The teammate of a session; None if they are no longer active."""
        user = USER_BY_ID.first(user_id)
        return user if user and user.is_active else None
