"""The state of a table in the URL, and its cells."""

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.template import Context
from django.test import RequestFactory
from django.utils.html import escape
from django.utils.safestring import mark_safe

from console.accounts.lists.columns import ACCOUNT_TABLE, MEMBER_TABLE
from console.accounts.lists.kinds import ACCOUNTS
from console.accounts.lists.state import ListState, read_state
from console.upstream.dpaas_records import Account, Member, account_from, member_from
from console.upstream.pages import UnreadableRow
from console.web.templatetags.tables import Column, table
from console.web.templatetags.ui import MAX_ID

NO_TIMES: dict[str, None] = {"created_at": None, "updated_at": None}
DEFAULT = ListState(page=1, quantity=20, order_by="-created_at")


def read(query: str) -> ListState:
    return read_state(QueryDict(query), ACCOUNTS)


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ({"deleted_at": "2026-01-01T00:00:00Z"}, "Deleted"),
        ({"is_deleted": True}, "Deleted"),
        ({"deleted": True}, "Deleted"),
        ({"deleted_at": None, "is_deleted": False}, "Inactive"),
    ],
)
def test_a_deleted_account_is_not_taken_for_an_inactive_one(told: dict, shown: str):
    cell = next(column.cell for column in ACCOUNT_TABLE if column.field == "is_active")
    html = cell(account_from({"id": "a", "name": "A", "is_active": False, **told}))
    assert [word for word in ("Deleted", "Inactive") if word in html] == [shown]


def test_a_bare_url_shows_the_newest_first():
    assert read("") == DEFAULT


def test_every_column_sorts_both_ways():
    for column in [each.field for each in ACCOUNT_TABLE]:
        assert read(f"order_by={column}").order_by == column
        assert read(f"order_by=-{column}").order_by == f"-{column}"


@pytest.mark.parametrize("quantity", [1, 10, 20, 50, 100])
def test_page_and_quantity_are_taken(quantity: int):
    assert read(f"page=3&quantity={quantity}") == ListState(3, quantity, "-created_at")


@pytest.mark.parametrize(
    "query",
    [
        "order_by=password",
        "order_by=--name",
        "order_by=name%20desc;drop%20table",
        "order_by=",
        "page=0",
        "page=-1",
        "page=x",
        "page=%D9%A3",  # an Arabic digit three
        "page=99999999999999999999",
        "quantity=0",
        "quantity=101",
        "quantity=1e2",
        "quantity=",
        "page[]=2&__class__=x",
    ],
)
def test_the_unknown_and_the_hostile_fall_back(query: str):
    assert read(query) == DEFAULT


HOSTILE = """</td><script>alert(1)</script>" onfocus='x' &amp; {0} {"""


def drawn(columns: Any, row: Any) -> str:
    context = Context({"request": RequestFactory().get("/accounts/")})
    return table(context, [row], columns, "name", "#list", HOSTILE)


@pytest.mark.parametrize(
    ("columns", "row"),
    [
        (
            ACCOUNT_TABLE,
            Account(HOSTILE, HOSTILE, is_default=None, is_active=True, **NO_TIMES),
        ),
        (
            MEMBER_TABLE,
            Member(
                *(HOSTILE, HOSTILE),
                is_active=None,
                is_verified=False,
                mfa_enabled=None,
                created_at=None,
                last_login_at=None,
            ),
        ),
    ],
)
def test_no_cell_lets_hostile_text_through(columns: Any, row: Any):
    """The name or e-mail once, the id as it is shown (cut) and as it is copied."""
    html = drawn(columns, row)
    assert "<script" not in html
    assert "onfocus='" not in html
    assert html.count(escape(HOSTILE)) == 2  # name or e-mail, and what is copied
    assert html.count(escape(HOSTILE[: MAX_ID - 1])) == 3  # and the id as shown, cut


def test_the_check_of_cells_finds_an_unescaped_one():
    """The negative control of the test above."""
    open_to_all = (Column("name", "Name", lambda one: mark_safe(one.name)),)
    assert "<script" in drawn(open_to_all, Account(HOSTILE, HOSTILE, None, None, **NO_TIMES))


def cells(columns: Any, row: Any) -> list[str]:
    return re.findall(r"<td[^>]*>(.*?)</td>", drawn(columns, row))


@pytest.mark.parametrize("columns", [ACCOUNT_TABLE, MEMBER_TABLE])
def test_in_every_column_value_null_odd_empty_and_not_told_look_different(columns: Any):
    record_of = account_from if columns is ACCOUNT_TABLE else member_from
    records: list[dict[str, Any]] = [
        {},
        {column.field: None for column in columns},
        {column.field: "" for column in columns},
        {column.field: ["odd"] for column in columns},
        dict.fromkeys([column.field for column in columns], "2026-01-01T00:00:00Z"),
        dict.fromkeys([column.field for column in columns], True),
        dict.fromkeys([column.field for column in columns], False),
    ]
    looks = zip(*[cells(columns, record_of(record)) for record in records], strict=True)
    for column, (nothing, null, *values) in zip(columns, looks, strict=True):
        assert len({nothing, null}) == 2, column
        assert {nothing, null}.isdisjoint(values), column
        assert len(set(values)) >= 4, column


def test_a_login_that_is_not_told_is_not_never():
    nothing, null, odd = (
        cells(MEMBER_TABLE[4:5], member_from(record))[0]
        for record in ({}, {"last_login_at": None}, {"last_login_at": "yesterday <b>"})
    )
    assert ("Never" in nothing, "Never" in null, "Never" in odd) == (False, True, False)
    assert "yesterday &lt;b&gt;" in odd


def test_a_row_that_is_no_record_is_shown_as_it_came():
    html = drawn(ACCOUNT_TABLE, UnreadableRow("<null>"))
    assert "This row cannot be read" in html
    assert "&lt;null&gt;" in html
    assert f'colspan="{len(ACCOUNT_TABLE)}"' in html
