"""The first part of a large JSON answer, for eyes: indented text, and a table where there is one.

What lies behind the part that is shown is never read, so 16 MB cost no more than a page.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

import ijson
from ijson.common import JSONError

BOM = b"\xef\xbb\xbf"
# Bytes given to the parser at a time: the events of one read are held together, and take seventy
# times its bytes where it is all brackets.
READ_SIZE = 16 * 1024
LOOKED_AT = 32 * READ_SIZE  # in all: a text over many reads costs the square of their number
MAX_EVENTS = 100_000  # looked at to find a table
MAX_COLUMNS = 100
MAX_CELL_LENGTH = 300  # characters
MAX_TABLE_DEPTH = 8  # objects around a list

Event = tuple[str, object]
NO_EVENT: Event = ("", None)


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
    body = body[:LOOKED_AT].removeprefix(BOM)
    text, truncated = _indented(body, max_bytes)
    return Preview(text, truncated, _first_table(body, max_rows))


def events_of(body: bytes) -> Iterator[Event]:
    """The tokens of `body`, as ijson names them; where the JSON breaks off or is none, they end."""
    try:
        yield from ijson.basic_parse(BytesIO(body), buf_size=READ_SIZE)
    except (JSONError, ValueError, ArithmeticError):
        return


# --- Text -----------------------------------------------------------------------------------------


def _indented(body: bytes, max_bytes: int) -> tuple[str, bool]:
    pieces: list[str] = []
    left = max_bytes
    whole = False
    for depth, piece in _pieces(events_of(body), longest=max_bytes):
        left -= max(len(piece), len(piece[:left].encode("utf-8", "replace")))
        if left < 0:
            return "".join(pieces), True
        pieces.append(piece)
        whole = depth == 0
    return "".join(pieces), not whole


def _pieces(events: Iterator[Event], *, longest: int) -> Iterator[tuple[int, str]]:
    """Each token with what stands before it, and how many containers are open after it.

    Of a text of more than `longest` characters comes just enough to be too long.
    """
    depth = 0
    lead = ""  # what stands before the next token, but for its line break
    inline = True  # the next token stands on the line of the last
    for event, value in events:
        if event in ("end_map", "end_array"):
            depth -= 1
            closing = "}" if event == "end_map" else "]"
            yield depth, closing if lead == "" and not inline else _line(depth) + closing
            lead, inline = ",", False
            continue
        before = "" if inline else lead + _line(depth)
        if isinstance(value, str):
            value = value[: longest + 1]
        if event == "map_key":
            yield depth, f"{before}{_literal(value)}: "
            inline = True
        elif event in ("start_map", "start_array"):
            depth += 1
            yield depth, before + ("{" if event == "start_map" else "[")
            lead, inline = "", False
        else:
            yield depth, before + _literal(value)
            lead, inline = ",", False


def _line(depth: int) -> str:
    return "\n" + "  " * depth


def _literal(value: object) -> str:
    if value is None or isinstance(value, str | bool):
        return json.dumps(value, ensure_ascii=False)
    return str(value)  # int or Decimal: every digit as it came


# --- Table ----------------------------------------------------------------------------------------


def _first_table(body: bytes, max_rows: int) -> Table | None:
    events = islice(events_of(body), MAX_EVENTS)
    if next(events, NO_EVENT)[0] != "start_map":
        return None
    for event, key in events:
        opening = next(events, NO_EVENT)[0]
        if key == "data" and opening == "start_map":
            return _table_in_object(events, ("data",), max_rows)
        if event == "map_key":
            _skip(events, opening)
    return None


def _table_in_object(events: Iterator[Event], path: tuple[str, ...], max_rows: int) -> Table | None:
    """Search an object, after its opening, for lists that lie in no other list."""
    for event, key in events:
        if event != "map_key":
            return None
        opening = next(events, NO_EVENT)[0]
        inside = (*path, str(key))
        table = None
        if opening == "start_array":
            table = _table_of_list(events, ".".join(inside), max_rows)
        elif opening == "start_map" and len(inside) < MAX_TABLE_DEPTH:
            table = _table_in_object(events, inside, max_rows)
        else:
            _skip(events, opening)
        if table is not None:
            return table
    return None


def _table_of_list(events: Iterator[Event], path: str, max_rows: int) -> Table | None:
    """Read a list, after its opening. None, with the list read to its end, if it is no table."""
    rows: list[dict[str, str]] = []
    truncated = True
    for event, _ in events:
        if event == "end_array":
            truncated = False
            break
        if len(rows) == max_rows:
            break
        row = _flat_row(events) if event == "start_map" else None
        if row is None:
            _skip(events, "start_array", also=event if event == "start_array" else "")
            return None
        if row:  # one without keys is no row; nor is one that the JSON broke off
            rows.append(row)
    return _table(path, rows, truncated)


def _flat_row(events: Iterator[Event]) -> dict[str, str] | None:
    """Read an object, after its opening: the first cells, as many as there can be columns.

    None, with the object read to its end, if it is nested.
    """
    row: dict[str, str] = {}
    for event, key in events:
        if event == "end_map":
            return row
        opening, value = next(events, NO_EVENT)
        if opening.startswith("start_"):
            _skip(events, "start_map", also=opening)
            return None
        if opening and len(row) < MAX_COLUMNS:
            row[str(key)] = _cell(value)
    return row


def _skip(events: Iterator[Event], opening: str, *, also: str = "") -> None:
    """Read to the end of the container that `opening` (and, inside it, `also`) has opened."""
    depth = opening.startswith("start_") + also.startswith("start_")
    while depth:
        event = next(events, NO_EVENT)[0]
        depth += event.startswith("start_") - event.startswith("end_")
        if not event:
            return


def _table(path: str, rows: list[dict[str, str]], truncated: bool) -> Table | None:
    columns = tuple(islice(dict.fromkeys(name for row in rows for name in row), MAX_COLUMNS))
    if not columns:
        return None
    cells = tuple(tuple(row.get(column, "") for column in columns) for row in rows)
    return Table(path, columns, cells, truncated)


def _cell(value: object) -> str:
    text = value if isinstance(value, str) else "" if value is None else _literal(value)
    return text if len(text) <= MAX_CELL_LENGTH else text[: MAX_CELL_LENGTH - 1] + "…"
