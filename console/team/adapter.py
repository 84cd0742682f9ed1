"""Our configuration of django-allauth, as far as it is no setting."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class TeamAdapter(DefaultAccountAdapter):
    """Sign-up is closed: an administrator adds each teammate."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
