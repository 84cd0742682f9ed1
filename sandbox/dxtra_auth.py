"""Dxtra's sign-in: Nhost Auth with personal access tokens and rotating refresh tokens."""

import threading
import time
from collections import deque

from sandbox import hs256
from sandbox.dxtra_tokens import AccessTokens
from sandbox.dxtra_wire import (
    AuthRefused,
    SchemaError,
    checked_body,
    invalid_pat,
    invalid_refresh_token,
    session_body,
    user_body,
    uuid_field,
)
from sandbox.messages import Request, Response, json_response
from sandbox.people import DxtraPerson
from sandbox.sessions import RefreshRefused, Sessions
from sandbox.stats import Stats

SIGN_INS_ALLOWED = 10
SIGN_INS_WINDOW_SECONDS = 300


class SignInLimit:
    """Ten sign-ins in five minutes from one address, good or bad."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}

    def allows(self, address: str) -> bool:
        """Count one sign-in; False if it is one too many."""
        now = time.monotonic()
        with self._lock:
            times = self._times.setdefault(address, deque())
            while times and times[0] <= now - SIGN_INS_WINDOW_SECONDS:
                times.popleft()
            if len(times) >= SIGN_INS_ALLOWED:
                return False
            times.append(now)
            return True


class DxtraAuth:
    """The handlers under ``/v1/`` that are not GraphQL."""

    def __init__(
        self,
        pats: dict[str, DxtraPerson],
        refused: set[str],
        sessions: Sessions[DxtraPerson],
        tokens: AccessTokens,
        stats: Stats,
    ) -> None:
        self._pats = pats
        self._refused = refused
        self._sessions = sessions
        self._tokens = tokens
        self._stats = stats
        self._limit = SignInLimit()

    def sign_in(self, request: Request, *, limited: bool) -> Response:
        if limited and not self._limit.allows(request.client):
            self._stats.count("failed_sign_ins")
            return Response(429)
        try:
            pat = uuid_field(request, "SignInPATRequest", "personalAccessToken")
            person = self._pats.get(pat)
            if person is None or person.email in self._refused:
                raise invalid_pat()
        except (SchemaError, AuthRefused):
            self._stats.count("failed_sign_ins")
            raise
        self._stats.count("sign_ins")
        return json_response(200, {"session": session_body(self._sessions.open(person))})

    def refresh(self, request: Request) -> Response:
        """Answers the bare session. A personal access token is no refresh token."""
        refresh_token = uuid_field(request, "RefreshTokenRequest", "refreshToken")
        self._note_pat(refresh_token)
        try:
            tokens = self._sessions.rotate(refresh_token)
        except RefreshRefused as refused:
            self._stats.count("refused_refreshes")
            if refused.replay:
                self._stats.count("replays")
            raise invalid_refresh_token() from None
        self._stats.count("refreshes")
        return json_response(200, session_body(tokens))

    def sign_out(self, request: Request) -> Response:
        """Ends a session. As with the real server, ``all`` or a PAT deletes the PATs too."""
        body = checked_body(request, "SignOutSchema")
        token = body.get("refreshToken")
        if isinstance(token, str):
            self._note_pat(token)
            self._pats.pop(token, None)
            self._sessions.close(token)
        if body.get("all"):
            self._stats.count("sign_outs_of_all")
            self._sign_out_everywhere(self._tokens.require_person(request))
        self._stats.count("sign_outs")
        return json_response(200, "OK")

    def user(self, request: Request) -> Response:
        return json_response(200, user_body(self._tokens.require_person(request)))

    def verify(self, request: Request) -> Response:
        token = checked_body(request, "VerifyTokenRequest").get("token") or request.bearer
        try:
            self._tokens.person(str(token))
        except hs256.BadToken:
            raise AuthRefused(401, "unauthenticated-user", "User is not logged in") from None
        return json_response(200, "OK")

    def _note_pat(self, token: str) -> None:
        if token in self._pats:
            self._stats.count("misplaced_personal_tokens")

    def _sign_out_everywhere(self, person: DxtraPerson) -> None:
        self._sessions.close_all(person)
        for pat in [pat for pat, owner in self._pats.items() if owner == person]:
            del self._pats[pat]
