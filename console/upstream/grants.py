"""The grants that bring tokens: a password, a personal access token, or a refresh token.

Each grant sends one request, over a new connection and never twice. It notes one step on the
timeline ("token exchanged" or "token refreshed"; "token not …" when it fails), so its callers note
none. All raise UpstreamError; CredentialRefused means that the credential itself is wrong, in the
auth server's own words: what a gateway in front of it says is GatewayRefused (refusals.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from console.upstream.errors import (
    CredentialRefused,
    ErrorContext,
    GatewayRefused,
    ResponseUnreadable,
    UpstreamError,
)
from console.upstream.network.egress import Egress
from console.upstream.network.origins import netloc_of
from console.upstream.network.request import Request
from console.upstream.network.response import Response
from console.upstream.refusals import is_own_refusal, says_failure
from console.upstream.responses import gateway_refusal, read_json, refusal
from console.upstream.systems import System
from console.upstream.timeline import Timeline, milliseconds_since
from console.upstream.tokens import TokenSet, token_set_from
from console.upstream.words import message_of
from console.vault.secret import Secret

TOKEN_DEADLINE = 10.0  # seconds for one token request in all; the lease is twice that and more


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    """DPaaS: POST {base_url}/authentication/login (upstreams.md, "sign in").

    403 is a refusal too (a locked or disabled user), and 422 (a malformed email).
    """

    base_url: str
    email: str
    password: Secret
    organization_slug: str

    @property
    def url(self) -> str:
        return f"{self.base_url.rstrip('/')}/authentication/login"

    def fetch_token(
        self, egress: Egress, *, timeline: Timeline, deadline: float = TOKEN_DEADLINE
    ) -> TokenSet:
        request = _TokenRequest(
            system=System.DPAAS,
            url=self.url,
            json={
                "email": self.email,
                "password": self.password,
                "organization_slug": self.organization_slug,
            },
            secret=self.password,
            step="exchanged",
            credential="the email, password or organization",
            refused_by=(400, 401, 403, 422),
        )
        return request.fetch(egress, timeline, deadline, fallback_name=self.email)


@dataclass(frozen=True, slots=True)
class PersonalAccessTokenGrant:
    """Dxtra: POST {auth_url}/signin/pat. `auth_url` goes up to and including `/v1`."""

    auth_url: str
    personal_access_token: Secret

    @property
    def url(self) -> str:
        return f"{self.auth_url.rstrip('/')}/signin/pat"

    def fetch_token(
        self, egress: Egress, *, timeline: Timeline, deadline: float = TOKEN_DEADLINE
    ) -> TokenSet:
        request = _TokenRequest(
            system=System.DXTRA,
            url=self.url,
            json={"personalAccessToken": self.personal_access_token},
            secret=self.personal_access_token,
            step="exchanged",
            credential="the personal access token",
            refused_by=(400, 401, 403),
        )
        return request.fetch(egress, timeline, deadline)


@dataclass(frozen=True, slots=True)
class RefreshGrant:
    """Either system; `url` is DPaaS's base URL or Dxtra's auth URL (as in the grants above).

    The refresh token is spent by this, whatever comes back.
    """

    system: System
    url: str
    refresh_token: Secret

    def fetch_token(
        self, egress: Egress, *, timeline: Timeline, deadline: float = TOKEN_DEADLINE
    ) -> TokenSet:
        dpaas = self.system is System.DPAAS
        request = _TokenRequest(
            system=self.system,
            url=f"{self.url.rstrip('/')}/{'authentication/refresh' if dpaas else 'token'}",
            json={"refresh_token" if dpaas else "refreshToken": self.refresh_token},
            secret=self.refresh_token,
            step="refreshed",
            credential="the refresh token",
            refused_by=(400, 401, 403, 422),
        )
        return request.fetch(egress, timeline, deadline)


def sign_out(
    egress: Egress,
    *,
    auth_url: str,
    refresh_token: Secret,
    timeline: Timeline,
    deadline: float = TOKEN_DEADLINE,
) -> None:
    """End one Dxtra session (DPaaS has no sign-out). A session that is gone already is no error.

    Sends the refresh token and nothing else: `all`, or a personal access token in its place, can
    delete the user's personal access tokens. Raises UpstreamError.
    """
    request = _TokenRequest(
        system=System.DXTRA,
        url=f"{auth_url.rstrip('/')}/signout",
        json={"refreshToken": refresh_token},
        secret=refresh_token,
        step="session ended",
        credential="the refresh token",
        refused_by=(400, 401),
    )
    try:
        request.post(egress, Timeline(), deadline)
    except CredentialRefused:
        return
    timeline.note("session ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class _TokenRequest:
    """One request to an authentication route, and what its responses mean."""

    system: System
    url: str
    json: Mapping[str, object]
    secret: Secret
    step: str
    credential: str  # in words: what the upstream may refuse
    refused_by: tuple[int, ...]  # the statuses that mean that the credential is wrong

    @property
    def _error_context(self) -> ErrorContext:
        return ErrorContext(system=self.system.label, host=netloc_of(self.url), is_write=False)

    def fetch(
        self, egress: Egress, timeline: Timeline, deadline: float, *, fallback_name: str = ""
    ) -> TokenSet:
        began = perf_counter()
        outcome = f"token not {self.step}"
        try:
            response = self.post(egress, Timeline(), deadline)
            tokens = self._tokens(response, fallback_name)
            outcome = f"token {self.step}"
        finally:
            timeline.note(outcome, milliseconds_since(began))
        return tokens

    def post(self, egress: Egress, timeline: Timeline, deadline: float) -> Response:
        """Raises UpstreamError for all but 2xx."""
        request = Request("POST", self.url, json=self.json, system=self.system.label)
        response = egress.send(request, deadline=deadline, timeline=timeline)
        if 200 <= response.status < 300:
            return response
        raise self._refusal(response)

    def _refusal(self, response: Response) -> UpstreamError:
        error = refusal(response, self._error_context, secrets=[self.secret])
        if response.status not in self.refused_by or isinstance(error, GatewayRefused):
            return error
        if not is_own_refusal(response, self.system, sent=self.json):
            return gateway_refusal(response, self._error_context, secrets=[self.secret])
        return CredentialRefused(
            **self._error_context,
            status=response.status,
            upstream_message=error.upstream_message,
            details=error.details,
            reason=self.credential,
        )

    def _tokens(self, response: Response, fallback_name: str) -> TokenSet:
        body = read_json(response, self._error_context)
        tokens = token_set_from(body, fallback_name=fallback_name)
        if tokens is None:
            raise ResponseUnreadable(
                **self._error_context,
                status=response.status,
                reason="it has no access token that can be sent",
                upstream_message=message_of(body, [self.secret]) if says_failure(body) else "",
            )
        return tokens
