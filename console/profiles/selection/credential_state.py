"""The state of a profile's credential, which a form carries from when it was opened until it is
sent: if the profile was edited, exchanged or deleted meanwhile, the form must not be sent with it.

The state holds no secret and grants nothing: only its owner's own profiles are looked up by it.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from console.profiles.models import CredentialProfile

NO_PROFILE = "none"
NO_STATE = "The form does not say which profile it was opened with."


def credential_state(profile: CredentialProfile | None) -> str:
    """`id.time.digest`: which profile, when its secret was stored, and all else that it sends."""
    if profile is None:
        return NO_PROFILE
    return f"{profile.pk}.{_stored_at(profile)}.{_digest(profile)}"


def profile_id_in(state: str) -> str:
    """The id of the profile that `state` is of, as text; empty if it is malformed."""
    return state.partition(".")[0]


def change_since(
    state: str, profile: CredentialProfile | None, own_profiles: Iterable[CredentialProfile]
) -> str:
    """What changed since a form got `state`, as a sentence; empty if nothing did.

    `profile` is the one that would be used now.
    """
    if state == credential_state(profile):
        return ""
    if not state:
        return NO_STATE
    pk, _, rest = state.partition(".")
    former = next((each for each in own_profiles if str(each.pk) == pk), None)
    if state == NO_PROFILE:
        return f"A profile for {profile and profile.target} was added after this form was opened."
    if former is None:
        return "The profile that this form was opened with was deleted."
    if profile is None or former.pk != profile.pk:
        return f"The profile {former.name} was moved to {former.target} after this form was opened."
    if rest.partition(".")[0] != _stored_at(profile):
        return (
            f"The credential of {profile.target} was changed at "
            f"{_clock(profile.credential_changed_at)}, after this form was opened."
        )
    return f"The profile {profile.name} was edited after this form was opened."


def _stored_at(profile: CredentialProfile) -> str:
    return f"{profile.credential_changed_at.timestamp() * 1_000_000:.0f}"


def _digest(profile: CredentialProfile) -> str:
    sent = [
        *profile.addresses,
        profile.email,
        profile.organization_slug,
        profile.role,
        profile.environment,
    ]
    return hashlib.sha256(json.dumps(sent).encode()).hexdigest()[:16]


def _clock(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%H:%M UTC")
