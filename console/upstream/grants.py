"""How tokens are come by: a password, a personal access token, or a refresh token.

Each grant sends one request, over a connection of its own and never twice. It notes one step on the
timeline ("token exchanged" or "token refreshed", or "token not …" when it fails): callers note
nothing more. All raise UpstreamError; CredentialRefused means that the credential itself is wrong.
"""

from dataclasses import dataclass

from console.upstream.egress import Egress
from console.upstream.timeline import Timeline
from console.upstream.tokens import System, TokenSet
from console.vault.secret import Secret

TOKEN_DEADLINE = 10.0  # seconds for one token request in all (token-lifecycle: lease >= 2 x + 5 s)


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    """DPaaS: POST {base_url}/authentication/login."""

    base_url: str
    email: str
    password: Secret
    organization_slug: str

    def fetch_token(
        self, egress: Egress, *, timeline: Timeline, deadline: float = TOKEN_DEADLINE
    ) -> TokenSet:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class PersonalAccessTokenGrant:
    """Dxtra: POST {auth_url}/signin/pat. `auth_url` goes up to and including `/v1`."""

    auth_url: str
    personal_access_token: Secret

    def fetch_token(
        self, egress: Egress, *, timeline: Timeline, deadline: float = TOKEN_DEADLINE
    ) -> TokenSet:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """Either system: `url` is DPaaS's base URL or Dxtra's auth URL."""

    system: System
    url: str
    refresh_token: Secret

    def fetch_token(
        self, egress: Egress, *, timeline: Timeline, deadline: float = TOKEN_DEADLINE
    ) -> TokenSet:
        raise NotImplementedError


def sign_out(
    egress: Egress,
    *,
    auth_url: str,
    refresh_token: Secret,
    timeline: Timeline,
    deadline: float = TOKEN_DEADLINE,
) -> None:
    """End one Dxtra session."""
    raise NotImplementedError
