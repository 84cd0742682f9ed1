"""The request of a signed-in teammate, as views receive it."""

from django.http import HttpRequest

from console.team.models import User


class TeammateRequest(HttpRequest):
    """Typing only. console.web.middleware.SignInRequiredMiddleware lets no other request pass."""

    user: User
