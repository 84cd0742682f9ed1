"""The credential profiles of the signed-in teammate, queried once in each request."""

import uuid

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from console.database.compiled import CompiledQuery
from console.profiles.models import CredentialProfile
from console.team.gate import TeammateRequest

# Unordered: the database would sort upper case before lower case.
PROFILES_OF_OWNER = CompiledQuery(
    lambda owner_id: CredentialProfile.objects.with_clock().filter(owner_id=owner_id).order_by()
)


def profiles_of(request: HttpRequest) -> list[CredentialProfile]:
    """All profiles of the teammate, sorted by kind and name. Queried once in each request.

    None on a page that was written before anybody was asked who they are.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    if not hasattr(request, "_profiles"):
        profiles = PROFILES_OF_OWNER.rows(user.pk)
        request._profiles = sorted(profiles, key=_kind_and_name)  # type: ignore[attr-defined]
    found: list[CredentialProfile] = request._profiles  # type: ignore[attr-defined]
    return found


def own_profile(request: TeammateRequest, pk: uuid.UUID) -> CredentialProfile:
    """One of them by its id, as status_of() wants it. Raises Http404."""
    mine = CredentialProfile.objects.visible_to(request.user).with_clock().with_last_outcome()
    return get_object_or_404(mine, pk=pk)


def _kind_and_name(profile: CredentialProfile) -> tuple[str, str, str]:
    return profile.kind, profile.name.casefold(), profile.name
