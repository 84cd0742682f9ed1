"""The tables of accounts and users: their columns, and their state in the URL."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.safestring import mark_safe

from console.upstream.dpaas import Account, Member
from console.web.templatetags.tables import Column, yes_or_no
from console.web.templatetags.ui import badge, full_text, identifier, moment

QUANTITIES = (20, 50, 100)
DEFAULT_ORDER = "-created_at"

ACTIVE, INACTIVE = badge("good", "active"), badge("quiet", "inactive")
DEFAULT, NOT_DEFAULT = badge("info", "default"), mark_safe('<span class="soft">no</span>')
NOT_VERIFIED, MFA_OFF = badge("warning", "not yet"), mark_safe('<span class="soft">off</span>')

ACCOUNT_TABLE: tuple[Column[Account], ...] = (
    Column("name", "Name", lambda one: full_text(one.name), is_main=True),
    Column("is_default", "Default", lambda one: yes_or_no(one.is_default, DEFAULT, NOT_DEFAULT)),
    Column("is_active", "Active", lambda one: yes_or_no(one.is_active, ACTIVE, INACTIVE)),
    Column("created_at", "Created", lambda one: moment(one.created_at)),
    Column("updated_at", "Updated", lambda one: moment(one.updated_at)),
    Column("id", "Id", lambda one: identifier(one.id)),
)
MEMBER_TABLE: tuple[Column[Member], ...] = (
    Column("email", "Email", lambda one: full_text(one.email), is_main=True),
    Column("is_active", "Active", lambda one: yes_or_no(one.is_active, ACTIVE, INACTIVE)),
    Column("is_verified", "Verified", lambda one: yes_or_no(one.is_verified, "yes", NOT_VERIFIED)),
    Column("mfa_enabled", "MFA", lambda one: yes_or_no(one.mfa_enabled, "on", MFA_OFF)),
    Column("last_login_at", "Last login", lambda one: moment(one.last_login_at, "never")),
    Column("created_at", "Created", lambda one: moment(one.created_at)),
    Column("id", "Id", lambda one: identifier(one.id)),
)


@dataclass(frozen=True, slots=True)
class TableState:
    page: int  # from 1
    quantity: int
    order_by: str  # a column; `-` in front: descending


def read_table_state(params: QueryDict, columns: Collection[Column[Any]]) -> TableState:
    """What the URL asks for; anything unknown or hostile in it falls back to the default."""
    order_by = params.get("order_by", "")
    sortable = {column.field for column in columns}
    return TableState(
        page=max(_number(params.get("page", "")), 1),
        quantity=_allowed(_number(params.get("quantity", ""))),
        order_by=order_by if order_by.removeprefix("-") in sortable else DEFAULT_ORDER,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _allowed(quantity: int) -> int:
    return quantity if quantity in QUANTITIES else QUANTITIES[0]
