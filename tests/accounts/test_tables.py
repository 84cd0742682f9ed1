"""The state of a table in the URL, and its cells."""

from typing import Any

import pytest
from django.http import QueryDict
from django.template import Context
from django.test import RequestFactory
from django.utils.html import escape
from django.utils.safestring import mark_safe

from console.accounts.tables import (
    ACCOUNT_TABLE,
    MEMBER_TABLE,
    TableState,
    read_table_state,
)
from console.upstream.dpaas import Account, Member
from console.web.templatetags.tables import Column, table
from console.web.templatetags.ui import MAX_ID

NO_TIMES: dict[str, None] = {"created_at": None, "updated_at": None}
DEFAULT = TableState(page=1, quantity=20, order_by="-created_at")


def read(query: str) -> TableState:
    return read_table_state(QueryDict(query), ACCOUNT_TABLE)


def test_a_bare_url_shows_the_newest_first():
    assert read("") == DEFAULT


def test_every_column_sorts_both_ways():
    for column in [each.field for each in ACCOUNT_TABLE]:
        assert read(f"order_by={column}").order_by == column
        assert read(f"order_by=-{column}").order_by == f"-{column}"


@pytest.mark.parametrize("quantity", [20, 50, 100])
def test_page_and_quantity_are_taken(quantity: int):
    assert read(f"page=3&quantity={quantity}") == TableState(3, quantity, "-created_at")


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
        "quantity=10",
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
