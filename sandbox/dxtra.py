"""Dxtra on one loopback port: sign-in under ``/v1/…`` and GraphQL at ``/v1/graphql``."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.dxtra_auth import DxtraAuth
from sandbox.dxtra_data import make_dxtra
from sandbox.dxtra_tokens import AccessTokens
from sandbox.dxtra_wire import answering
from sandbox.hasura import Hasura
from sandbox.messages import Handler, Request, Response
from sandbox.people import DXTRA_PEOPLE, DxtraPerson
from sandbox.sessions import Lifetimes, Sessions
from sandbox.stats import Kind
from sandbox.upstream import Options, Route, Upstream

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 12 * 3600


@dataclass
class DxtraOptions(Options):
    """Switches of the real server, or of what stands before it; all off at first."""

    conceal_errors: bool = False
    limit_sign_ins: bool = False
    http_401: bool = False
    same_second_tokens: bool = False


class DxtraUpstream(Upstream[DxtraPerson]):
    """Both halves of Dxtra. A spent refresh token is refused and harms nothing else."""

    name = "dxtra"
    options: DxtraOptions
    make_options = DxtraOptions

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
        super().__init__(
            people=people, lifetimes=lifetimes, port=port, seed=seed, access_log=access_log
        )
        self.tokens = AccessTokens(people, seed)
        self.sessions = self.tokens.sessions = Sessions(
            lifetimes,
            make_access=self.tokens.make,
            make_refresh=lambda: str(uuid.uuid4()),
            revoke_on_replay=False,
        )
        self._fill()

    @property
    def auth_url(self) -> str:
        """What the console calls ``auth_url``: up to and including ``/v1``."""
        return f"{self.url}/v1"

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/v1/graphql"

    def reset(self) -> None:
        super().reset()
        self._fill()

    def set_options(self, **wanted: bool) -> dict[str, Any]:
        answer = super().set_options(**wanted)
        self._fit_options()
        return answer

    def on_arrival(self, request: Request, kind: Kind) -> None:
        if kind == "refresh" and (token := _refresh_token(request)):
            self.stats.saw_refresh_token(token)

    def not_found(self, request: Request) -> Response:
        return Response(404, b"404 page not found", "text/plain")

    def _fill(self) -> None:
        """Make the seeded data and personal access tokens, and the routes over them."""
        pats = {person.personal_access_token: person for person in self.people}
        self._auth = DxtraAuth(pats, self.refused, self.sessions, self.tokens, self.stats)
        self.data = make_dxtra(self.seed)
        self._hasura = Hasura(self.data, self.tokens, self.stats)
        self._fit_options()

    def _fit_options(self) -> None:
        options, auth = self.options, self._auth
        self.tokens.distinct = not options.same_second_tokens
        self._hasura.http_401 = options.http_401

        def sign_in(request: Request) -> Response:
            return auth.sign_in(request, limited=options.limit_sign_ins)

        def route(method: str, path: str, handler: Handler, kind: Kind = "other") -> Route:
            return Route(method, path, answering(handler, conceals=options.conceal_errors), kind)

        self.routes = (
            route("POST", "/v1/signin/pat", sign_in, "sign_in"),
            route("POST", "/v1/token", auth.refresh, "refresh"),
            route("POST", "/v1/signout", auth.sign_out),
            route("POST", "/v1/token/verify", auth.verify),
            route("GET", "/v1/user", auth.user),
            Route("POST", "/v1/graphql", self._hasura.answer, "api"),
            Route("GET", "/v1/graphql", self._hasura.no_such_resource, "api"),
        )


def _refresh_token(request: Request) -> str | None:
    try:
        token = request.json_object().get("refreshToken")
    except ValueError:
        return None
    return token if isinstance(token, str) else None
