"""Which grant a profile's kind uses. The one place of the token lifecycle that knows kinds."""

from console.profiles.models import CredentialProfile
from console.upstream.grants import PasswordGrant, PersonalAccessTokenGrant, RefreshGrant
from console.upstream.systems import System
from console.vault.secret import Secret


def sign_in_grant(
    profile: CredentialProfile, credential: Secret
) -> PasswordGrant | PersonalAccessTokenGrant:
    if profile.kind == System.DXTRA:
        return PersonalAccessTokenGrant(auth_url=profile.auth_url, personal_access_token=credential)
    return PasswordGrant(
        base_url=profile.base_url,
        email=profile.email,
        password=credential,
        organization_slug=profile.organization_slug,
    )


def refresh_grant(profile: CredentialProfile, refresh_token: Secret) -> RefreshGrant:
    if profile.kind == System.DXTRA:
        return RefreshGrant(System.DXTRA, profile.auth_url, refresh_token)
    return RefreshGrant(System.DPAAS, profile.base_url, refresh_token)
