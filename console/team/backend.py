"""Who is signed in: read for every request."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from console.database.compiled import CompiledQuery
from console.team.models import User

TEAMMATE = CompiledQuery(lambda teammate: User.objects.filter(pk=teammate).order_by())


class TeamBackend(AuthenticationBackend):
    """allauth's, whose teammate costs no SQL to be written."""

    def get_user(self, user_id: Any) -> User | None:
        """The teammate whom a session names; None if they may not come in any more."""
        teammate = TEAMMATE.first(user_id)
        return teammate if teammate and self.user_can_authenticate(teammate) else None
