"""Read text whose cells are separated: CSV, TSV, with semicolons or pipes.

The standard library's csv reads it, line by line: 100,000 rows of 4 columns take 0.6 s of one core
and 44 MB. tablib, on the same csv, takes 0.5 s and 111 MB, and finds out no encoding. The limit of
a field, `csv.field_size_limit`, belongs to the whole process, so it is left as it is: 131,072
characters. What is longer than a spreadsheet's cell is refused here.
"""

import csv
import re
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from itertools import islice

from console.spreadsheets.encodings import READ_AS_WINDOWS, WINDOWS, encoding_of
from console.spreadsheets.tables import (
    MAX_COLUMNS,
    MAX_TITLE_ROWS,
    TOO_MANY_COLUMNS,
    NotATable,
    Table,
    TableBuilder,
    too_long,
)
from console.spreadsheets.writing import FORMULA

DELIMITERS = "\t;|,"  # where two fit, the first of them: numbers and sentences have commas
NONE = "\x1f"  # where there is one column: nobody types it
TRIED_ROWS = 50
MAX_LINES = 2_000_000  # blank ones too, and those within a cell
MAX_DELIMITERS = 100_000  # of one line, before it is taken apart
SEP = re.compile(r'("?)sep=(.)\1\r?\n?', re.IGNORECASE)  # the first line, for Excel
EMPTY = "It is empty. Choose a file that has rows."
ONLY_BLANKS = "It has no rows, only blanks. Choose a file that has rows."
TOO_MANY_LINES = "The table has more than {most:,} lines. Remove the blank ones, or split it."
BAD_QUOTE = (
    'A quote (") in row {row:,} is not closed, or stands in the middle of a cell. Double it, or '
    "save the table as XLSX."
)
TEXT_MARKS = "An apostrophe before = + - or @ was left out: it only marks text."


def read_delimited(data: bytes, *, has_tabs: bool = False) -> Table:
    """A table in an encoding and, unless it `has_tabs`, with a separator that are found out.

    Raises NotATable.
    """
    if not data:
        raise NotATable(EMPTY)
    encoding = encoding_of(data)
    delimiter, skipped = ("\t", 0) if has_tabs else _delimiter(data, encoding)
    try:
        builder = _built(data, encoding, delimiter, skipped, csv.QUOTE_MINIMAL)
    except _BadQuote as bad:
        # Excel copies a cell that begins with quotes as it is.
        if delimiter not in ("\t", NONE) or _has_odd_quotes(data, encoding):
            raise NotATable(BAD_QUOTE.format(row=bad.row)) from None
        builder = _built(data, encoding, delimiter, skipped, csv.QUOTE_NONE)
    if encoding == WINDOWS:
        builder.notes.append(READ_AS_WINDOWS)
    return builder.table(ONLY_BLANKS)


class _BadQuote(Exception):
    def __init__(self, row: int) -> None:
        self.row = row


def _built(data: bytes, encoding: str, delimiter: str, skipped: int, quoting: int) -> TableBuilder:
    builder = TableBuilder()
    may_have_marks, has_marks = b"'" in data, False
    lines = _lines(data, encoding, delimiter)
    reader = csv.reader(lines, delimiter=delimiter, strict=True, quoting=quoting)  # type: ignore[arg-type]  # an int, it says
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if number <= skipped:
                continue
            if may_have_marks:
                for n, cell in enumerate(cells):
                    if cell[:1] == "'" and cell[1:].startswith(FORMULA):
                        cells[n], has_marks = cell[1:], True
            builder.add(number, cells)
    except csv.Error as error:
        if "field limit" in str(error):
            raise too_long(number + 1, 0) from None
        raise _BadQuote(number + 1) from None
    if has_marks:
        builder.notes.append(TEXT_MARKS)
    return builder


def _lines(data: bytes, encoding: str, delimiter: str) -> Iterator[str]:
    """The lines with their ends, decoded bit by bit. Raises NotATable for one of endless cells."""
    for number, line in enumerate(TextIOWrapper(BytesIO(data), encoding, newline=""), start=1):
        if number > MAX_LINES:
            raise NotATable(TOO_MANY_LINES.format(most=MAX_LINES))
        if line.count(delimiter) > MAX_DELIMITERS:
            raise NotATable(TOO_MANY_COLUMNS.format(row=number, most=MAX_COLUMNS))
        yield line


def _has_odd_quotes(data: bytes, encoding: str) -> bool:
    return any(line.count('"') % 2 for line in _lines(data, encoding, "\t"))


def _delimiter(data: bytes, encoding: str) -> tuple[str, int]:
    """What separates the cells, and how many lines say so. NONE where there is one column."""
    first = next(_lines(data, encoding, ","), "")
    if given := SEP.fullmatch(first):
        return given[2], 1
    fits = {each: _fit(data, encoding, each) for each in DELIMITERS}
    best = max(DELIMITERS, key=lambda each: fits[each])  # the first of equals
    return (best if fits[best] > 0 else NONE), 0


def _fit(data: bytes, encoding: str, delimiter: str) -> float:
    """The share of the first rows that have as many cells as the heading; a shorter one is half.

    0 if that is one cell, or a heading that looks like a sentence, and that no row is like.
    """
    reader = csv.reader(_lines(data, encoding, delimiter), delimiter=delimiter)
    try:
        rows = _without_title(list(islice(reader, TRIED_ROWS)), 3 if delimiter == "," else 2)
    except csv.Error:
        return 0.0
    rows = [cells for cells in rows if any(map(str.strip, cells))] or [*filter(None, rows)]
    widths = [len(cells) for cells in rows] or [1]
    same, shorter = widths.count(widths[0]), sum(width < widths[0] for width in widths)
    if widths[0] == 1 or (same == 1 and any(cell[:1] == " " for cell in rows[0])):
        return 0.0
    return (same + shorter / 2) / len(widths)


def _without_title(rows: list[list[str]], min_width: int) -> list[list[str]]:
    """`rows` from the headings on, where lines of one cell and then a blank one stand above them,
    and all below are alike."""
    for at, cells in enumerate(rows[:MAX_TITLE_ROWS]):
        if len(cells) > 1:
            break
        below = rows[at + 1 :]
        if cells or len(below) < 2 or len(below[0]) < min_width:
            continue
        is_sentence = any(cell[:1] == " " for cell in below[0])
        if not is_sentence and all(len(each) == len(below[0]) for each in below if each):
            return below
    return rows
