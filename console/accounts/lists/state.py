"""What the address of a list asks for. Anything unknown or hostile falls back to the default."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from console.accounts.lists.kinds import ListKind
from console.upstream.pages import MAX_QUANTITY

DEFAULT_QUANTITY = 20
DEFAULT_ORDER = "-created_at"
MAX_TERM = 200  # characters
STATUSES = ("active", "inactive")
FLAG = "true"  # as DPaaS writes it


@dataclass(frozen=True, slots=True)
class ListState:
    page: int = 1
    quantity: int = DEFAULT_QUANTITY  # rows of a page
    order_by: str = DEFAULT_ORDER  # a column; `-` in front: descending
    q: str = ""  # what is searched for
    status: str = ""  # one of STATUSES; empty: all
    filters: tuple[tuple[str, str], ...] = ()  # that DPaaS knows

    @property
    def query(self) -> dict[str, Any]:
        """For addresses: everything but the page and what is the default."""
        query = {**dict(self.filters), "q": self.q, "status": self.status, **self.kept}
        return {name: value for name, value in query.items() if value}

    @property
    def kept(self) -> dict[str, Any]:
        """What stays as it is when something else is searched for."""
        kept: dict[str, Any] = {}
        if self.order_by != DEFAULT_ORDER:
            kept["order_by"] = self.order_by
        if self.quantity != DEFAULT_QUANTITY:
            kept["quantity"] = self.quantity
        return kept

    @property
    def filter_names(self) -> set[str]:
        return set(dict(self.filters))

    @property
    def account_id(self) -> str:
        return dict(self.filters).get("account_id", "")


def read_state(params: QueryDict, kind: ListKind[Any]) -> ListState:
    order_by = params.get("order_by", "")
    sortable = {column.field for column in kind.columns}
    status = params.get("status", "")
    return ListState(
        page=max(_number(params.get("page", "")), 1),
        quantity=_allowed(_number(params.get("quantity", ""))),  # also the size that DPaaS caps at
        order_by=order_by if order_by.removeprefix("-") in sortable else DEFAULT_ORDER,
        q=" ".join(params.get("q", "").replace("\0", "").split())[:MAX_TERM],
        status=status if kind.has_status and status in STATUSES else "",
        filters=_filters(params, kind),
    )


def needs_walk(state: ListState, kind: ListKind[Any]) -> bool:
    """Whether the whole list has to be read, as DPaaS has no such search or filter."""
    is_sent = kind.hides_inactive and state.status == "active"
    return bool(state.q) or (bool(state.status) and not is_sent)


def sent_filters(state: ListState, kind: ListKind[Any]) -> dict[str, str]:
    """The parameters of a call: a list that hides what is inactive is asked for it too."""
    shows_inactive = kind.hides_inactive and state.status != "active"
    return {**dict(state.filters), **({"include_inactive": FLAG} if shows_inactive else {})}


def _filters(params: QueryDict, kind: ListKind[Any]) -> tuple[tuple[str, str], ...]:
    chosen = [(name, FLAG) for name, _ in kind.flags if params.get(name)]
    account_id = params.get("account_id", "").replace("\0", "")[:MAX_TERM]
    if kind.of_account and account_id:
        chosen.append(("account_id", account_id))
    return tuple(chosen)


def as_key(filters: dict[str, str]) -> str:
    return urlencode(sorted(filters.items()))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _allowed(quantity: int) -> int:
    return quantity if 1 <= quantity <= MAX_QUANTITY else DEFAULT_QUANTITY
