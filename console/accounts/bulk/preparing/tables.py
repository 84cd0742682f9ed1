"""One row of a table, ready to be sent. And a table as the bytes that a job keeps, sealed."""

import zlib
from typing import Any

import msgspec

from console.spreadsheets.tables import Table

__all__ = ["PreparedRow", "Table", "pack", "unpack"]


class PreparedRow(msgspec.Struct, frozen=True):
    """One row as an operation sends it.

    `name`: of the account to create, or the new one. `account_id`: of the account to change.
    `values`: the operation's other fields, each as JSON can hold it: "is_default": bool;
    "metadata": an object's JSON, as text. `problems`: (column, sentence); with one it is not sent.
    `notes`: as problems, and it is sent all the same.
    """

    number: int
    name: str = ""
    account_id: str = ""
    values: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    notes: list[tuple[str, str]] = []


def pack(table: Table) -> bytes:
    return zlib.compress(msgspec.json.encode(table), 1)


def unpack(packed: bytes) -> Table:
    return msgspec.json.decode(zlib.decompress(packed), type=Table)
