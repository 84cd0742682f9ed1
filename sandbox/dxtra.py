"""Dxtra on one loopback port: Nhost Auth under ``/v1/…`` and GraphQL at ``/v1/graphql``."""

from collections.abc import Sequence
from dataclasses import dataclass

import jwt

from sandbox.controls import Options
from sandbox.dxtra_data import make_dxtra
from sandbox.dxtra_responses import auth_error, json_body, session_body, uuid_field
from sandbox.dxtra_sessions import DxtraSessions
from sandbox.hasura import Hasura
from sandbox.messages import ErrorResponse, Request, Response, json_response
from sandbox.people import DXTRA_PEOPLE, DxtraPerson
from sandbox.sessions import Lifetimes, RefreshRefused
from sandbox.upstream import Route, Upstream

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 12 * 3600


@dataclass
class DxtraOptions(Options):
    """Settings of the real server, all off at first.

    ``conceal_errors``: each refused sign-in or refresh gets the same response. ``http_401``:
    GraphQL responds to a bad access token with status 401 instead of 200.
    """

    conceal_errors: bool = False
    http_401: bool = False


class DxtraUpstream(Upstream[DxtraPerson]):
    """Dxtra: sign-in and GraphQL."""

    name = "dxtra"
    refresh_token_field = "refreshToken"
    make_options = DxtraOptions
    options: DxtraOptions
    sessions: DxtraSessions

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        people: Sequence[DxtraPerson] = DXTRA_PEOPLE,
        access_seconds: float = ACCESS_SECONDS,
        refresh_seconds: float = REFRESH_SECONDS,
        access_log: bool = False,
    ) -> None:
        lifetimes = Lifetimes(access_seconds, refresh_seconds)
        sessions = DxtraSessions(lifetimes, people, seed)
        super().__init__(
            people=people, sessions=sessions, port=port, seed=seed, access_log=access_log
        )

    @property
    def auth_url(self) -> str:
        """A profile's ``auth_url``: up to and including ``/v1``."""
        return f"{self.url}/v1"

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/v1/graphql"

    def seed_data(self) -> None:
        self._personal_tokens = {person.personal_access_token: person for person in self.people}
        self.data = make_dxtra(self.seed)
        self._hasura = Hasura(self.data, self.sessions, self.stats)
        self.routes = (
            Route("POST", "/v1/signin/pat", self._sign_in, "sign_in"),
            Route("POST", "/v1/token", self._refresh, "refresh"),
            Route("POST", "/v1/signout", self._sign_out),
            Route("POST", "/v1/graphql", self._graphql, "api"),
            Route("GET", "/v1/graphql", self._hasura.no_such_resource, "api"),
        )

    def not_found(self, request: Request) -> Response:
        return Response(404, b"404 page not found", "text/plain")

    def _sign_in(self, request: Request) -> Response:
        try:
            token = uuid_field(request, "SignInPATRequest", "personalAccessToken")
            person = self._personal_tokens.get(token)
            if person is None or person.email in self.refused_emails:
                raise self._refusal("invalid-pat", "Invalid or expired personal access token")
        except ErrorResponse:
            self.stats.count("failed_sign_ins")
            raise
        self.stats.count("sign_ins")
        return json_response(200, {"session": session_body(self.sessions.open(person))})

    def _refresh(self, request: Request) -> Response:
        """Responds with the bare session. A personal access token is no refresh token."""
        refresh_token = uuid_field(request, "RefreshTokenRequest", "refreshToken")
        self._note_personal_token(refresh_token)
        try:
            tokens = self.sessions.rotate(refresh_token)
        except RefreshRefused as refused:
            self.stats.count("refused_refreshes")
            if refused.replay:
                self.stats.count("replays")
            message = "Invalid or expired refresh token"
            raise self._refusal("invalid-refresh-token", message) from None
        self.stats.count("refreshes")
        return json_response(200, session_body(tokens))

    def _sign_out(self, request: Request) -> Response:
        """End a session. Like the real server, ``all`` or a personal access token sent as the
        refresh token also deletes personal access tokens."""
        body = json_body(request, "SignOutSchema")
        token = body.get("refreshToken")
        if isinstance(token, str):
            self._note_personal_token(token)
            self._personal_tokens.pop(token, None)
            self.sessions.close(token)
        if body.get("all"):
            self.stats.count("sign_outs_of_all")
            self._sign_out_everywhere(request)
        self.stats.count("sign_outs")
        return json_response(200, "OK")

    def _sign_out_everywhere(self, request: Request) -> None:
        try:
            person = self.sessions.owner(request.bearer or "")
        except jwt.InvalidTokenError:
            raise auth_error(401, "unauthenticated-user", "User is not logged in") from None
        self.sessions.close_all(person)
        self._personal_tokens = {
            token: owner for token, owner in self._personal_tokens.items() if owner != person
        }

    def _graphql(self, request: Request) -> Response:
        return self._hasura.respond(request, http_401=self.options.http_401)

    def _note_personal_token(self, token: str) -> None:
        if token in self._personal_tokens:
            self.stats.count("misplaced_personal_tokens")

    def _refusal(self, error: str, message: str) -> ErrorResponse:
        if self.options.conceal_errors:
            return auth_error(400, "invalid-request", "The request payload is incorrect")
        return auth_error(401, error, message)
