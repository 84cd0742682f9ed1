"""DPaaS's REST interface, as far as the console uses it (upstreams.md, "DPaaS")."""

import html
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from console.upstream.dpaas_records import Account, account_from
from console.upstream.errors import (
    ErrorContext,
    NotFound,
    ResponseUnreadable,
    TargetRefused,
    UpstreamError,
)
from console.upstream.field_values import text_of
from console.upstream.json_text import NotJSON, Number, as_utf8, decode, value_in
from console.upstream.network.origins import netloc_of
from console.upstream.network.request import Method, Request
from console.upstream.network.response import Response
from console.upstream.pages import Page, page_from
from console.upstream.refusals import holds_record, proves_unauthorized, says_failure
from console.upstream.responses import (
    error_body,
    is_gateway_page,
    is_page,
    read_json,
    refusal,
    what_came,
)
from console.upstream.session import AuthorizedSession
from console.upstream.systems import System
from console.upstream.words import message_of

T = TypeVar("T")
GOOD: dict[Method, tuple[int, ...]] = {
    "GET": (200,),
    "POST": (200, 201),
    "PATCH": (200, 202, 204),
    "DELETE": (200, 202, 204),
}
ACCEPTED = 202
COMPARED = ("id", "name", "is_default", "is_active")  # with what was sent, after a change
Fields = dict[str, msgspec.Raw]  # of a record: JSON, digit for digit as it came
Filters = Mapping[str, str]  # of a list: "account_id", "include_deleted", "include_inactive"


class Dpaas:
    """DPaaS at `base_url`, as the user whose tokens `session` has. Methods raise UpstreamError."""

    def __init__(self, session: AuthorizedSession, base_url: str) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._host = netloc_of(base_url)

    def page(
        self,
        path: str,
        read: Callable[[Mapping[str, Any]], T],
        page: int = 1,
        quantity: int = 20,
        order_by: str = "-created_at",
        filters: Filters | None = None,
    ) -> Page[T]:
        """One page of the list at `path`, its records read by `read`.

        `order_by`: a field's name, with "-" in front for descending.
        """
        params: dict[str, str | int] = {"page": page, "quantity": quantity, "order_by": order_by}
        try:
            response = self._send("GET", path, params={**params, **(filters or {})})
        except NotFound:
            if page == 1:
                raise
            return Page(None, page, quantity, ())  # past the end, as Django REST framework says it
        return self._read(
            response, self._error_context(), lambda body: page_from(body, read, page, quantity)
        )

    def account(self, account_id: str, filters: Filters | None = None) -> Fields:
        """All that DPaaS tells about one account, in its order."""
        path = self._checked_path(account_id, is_write=False)
        response = self._send("GET", path, params=filters)
        return self._fields(response, self._error_context())

    def create_account(self, name: str, is_default: bool) -> Account:
        """Create an account. Sent again only where DPaaS has certainly not created it.

        After an error whose `may_have_happened` is true, the account may exist.
        """
        response = self._send("POST", "/accounts", json={"name": name, "is_default": is_default})
        context = self._error_context(is_write=True)
        return self._read(response, context, _created_account)

    def change_account(self, account_id: str, changes: msgspec.Raw) -> Fields:
        """PATCH the fields in `changes`, a JSON object. Returns what DPaaS tells about the account
        then, which may be nothing.

        After an error whose `may_have_happened` is true, it may be changed.
        """
        path = self._checked_path(account_id, is_write=True)
        response = self._send("PATCH", path, json=changes)
        context = self._error_context(is_write=True)
        self._check_done(response, context)
        if not response.body.strip():
            return {}
        fields = self._fields(response, context)
        if reason := _contradiction(fields, account_id, changes):
            raise ResponseUnreadable(**context, status=response.status, reason=reason)
        return fields

    def delete_account(self, account_id: str) -> None:
        """Delete an account softly: administrators can still list it.

        After an error whose `may_have_happened` is true, it may be deleted.
        """
        path = self._checked_path(account_id, is_write=True)
        response = self._send("DELETE", path)
        self._check_done(response, self._error_context(is_write=True))

    def _send(
        self,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: object | None = None,
    ) -> Response:
        is_read = method == "GET"
        request = Request(
            method,
            f"{self._base_url}{path}",
            params=params or {},
            json=json,
            idempotent=is_read,
            is_write=not is_read,
            system=System.DPAAS.label,
        )
        is_expired = _is_expired if is_read else proves_unauthorized
        response = self._session.send(request, is_expired=is_expired)
        if response.status in GOOD[method]:
            return response
        raise self._refusal(response, is_write=not is_read)

    def _refusal(self, response: Response, *, is_write: bool) -> UpstreamError:
        """Who is told that a write was refused may send it again, so that is said only where
        nothing was written."""
        context = self._error_context(is_write=is_write)
        error = refusal(response, context, secrets=self._session.secrets)
        if not is_write or error.may_have_happened:
            return error
        if holds_record(response):
            reason = "it holds a record, as if the request had been carried out"
        elif response.status == 401 and not proves_unauthorized(response):
            reason = "DPaaS does not refuse a token like this"
        else:
            return error
        return ResponseUnreadable(
            **context,
            status=response.status,
            reason=reason,
            upstream_message=error.upstream_message,
            details=error.details,
        )

    def _read(self, response: Response, context: ErrorContext, parse: Callable[[Any], T]) -> T:
        body = read_json(response, context, parse_float=Number)
        try:
            return parse(body)
        except ValueError as wrong:
            reason = str(wrong)
        raise self._unreadable(response, context, reason)

    def _fields(self, response: Response, context: ErrorContext) -> Fields:
        self._read(response, context, _check_record)
        try:
            return decode(as_utf8(response.body), Fields)
        except (NotJSON, RecursionError):  # NaN, which Python reads
            reason = what_came(response)
        raise self._unreadable(response, context, reason)

    def _check_done(self, response: Response, context: ErrorContext) -> None:
        """Of a write whose good answer tells nothing but that it is done: raise where it does not
        say that, either."""
        if response.status == ACCEPTED:
            raise self._unreadable(response, context, "it is accepted, and not done yet")
        if is_page(response):
            raise self._unreadable(response, context, what_came(response))
        if says_failure(error_body(response)):
            raise self._unreadable(response, context, "it says that it failed")

    def _unreadable(
        self, response: Response, context: ErrorContext, reason: str
    ) -> ResponseUnreadable:
        """With DPaaS's own words, where an error comes under a good status."""
        body = error_body(response)
        return ResponseUnreadable(
            **context,
            status=response.status,
            reason=reason,
            upstream_message=message_of(body, self._session.secrets) if says_failure(body) else "",
        )

    def _checked_path(self, account_id: str, *, is_write: bool) -> str:
        """Raises TargetRefused for an id that would name another address: dots are resolved."""
        if not account_id.strip("."):
            reason = f"“{account_id}” is not the ID of an account"
            raise TargetRefused(**self._error_context(is_write=is_write), reason=reason)
        return path_of_account(account_id)

    def _error_context(self, *, is_write: bool = False) -> ErrorContext:
        return ErrorContext(system=System.DPAAS.label, host=self._host, is_write=is_write)


