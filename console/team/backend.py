"""The authentication backend: reads the signed-in teammate, for every request."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from console.database.compiled import CompiledQuery
from console.team.models import User

USER_BY_ID = CompiledQuery(lambda user_id: User.objects.filter(pk=user_id).order_by())


class TeamBackend(AuthenticationBackend):
    """allauth's backend, with a compiled query."""

    def get_user(self, user_id: Any) -> User | None:
        """The teammate of a session; None if they are no longer active."""
        user = USER_BY_ID.first(user_id)
        return user if user and self.user_can_authenticate(user) else None
