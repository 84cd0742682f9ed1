"""What the header of every page shows: the profiles in use, and those to switch to."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from console.profiles.models import CredentialProfile, Kind


def current_profiles(request: HttpRequest) -> dict[str, Any]:
    return {
        "current_profiles": SimpleLazyObject(lambda: current_profiles_of(request)),
        "own_profiles": SimpleLazyObject(lambda: own_profiles_of(request)),
    }


def current_profiles_of(request: HttpRequest) -> dict[str, CredentialProfile | None]:
    """The signed-in teammate's current profile of each kind."""
    nothing: dict[str, CredentialProfile | None] = {kind.value: None for kind in Kind}
    return nothing | {one.kind: one for one in own_profiles_of(request) if one.is_current}


def own_profiles_of(request: HttpRequest) -> list[CredentialProfile]:
    """All profiles of the signed-in teammate, read once for a request."""
    if not request.user.is_authenticated:
        return []
    if not hasattr(request, "_own_profiles"):
        # Sorted here: to write an ORDER BY takes Django longer than to read the rows.
        mine = CredentialProfile.objects.with_clock().visible_to(request.user).order_by()
        request._own_profiles = sorted(mine, key=_by_name)  # type: ignore[attr-defined]
    own: list[CredentialProfile] = request._own_profiles  # type: ignore[attr-defined]
    return own


def _by_name(profile: CredentialProfile) -> tuple[str, str, str]:
    return profile.kind, profile.name.casefold(), profile.name
