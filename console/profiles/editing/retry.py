"""Try a profile again at its owner's wish: the way out of a state that no edit would mend."""

from console.profiles.editing.saving import EditedMeanwhile, check_credential, save_profile
from console.profiles.editing.versions import version_of
from console.profiles.models import CredentialProfile, TokenState
from console.profiles.services import refresh_now
from console.upstream.errors import ProfileChanged


def try_again(profile: CredentialProfile) -> None:
    """Fetch a new token now, whatever the profile's state. Raises UpstreamError.

    A refused credential is sent once more, as it is stored: the refusal may have been a mistake, or
    a locked user unlocked. If it is refused again, the profile stays as it is.
    """
    if profile.state != TokenState.NEEDS_USER:
        refresh_now(profile)
        return
    checked = check_credential(profile, None)
    try:
        save_profile(profile, secret=None, checked=checked, opened_with=version_of(profile))
    except EditedMeanwhile:
        raise ProfileChanged(profile.get_kind_display()) from None
