"""What the header of every page shows: the two current profiles."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from console.profiles.models import CredentialProfile, Kind


def current_profiles(request: HttpRequest) -> dict[str, Any]:
    return {"current_profiles": SimpleLazyObject(lambda: current_profiles_of(request))}


def current_profiles_of(request: HttpRequest) -> dict[str, CredentialProfile | None]:
    """The signed-in teammate's current profile of each kind, read once for a request."""
    if not hasattr(request, "_current_profiles"):
        found: dict[str, CredentialProfile | None] = {kind.value: None for kind in Kind}
        if request.user.is_authenticated:
            mine = CredentialProfile.objects.with_clock().visible_to(request.user)
            found |= {profile.kind: profile for profile in mine.filter(is_current=True)}
        request._current_profiles = found  # type: ignore[attr-defined]
    current: dict[str, CredentialProfile | None] = request._current_profiles  # type: ignore[attr-defined]
    return current
