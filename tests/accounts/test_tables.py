"""The state of a table in the URL."""

import pytest
from django.http import QueryDict

from console.accounts.tables import ACCOUNT_COLUMNS, TableState, read_table_state

DEFAULT = TableState(page=1, quantity=20, order_by="-created_at")


def read(query: str) -> TableState:
    return read_table_state(QueryDict(query), ACCOUNT_COLUMNS)


def test_a_bare_url_shows_the_newest_first():
    assert read("") == DEFAULT


def test_every_column_sorts_both_ways():
    for column in ACCOUNT_COLUMNS:
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
