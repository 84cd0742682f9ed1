"""The request of somebody who has come in."""

from django.http import HttpRequest

from console.team.models import User


class TeammateRequest(HttpRequest):
    """What the gate (console.web.middleware.signed_in_only) lets through to a view."""

    user: User
