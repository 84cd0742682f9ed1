"""A table that somebody brought: columns and rows of text. And one row of it, ready to be sent."""

import zlib
from typing import Any

import msgspec


class Table(msgspec.Struct, frozen=True):
    """`columns`: the heading's cells; empty where there is no heading. `rows`: as they came, blank
    ones too; they may differ in length. `first_number`: of the first row as the spreadsheet counts
    it, so that a heading is 1 and the row below it 2."""

    columns: list[str]
    rows: list[list[str]]
    first_number: int = 1


class PreparedRow(msgspec.Struct, frozen=True):
    """One row as an operation sends it.

    `name`: of the account to create, or the new one. `account_id`: of the account to change.
    `values`: the operation's other fields, each as JSON can hold it: "is_default": bool;
    "metadata": an object's JSON, as text. `problems`: (column, sentence); with one it is not sent.
    """

    number: int
    name: str = ""
    account_id: str = ""
    values: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []


def pack(table: Table) -> bytes:
    return zlib.compress(msgspec.json.encode(table), 1)


def unpack(packed: bytes) -> Table:
    return msgspec.json.decode(zlib.decompress(packed), type=Table)
