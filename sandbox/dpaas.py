"""DPaaS as its guide describes it: REST behind e-mail, password and organization slug."""

import hmac
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import jwt

from sandbox.controls import Options
from sandbox.data import Row
from sandbox.dpaas_accounts import Accounts
from sandbox.dpaas_data import make_dpaas
from sandbox.dpaas_rest import not_found, page_response, required_texts, unauthorized
from sandbox.messages import Request, Response, json_response
from sandbox.people import DPAAS_PEOPLE, DpaasPerson
from sandbox.sessions import Lifetimes, RefreshRefused, Sessions, Tokens
from sandbox.stats import Kind
from sandbox.upstream import Route, Upstream

ACCESS_SECONDS = 900
REFRESH_SECONDS = 7 * 86400

PersonHandler = Callable[..., Response]


class DpaasSessions(Sessions[DpaasPerson]):
    """A replayed refresh token ends its session: the strictest reading of the guide."""

    revoke_on_replay = True

    def make_access(self, person: DpaasPerson, seconds: float) -> str:
        """A JWT as in the guide. Its key is thrown away: clients must treat it as opaque."""
        claims = {
            "sub": person.email,
            "exp": int(time.time() + seconds),
            "jti": secrets.token_hex(8),
        }
        return jwt.encode(claims, secrets.token_bytes(32))

    def make_refresh(self) -> str:
        return "def502" + secrets.token_hex(24)


@dataclass
class DpaasOptions(Options):
    """``same_names``: it creates an account whose name is taken, which is not documented."""

    same_names: bool = False


class DpaasUpstream(Upstream[DpaasPerson]):
    """DPaaS on one loopback port."""

    name = "dpaas"
    make_options = DpaasOptions
    options: DpaasOptions
    refresh_token_field = "refresh_token"

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        people: Sequence[DpaasPerson] = DPAAS_PEOPLE,
        access_seconds: float = ACCESS_SECONDS,
        refresh_seconds: float = REFRESH_SECONDS,
        access_log: bool = False,
    ) -> None:
        sessions = DpaasSessions(Lifetimes(access_seconds, refresh_seconds))
        super().__init__(
            people=people, sessions=sessions, port=port, seed=seed, access_log=access_log
        )

    def on_arrival(self, request: Request, kind: Kind) -> None:
        super().on_arrival(request, kind)
        if (request.method, request.path) == ("POST", "/accounts"):
            self.stats.count("create_calls")

    def not_found(self, request: Request) -> Response:
        return not_found().response

    def seed_data(self) -> None:
        self.data = make_dpaas(self.seed)
        accounts = Accounts(self.data, self.stats, same_names=lambda: self.options.same_names)
        account = r"/accounts/([^/]+)"
        self.routes = (
            Route("POST", "/authentication/login", self._sign_in, "sign_in"),
            Route("POST", "/authentication/refresh", self._refresh, "refresh"),
            self._api("GET", "/accounts", accounts.listing),
            self._api("POST", "/accounts", accounts.create),
            self._api("GET", account, accounts.read),
            self._api("PATCH", account, accounts.change),
            self._api("PUT", account, accounts.change),
            self._api("DELETE", account, accounts.delete),
            self._api("GET", "/users", self._users),
            self._api("GET", "/service-accounts", self._service_accounts),
            self._api("GET", "/groups", self._groups),
            self._api("GET", "/organizations/info", self._organization),
        )

    def _api(self, method: str, pattern: str, handler: PersonHandler) -> Route:
        def protected(request: Request, *groups: str) -> Response:
            return handler(request, self._person(request), *groups)

        return Route(method, pattern, protected, "api")

    def _person(self, request: Request) -> DpaasPerson:
        access = self.sessions.find(request.bearer) if request.bearer else None
        if access is None or not access.is_valid:
            self.stats.count("refused_api_calls")
            raise unauthorized()
        return access.person

    def _sign_in(self, request: Request) -> Response:
        email, password, slug = required_texts(request, "email", "password", "organization_slug")
        for person in self.people:
            known = (person.email, person.organization_slug) == (email, slug)
            right = hmac.compare_digest(person.password.encode(), password.encode())
            if known and right and email not in self.refused_emails:
                self.stats.count("sign_ins")
                return _token_response(self.sessions.open(person))
        self.stats.count("failed_sign_ins")
        raise unauthorized("Invalid credentials")

    def _refresh(self, request: Request) -> Response:
        (refresh_token,) = required_texts(request, "refresh_token")
        try:
            tokens = self.sessions.rotate(refresh_token)
        except RefreshRefused as refused:
            self.stats.count("refused_refreshes")
            if refused.replay:
                self.stats.count("replays")
            if refused.revoked:
                self.stats.count("revoked_sessions")
            raise unauthorized() from None
        self.stats.count("refreshes")
        return _token_response(tokens)

    def _in_organization(self, rows: Sequence[Row], person: DpaasPerson) -> list[Row]:
        organization = self.data.organizations[person.organization_slug]
        return [row for row in rows if row["organization_id"] == organization["id"]]

    def _users(self, request: Request, person: DpaasPerson) -> Response:
        rows = self._in_organization(self.data.users, person)
        if account := request.query.get("account_id"):
            rows = [row for row in rows if account in self.data.members[row["id"]]]
        return page_response(rows, request)

    def _service_accounts(self, request: Request, person: DpaasPerson) -> Response:
        rows = self._in_organization(self.data.service_accounts, person)
        if account := request.query.get("account_id"):
            rows = [row for row in rows if row["account_id"] == account]
        if request.query.get("include_inactive") != "true":
            rows = [row for row in rows if row["is_active"]]
        return page_response(rows, request)

    def _groups(self, request: Request, person: DpaasPerson) -> Response:
        return page_response(self._in_organization(self.data.groups, person), request)

    def _organization(self, request: Request, person: DpaasPerson) -> Response:
        return json_response(200, self.data.organizations[person.organization_slug])


def _token_response(tokens: Tokens[DpaasPerson]) -> Response:
    return json_response(
        200,
        {
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "token_type": "Bearer",
            "expires_in": tokens.access_seconds,
        },
    )
