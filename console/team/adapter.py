"""Our configuration of django-allauth, as far as it is no setting."""

from ipaddress import IPv6Address, ip_address
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from console.team.throttle import TooManyAttempts, count_attempt

TOO_MANY_ATTEMPTS = "too_many_attempts"  # the code of the form's error


class TeamAdapter(DefaultAccountAdapter):
    """Sign-up is closed: an administrator adds each teammate. Passwords are throttled by us."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Check a password. Raises ValidationError where there were too many wrong ones.

        allauth's own count ("login_failed") is off: its keys hold the Host as it is spelled in the
        request, so that each spelling had attempts of its own.
        """
        try:
            attempt = count_attempt(request, credentials["email"])
        except TooManyAttempts as error:
            raise _too_many(error.minutes) from None
        user = super().authenticate(request, **credentials)
        if user:
            attempt.rollback()
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        """A proxy on a dual-stack socket writes IPv4 clients as ::ffff:192.0.2.1.

        Taken for IPv6, they would all be of one /64, and counted as one.
        """
        address = ip_address(super().get_client_ip(request))
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)


def _too_many(minutes: int) -> ValidationError:
    wait = f"{minutes} minute{'' if minutes == 1 else 's'}"
    return ValidationError(f"Too many failed attempts. Try again in {wait}.", TOO_MANY_ATTEMPTS)
