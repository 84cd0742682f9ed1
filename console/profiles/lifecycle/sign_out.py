"""End one session upstream: it goes on there until somebody signs it out, or it runs out."""

from urllib.parse import urlsplit

from console.calls.services import record_call
from console.database.connection import release_connection
from console.profiles.models import CredentialProfile
from console.upstream.errors import UpstreamError
from console.upstream.grants import sign_out
from console.upstream.network.egress import Egress
from console.upstream.systems import System
from console.vault.secret import Secret

SIGN_OUT_DEADLINE = 5.0  # seconds; a courtesy to the upstream, not worth a longer wait


def end_session(profile: CredentialProfile, refresh_token: Secret | None, egress: Egress) -> bool:
    """Sign out the session of `refresh_token`, at the server of `profile`. False if that failed.

    DPaaS documents no sign-out: its tokens are forgotten, and run out.
    """
    if profile.kind != System.DXTRA or refresh_token is None:
        return True
    release_connection()
    try:
        path = f"{urlsplit(profile.auth_url).path}/signout"
        with record_call(profile, operation="end session", method="POST", path=path) as timeline:
            sign_out(
                egress,
                auth_url=profile.auth_url,
                refresh_token=refresh_token,
                timeline=timeline,
                deadline=SIGN_OUT_DEADLINE,
            )
    except UpstreamError:
        return False
    return True
