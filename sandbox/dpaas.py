"""DPaaS as its guide describes it: REST behind e-mail, password and organization slug."""

import base64
import hmac
import json
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

from sandbox.data import Row
from sandbox.dpaas_accounts import Accounts
from sandbox.dpaas_data import make_dpaas
from sandbox.dpaas_rest import Refused, not_found, page_of, required_texts, unauthorized
from sandbox.messages import Handler, Request, Response, json_response
from sandbox.people import DPAAS_PEOPLE, DpaasPerson
from sandbox.sessions import Lifetimes, RefreshRefused, Sessions, Tokens, random_hex
from sandbox.stats import Kind
from sandbox.upstream import Route, Upstream

ACCESS_SECONDS = 900
REFRESH_SECONDS = 7 * 86400

PersonHandler = Callable[..., Response]


class DpaasUpstream(Upstream[DpaasPerson]):
    """DPaaS on one loopback port. A spent refresh token that comes again ends its session."""

    name = "dpaas"

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
        lifetimes = Lifetimes(access_seconds, refresh_seconds)
        super().__init__(
            people=people, lifetimes=lifetimes, port=port, seed=seed, access_log=access_log
        )
        self.sessions = Sessions(
            lifetimes,
            make_access=_access_token,
            make_refresh=lambda: "def502" + random_hex(24),
            revoke_on_replay=True,
        )
        self._fill()

    def reset(self) -> None:
        super().reset()
        self._fill()

    def on_arrival(self, request: Request, kind: Kind) -> None:
        if kind == "refresh" and (token := _refresh_token(request)):
            self.stats.saw_refresh_token(token)
        if (request.method, request.path) == ("POST", "/accounts"):
            self.stats.count("create_calls")

    def not_found(self, request: Request) -> Response:
        return not_found().response()

    def _fill(self) -> None:
        """Make the seeded data, and the routes over it."""
        self.data = make_dpaas(self.seed)
        accounts = Accounts(self.data, self.stats)
        one = r"/accounts/([^/]+)"
        self.routes = (
            Route("POST", "/authentication/login", _answering(self._sign_in), "sign_in"),
            Route("POST", "/authentication/refresh", _answering(self._refresh), "refresh"),
            self._api("GET", "/accounts", accounts.listing),
            self._api("POST", "/accounts", accounts.create),
            self._api("GET", one, accounts.read),
            self._api("PATCH", one, accounts.change),
            self._api("PUT", one, accounts.change),
            self._api("DELETE", one, accounts.delete),
            self._api("GET", "/users", self._users),
            self._api("GET", "/service-accounts", self._service_accounts),
            self._api("GET", "/groups", self._groups),
            self._api("GET", "/organizations/info", self._organization),
        )

    def _api(self, method: str, pattern: str, handler: PersonHandler) -> Route:
        def protected(request: Request, *groups: str) -> Response:
            return handler(request, self._person(request), *groups)

        return Route(method, pattern, _answering(protected), "api")

    def _person(self, request: Request) -> DpaasPerson:
        access = self.sessions.find(request.bearer) if request.bearer else None
        if access is None or not access.live:
            self.stats.count("refused_api_calls")
            raise unauthorized()
        return access.person

    def _sign_in(self, request: Request) -> Response:
        email, password, slug = required_texts(request, "email", "password", "organization_slug")
        for person in self.people:
            known = (person.email, person.organization_slug) == (email, slug)
            right = hmac.compare_digest(person.password.encode(), password.encode())
            if known and right and email not in self.refused:
                self.stats.count("sign_ins")
                return _token_answer(self.sessions.open(person))
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
        return _token_answer(tokens)

    def _own(self, rows: Sequence[Row], person: DpaasPerson) -> list[Row]:
        organization = self.data.organizations[person.organization_slug]
        return [row for row in rows if row["organization_id"] == organization["id"]]

    def _users(self, request: Request, person: DpaasPerson) -> Response:
        rows = self._own(self.data.users, person)
        if account := request.query.get("account_id"):
            rows = [row for row in rows if account in self.data.members[row["id"]]]
        return page_of(rows, request)

    def _service_accounts(self, request: Request, person: DpaasPerson) -> Response:
        rows = self._own(self.data.service_accounts, person)
        if account := request.query.get("account_id"):
            rows = [row for row in rows if row["account_id"] == account]
        if request.query.get("include_inactive") != "true":
            rows = [row for row in rows if row["is_active"]]
        return page_of(rows, request)

    def _groups(self, request: Request, person: DpaasPerson) -> Response:
        return page_of(self._own(self.data.groups, person), request)

    def _organization(self, request: Request, person: DpaasPerson) -> Response:
        return json_response(200, self.data.organizations[person.organization_slug])


def _answering(handler: Handler) -> Handler:
    """Turn a refusal into its answer."""

    def answer(request: Request, *groups: str) -> Response:
        try:
            return handler(request, *groups)
        except Refused as refused:
            return refused.response()

    return answer


def _token_answer(tokens: Tokens[DpaasPerson]) -> Response:
    return json_response(
        200,
        {
            "access_token": tokens.access,
            "refresh_token": tokens.refresh,
            "token_type": "Bearer",
            "expires_in": tokens.access_seconds,
        },
    )


def _refresh_token(request: Request) -> str | None:
    try:
        token = request.json_object().get("refresh_token")
    except ValueError:
        return None
    return token if isinstance(token, str) else None


def _access_token(person: DpaasPerson, seconds: float) -> str:
    """Looks like the guide's RS256 token; its signature is chance, for nobody may check it."""
    head = {"alg": "RS256", "typ": "JWT"}
    claims = {"sub": person.email, "exp": int(time.time() + seconds), "jti": random_hex(8)}
    return ".".join((_segment(head), _segment(claims), secrets.token_urlsafe(64)))


def _segment(value: dict[str, Any]) -> str:
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
