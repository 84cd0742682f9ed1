"""Find rows in a list that was read: by a text in their names and ids, by what they are."""

import unicodedata
from collections.abc import Iterable
from datetime import datetime
from itertools import filterfalse
from typing import Any

from console.accounts.likeness import PLAIN
from console.accounts.lists.kinds import ListKind
from console.accounts.lists.state import ListState
from console.accounts.lists.walks import Record
from console.upstream.pages import UnreadableRow


def find(records: Iterable[Record], kind: ListKind[Any], state: ListState) -> list[Record]:
    """The records that `state` asks for, in its order. One that cannot be read is found by any of
    its text."""
    term = folded(state.q)
    found = [
        record
        for record in records
        if _has_status(record, state.status) and (not term or term in _text(record, kind))
    ]
    return _ordered(found, kind, state.order_by)


def folded(text: str) -> str:
    """`text` without case and accents: é, É and e are one, and so are Ł and l."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(PLAIN)
    return "".join(filterfalse(unicodedata.combining, letters))


def alike_name(name: str) -> str:
    """One text for names that may be meant to be one: without case, accents and doubled blanks."""
    return " ".join(folded(name).split())


def _text(record: Record, kind: ListKind[Any]) -> str:
    if isinstance(record, UnreadableRow):
        return folded(record.text)
    return folded("\n".join(str(record.get(name, "")) for name in kind.searched))


def _has_status(record: Record, status: str) -> bool:
    if not status:
        return True
    if isinstance(record, UnreadableRow):
        return False
    return record.get("is_active") is (status == "active")


def _ordered(records: list[Record], kind: ListKind[Any], order_by: str) -> list[Record]:
    """By a column as it is read; what has no value there comes last, in both orders."""
    field, descending = order_by.removeprefix("-"), order_by.startswith("-")
    keys = [(_sort_key(record, kind, field), number) for number, record in enumerate(records)]
    with_value = sorted(
        ((key, number) for key, number in keys if key is not None),
        key=lambda each: each[0],
        reverse=descending,
    )
    without = [number for key, number in keys if key is None]
    return [records[number] for number in (*(number for _, number in with_value), *without)]


def _sort_key(record: Record, kind: ListKind[Any], field: str) -> Any:
    if isinstance(record, UnreadableRow):
        return None
    value = getattr(kind.read(record), field)
    if isinstance(value, str):
        return folded(value)
    return value if isinstance(value, datetime | int) else None
