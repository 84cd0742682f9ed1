"""The credential profiles of the signed-in teammate, for the header of every page."""

from typing import Any

from django.http import HttpRequest

from console.database.compiled import CompiledQuery
from console.profiles.models import CredentialProfile
from console.upstream.systems import System

# Unordered: the database would sort upper case before lower case.
PROFILES_OF_OWNER = CompiledQuery(
    lambda owner_id: CredentialProfile.objects.with_clock().filter(owner_id=owner_id).order_by()
)


def own_profiles(request: HttpRequest) -> dict[str, Any]:
    """Context processor: functions, so that a template which shows no profiles queries none."""
    return {
        "own_profiles": lambda: profiles_of(request),
        "current_profiles": lambda: current_profiles_of(request),
    }


def current_profiles_of(request: HttpRequest) -> dict[str, CredentialProfile | None]:
    """The teammate's current profile of each kind, None where there is none."""
    current: dict[str, CredentialProfile | None] = {system.value: None for system in System}
    current.update(
        (profile.kind, profile) for profile in profiles_of(request) if profile.is_current
    )
    return current


def profiles_of(request: HttpRequest) -> list[CredentialProfile]:
    """All profiles of the teammate, sorted by kind and name. Queried once in each request."""
    if not request.user.is_authenticated:
        return []
    if not hasattr(request, "_profiles"):
        profiles = PROFILES_OF_OWNER.rows(request.user.pk)
        request._profiles = sorted(profiles, key=_kind_and_name)  # type: ignore[attr-defined]
    found: list[CredentialProfile] = request._profiles  # type: ignore[attr-defined]
    return found


def _kind_and_name(profile: CredentialProfile) -> tuple[str, str, str]:
    return profile.kind, profile.name.casefold(), profile.name
