"""The state of a table, read from the URL: page, rows on a page, order."""

from collections.abc import Collection
from dataclasses import dataclass

from django.http import QueryDict

QUANTITIES = (20, 50, 100)
DEFAULT_ORDER = "-created_at"

ACCOUNT_COLUMNS = ("name", "is_default", "is_active", "created_at", "updated_at", "id")
MEMBER_COLUMNS = (
    "email",
    "is_active",
    "is_verified",
    "mfa_enabled",
    "last_login_at",
    "created_at",
    "id",
)


@dataclass(frozen=True, slots=True)
class TableState:
    page: int  # from 1
    quantity: int
    order_by: str  # a column; `-` in front: descending


def read_table_state(params: QueryDict, columns: Collection[str]) -> TableState:
    """What the URL asks for; whatever is unknown or hostile in it falls back to the default."""
    order_by = params.get("order_by", "")
    return TableState(
        page=max(_number(params.get("page", "")), 1),
        quantity=_allowed(_number(params.get("quantity", ""))),
        order_by=order_by if order_by.removeprefix("-") in columns else DEFAULT_ORDER,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _allowed(quantity: int) -> int:
    return quantity if quantity in QUANTITIES else QUANTITIES[0]
