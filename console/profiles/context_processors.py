"""What the header of every page shows: the profiles in use, and those to switch to."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from console.database.compiled import CompiledQuery
from console.profiles.models import CredentialProfile
from console.upstream.systems import System

# Sorted below: an order in the database would not know a casefold.
OWN_PROFILES = CompiledQuery(
    lambda owner: CredentialProfile.objects.with_clock().filter(owner_id=owner).order_by()
)


def own_profiles(request: HttpRequest) -> dict[str, Any]:
    return {
        "own_profiles": SimpleLazyObject(lambda: profiles_of(request)),
        "current_profiles": SimpleLazyObject(lambda: current_profiles_of(request)),
    }


def current_profiles_of(request: HttpRequest) -> dict[str, CredentialProfile | None]:
    """The signed-in teammate's current profile of each kind."""
    nothing: dict[str, CredentialProfile | None] = {kind.value: None for kind in System}
    return nothing | {one.kind: one for one in profiles_of(request) if one.is_current}


def profiles_of(request: HttpRequest) -> list[CredentialProfile]:
    """All profiles of the signed-in teammate, read once for a request."""
    if not request.user.is_authenticated:
        return []
    if not hasattr(request, "_own_profiles"):
        mine = OWN_PROFILES.rows(request.user.pk)
        request._own_profiles = sorted(mine, key=_by_name)  # type: ignore[attr-defined]
    own: list[CredentialProfile] = request._own_profiles  # type: ignore[attr-defined]
    return own


def _by_name(profile: CredentialProfile) -> tuple[str, str, str]:
    return profile.kind, profile.name.casefold(), profile.name
