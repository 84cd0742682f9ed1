"""The first part of a large JSON response, for display: indented text, and a table if there is one.

What lies behind the part that is shown is never read, so 16 MB cost no more than a page.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from console.upstream.json_prefix import BOM, CLOSING, OPENING, events_of, first_part

MAX_READ = 256 * 1024  # bytes: a text over many reads costs the square of their number
MAX_EVENTS = 20_500  # made into objects to find a table: enough for 100 rows of 100 columns
MAX_COLUMNS = 100
MAX_CELL_LENGTH = 300  # characters
MAX_TABLE_DEPTH = 8  # objects around a list
BRACKETS = {"start_map": "{", "start_array": "[", "end_map": "}", "end_array": "]"}


@dataclass(frozen=True, slots=True)
class Table:
    """A list of flat objects. Cells are texts for display; `truncated`: there are more rows."""

    path: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """`text`: indented JSON, cut between two tokens where `truncated`."""

    text: str
    truncated: bool
    table: Table | None


def preview(body: bytes, *, max_bytes: int, max_rows: int) -> Preview:
    """The first `max_bytes` bytes of `body` as indented JSON, and up to `max_rows` rows of the
    first list of flat objects under its `data`. Never raises: broken JSON ends the text early."""
    body = body[:MAX_READ].removeprefix(BOM)
    text, truncated = _indented(body, max_bytes)
    return Preview(text, truncated, _first_table(body, max_rows))


def _indented(body: bytes, max_bytes: int) -> tuple[str, bool]:
    pieces: list[str] = []
    left = max_bytes
    depth = 0
    previous = ""
    for event, value in events_of(body):
        depth -= event in CLOSING
        if isinstance(value, str):
            value = value[: left + 1]  # enough to be too long
        piece = _space_between(previous, event, depth) + _token(event, value)
        left -= len(piece.encode())
        if left < 0:
            return "".join(pieces), True
        pieces.append(piece)
        depth += event in OPENING
        previous = event
    return "".join(pieces), depth > 0 or not pieces


def _space_between(previous: str, event: str, depth: int) -> str:
    """What stands between two tokens; `depth` is how far the second is indented."""
    if previous in ("", "map_key") or (previous in OPENING and event in CLOSING):
        return ""
    comma = "" if previous in OPENING or event in CLOSING else ","
    return f"{comma}\n{'  ' * depth}"


def _token(event: str, value: Any) -> str:
    if event == "map_key":
        return f"{_literal(value)}: "
    return BRACKETS.get(event) or _literal(value)


def _literal(value: object) -> str:
    if value is None or isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)  # int or Decimal: every digit as it came


def _first_table(body: bytes, max_rows: int) -> Table | None:
    answer, unfinished = first_part(body, max_events=MAX_EVENTS)
    data = answer.get("data") if isinstance(answer, dict) else None
    for path, rows in _lists(data, ("data",)):
        truncated = len(rows) > max_rows or any(each is rows for each in unfinished)
        if table := _table(".".join(path), rows[:max_rows], truncated):
            return table
    return None


def _lists(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    """The lists in `value` that lie in no other list, each with the keys that lead to it."""
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict) and len(path) < MAX_TABLE_DEPTH:
        for key, inside in value.items():
            yield from _lists(inside, (*path, key))


def _table(path: str, rows: list[Any], truncated: bool) -> Table | None:
    """The table of `rows`; None if one of them is not a flat object, or none has a column."""
    if not all(isinstance(row, dict) and not _is_nested(row) for row in rows):
        return None
    columns = tuple(islice(dict.fromkeys(name for row in rows for name in row), MAX_COLUMNS))
    # An object without keys may be one that the JSON broke off.
    cells = tuple(tuple(_cell(row.get(name)) for name in columns) for row in rows if row)
    return Table(path, columns, cells, truncated) if columns else None


def _is_nested(row: dict[str, Any]) -> bool:
    return any(isinstance(value, dict | list) for value in row.values())


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else "" if value is None else _literal(value)
    return text if len(text) <= MAX_CELL_LENGTH else text[: MAX_CELL_LENGTH - 1] + "…"