def _is_expired(response: Response) -> bool:
    """DPaaS does not tell an expired token from a wrong one; a gateway's page tells neither."""
    return response.status == 401 and not is_gateway_page(response)


def path_of_account(account_id: str) -> str:
    """The upstream's path of one account."""
    return f"/accounts/{quote(account_id, safe='')}"


def _contradiction(fields: Fields, account_id: str, changes: msgspec.Raw) -> str:
    """What in the account that came says that `changes` were not made; empty if nothing does.

    A name may come back written otherwise (in another normal form, trimmed), and metadata merged.
    """
    told = {name: value_in(fields[name]) for name in COMPARED if name in fields}
    found = text_of(told, "id")
    if isinstance(found, str) and found.casefold() != account_id.casefold():
        return "it is another account"
    sent = msgspec.json.decode(changes, type=Fields)
    wanted = {name: value_in(sent[name]) for name in COMPARED if name in sent}
    if any(_plain(told.get(name, value)) != _plain(value) for name, value in wanted.items()):
        return "it shows the account without the change"
    return ""


def _plain(value: object) -> object:
    if not isinstance(value, str):
        return value
    return "".join(unicodedata.normalize("NFKC", html.unescape(value)).casefold().split())


def _check_record(body: object) -> None:
    if not isinstance(body, dict):
        raise ValueError("it is not an account")


def _created_account(body: object) -> Account:
    """Raises ValueError where no account with an id came: whether one was created is not known."""
    if not isinstance(body, dict):
        raise ValueError("it is not an account")
    account = account_from(body)
    if not isinstance(account.id, str) or not account.id:
        raise ValueError("the account in it has no ID")
    return account
