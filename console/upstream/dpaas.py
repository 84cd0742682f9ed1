"""DPaaS's REST interface, as far as the console uses it (upstreams.md, "DPaaS")."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

from console.upstream.errors import ErrorContext, ResponseUnreadable
from console.upstream.network.origins import netloc_of
from console.upstream.network.request import Request
from console.upstream.network.response import Response
from console.upstream.responses import read_json, refusal
from console.upstream.session import AuthorizedSession
from console.upstream.systems import System

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. `quantity` is the one that was asked for: DPaaS does not return it."""

    total: int  # at least, if it is `open_ended`
    page: int
    quantity: int
    items: tuple[T, ...]
    open_ended: bool = False  # without a total, and the page is full: there may be more

    @property
    def pages(self) -> int:
        """How many pages there are; at least 1."""
        return max(1, -(-self.total // self.quantity)) + self.open_ended

    @property
    def first(self) -> int:
        """The number of the first row, from 1; 0 if there is none."""
        return (self.page - 1) * self.quantity + 1 if self.items else 0

    @property
    def last(self) -> int:
        """The number of the last row; 0 if there is none."""
        return (self.page - 1) * self.quantity + len(self.items) if self.items else 0


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    is_default: bool | None
    is_active: bool | None
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Member:
    """A user of the organization."""

    id: str
    email: str
    is_active: bool | None
    is_verified: bool | None
    mfa_enabled: bool | None
    created_at: datetime | None
    last_login_at: datetime | None


class Dpaas:
    """DPaaS at `base_url`, as the user whose tokens `session` has. Methods raise UpstreamError."""

    def __init__(self, session: AuthorizedSession, base_url: str) -> None:
        self._session = session
        self._base_url = base_url.rstrip("/")
        self._host = netloc_of(base_url)

    def accounts(
        self, page: int = 1, quantity: int = 20, order_by: str = "-created_at"
    ) -> Page[Account]:
        """`order_by`: a field's name, with "-" in front for descending."""
        return self._page("/accounts", account_from, page, quantity, order_by)

    def users(
        self, page: int = 1, quantity: int = 20, order_by: str = "-created_at"
    ) -> Page[Member]:
        return self._page("/users", member_from, page, quantity, order_by)

    def create_account(self, name: str, is_default: bool) -> Account:
        """Create an account. Sent again only where DPaaS has certainly not created it.

        After an error whose `may_have_happened` is true, the account may exist.
        """
        answer = self._send("POST", "/accounts", json={"name": name, "is_default": is_default})
        context = self._error_context(is_write=True)
        return self._read(answer, context, lambda body: account_from(_record(body)))

    def _page(
        self,
        path: str,
        parse: Callable[[Mapping[str, Any]], T],
        page: int,
        quantity: int,
        order_by: str,
    ) -> Page[T]:
        params: dict[str, str | int] = {"page": page, "quantity": quantity, "order_by": order_by}
        answer = self._send("GET", path, params=params)
        return self._read(
            answer, self._error_context(), lambda body: page_from(body, parse, page, quantity)
        )

    def _send(
        self,
        method: Literal["GET", "POST"],
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
        answer = self._session.send(request, is_expired=lambda answer: answer.status == 401)
        if answer.status in (200, 201):
            return answer
        context = self._error_context(is_write=not is_read)
        raise refusal(answer, context, secrets=self._session.secrets)

    def _read(self, answer: Response, context: ErrorContext, parse: Callable[[Any], T]) -> T:
        body = read_json(answer, context)
        try:
            return parse(body)
        except ValueError as wrong:
            reason = str(wrong)
        raise ResponseUnreadable(**context, status=answer.status, reason=reason)

    def _error_context(self, *, is_write: bool = False) -> ErrorContext:
        return ErrorContext(system=System.DPAAS.label, host=self._host, is_write=is_write)


def page_from(
    body: object, parse: Callable[[Mapping[str, Any]], T], page: int, quantity: int
) -> Page[T]:
    """Read the envelope `{"total", "page", "results"}`. Raises ValueError with a reason."""
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(results, list):
        raise ValueError("it holds no list of results")
    items = tuple(parse(_record(item)) for item in results)
    page = _count(body.get("page")) or page
    at_least = (page - 1) * quantity + len(items) if items else 0
    total = _count(body.get("total"))
    open_ended = not total and len(items) >= quantity
    return Page(max(total, at_least), page, quantity, items, open_ended)


def account_from(record: Mapping[str, Any]) -> Account:
    return Account(
        id=_id(record),
        name=_text(record.get("name")),
        is_default=_flag(record.get("is_default")),
        is_active=_flag(record.get("is_active")),
        created_at=_moment(record.get("created_at")),
        updated_at=_moment(record.get("updated_at")),
    )


def member_from(record: Mapping[str, Any]) -> Member:
    return Member(
        id=_id(record),
        email=_text(record.get("email")),
        is_active=_flag(record.get("is_active")),
        is_verified=_flag(record.get("is_verified")),
        mfa_enabled=_flag(record.get("mfa_enabled")),
        created_at=_moment(record.get("created_at")),
        last_login_at=_moment(record.get("last_login_at")),
    )


def _record(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("it holds something that is no record")
    return value


def _id(record: Mapping[str, Any]) -> str:
    value = _text(record.get("id"))
    if not value:
        raise ValueError("it holds a record without an id")
    return value


def _text(value: object) -> str:
    """A text as it came, but for what no page or database can hold: lone surrogates and NUL."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        return str(value)
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _count(value: object) -> int:
    """A whole number from 0, also one written as a text; 0 for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 13:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return min(max(value, 0), 10**12)


def _moment(value: object) -> datetime | None:
    """An ISO 8601 text as an aware datetime in UTC, which is also assumed without an offset."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1 < moment.year < 9999 else None  # valid in every time zone
