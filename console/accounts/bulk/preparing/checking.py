"""The rows of a table as an operation sends them, with every problem at its row and column."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from console.accounts.bulk.preparing.names import same_name
from console.accounts.bulk.preparing.operations import (
    ACCOUNT_ID,
    BULK_OPERATIONS,
    IS_DEFAULT,
    METADATA,
    NAME,
    BulkOperation,
)
from console.accounts.bulk.preparing.tables import PreparedRow, Table
from console.accounts.bulk.preparing.yes_no import yes_or_no
from console.accounts.forms import MAX_NAME_LENGTH, is_blank
from console.accounts.lists.finding import alike_name
from console.upstream.json_text import HIDDEN, flaw_in, flaw_to_send

MAX_ID_LENGTH = 200  # characters
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
# What a formula that fails leaves in its cell, in files as well as in what is copied.
SPREADSHEET_ERROR = re.compile(
    r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!)"
)
LINE_BREAKS = re.compile("[\r\n\x85\u2028\u2029]")

# Shared by all rows that have none: of a hundred thousand they take 17 MB.
NO_VALUES: dict[str, Any] = {}
NOTHING: list[tuple[str, str]] = []

NO_COLUMN = "Choose the column that holds it."
MISSING = {
    NAME: "There is no name.",
    ACCOUNT_ID: "There is no account ID.",
    METADATA: "There is no metadata. Write {} to empty it.",
}
NAME_TOO_LONG = "Use at most {most} characters. This name has {length}."
NAME_OF_LINES = "The name has a line break. Write it in one line."
ODD_CHARACTERS = "It holds a character that cannot be seen or sent. Remove it."
HIDDEN_CHARACTER = "The name has a hidden character (U+{code:04X}). Is that meant?"
TAB_IN_NAME = "The name has a tab. Are these two cells?"
NAME_TWICE = "The name is in row {row:,} already."
NAME_ALIKE = "The name differs from that of row {row:,} only in case, accents or spaces."
ERROR_CELL = "The cell holds an error of the spreadsheet ({error}). Correct its formula."
NO_ID = "This is not an account ID."
ID_TWICE = "The account ID is in row {row:,} already."
NO_YES_OR_NO = "Write yes or no."
SECOND_DEFAULT = "Row {row:,} is the default account already; only one can be."
NO_JSON = "This is not JSON. Line {line}, column {column}: {reason}."
NOT_TO_SEND = "This cannot be sent. Line {line}, column {column}: {reason}."
NO_OBJECT = 'This is not a JSON object. Write one like {"team": "billing"}.'
MORE_THAN_HEADINGS = "There is no heading here. Does a cell before it need quotes?"


def prepared_rows(
    table: Table, mapping: Mapping[str, int], operation: str
) -> Iterator[PreparedRow]:
    """Each row of `table` that is not blank, in its order.

    `mapping`: the operation's fields and the numbers of their columns, from 0. `operation`: a key
    of BULK_OPERATIONS. Deterministic: the same table gives the same rows. Of two that are the same
    the later one has the problem.
    """
    checker = _Checker(table, mapping, BULK_OPERATIONS[operation])
    for number, cells in enumerate(table.rows, table.first_number):
        if any(map(str.strip, cells)):
            yield checker.prepared(number, cells)


class _Checker:
    """Knows what stood in the rows before."""

    def __init__(self, table: Table, mapping: Mapping[str, int], operation: BulkOperation) -> None:
        self._columns = {
            field.key: mapping[field.key] for field in operation.fields if field.key in mapping
        }
        self._labels = {
            field.key: table.label(self._columns[field.key])
            if field.key in self._columns
            else field.label
            for field in operation.fields
        }
        self._operation = operation
        self._table = table
        self._fields = [
            (field.key, field.is_required, getattr(self, f"_take_{field.key}"))
            for field in operation.fields
        ]
        self._names: dict[str, int] = {}  # the numbers of their first rows
        self._alike: dict[str, int] = {}
        self._ids: dict[str, int] = {}
        self._default = 0
        self._headings = _headings_that_count(table)

    def prepared(self, number: int, cells: list[str]) -> PreparedRow:
        self._number = number
        self._taken: dict[str, Any] = {}
        self._problems: list[tuple[str, str]] = []
        self._notes: list[tuple[str, str]] = []
        for key, is_required, take in self._fields:
            column = self._columns.get(key, -1)
            cell = cells[column].strip() if 0 <= column < len(cells) else ""
            if cell[:1] == "#" and SPREADSHEET_ERROR.fullmatch(cell):
                self._object(key, ERROR_CELL.format(error=cell))
            elif cell and not (key == NAME and is_blank(cell)):
                take(cell)
            elif is_required:
                self._object(key, MISSING[key] if column >= 0 else NO_COLUMN)
        if self._headings and len(cells) > self._headings:
            label = self._table.label(self._headings)
            self._problems.append((label, MORE_THAN_HEADINGS))
        return PreparedRow(
            number,
            self._taken.pop(NAME, ""),
            self._taken.pop(ACCOUNT_ID, ""),
            self._taken or NO_VALUES,
            self._problems or NOTHING,
            self._notes or NOTHING,
        )

    def _object(self, key: str, sentence: str) -> None:
        self._problems.append((self._labels[key], sentence))

    def _take_name(self, name: str) -> None:
        self._taken[NAME] = name
        if LINE_BREAKS.search(name):
            self._object(NAME, NAME_OF_LINES)
        elif CONTROLS.search(name):
            self._object(NAME, ODD_CHARACTERS)
        elif len(name) > MAX_NAME_LENGTH:
            sentence = NAME_TOO_LONG.format(most=MAX_NAME_LENGTH, length=len(name))
            self._object(NAME, sentence)
        else:
            if hidden := HIDDEN.search(name):
                sentence = HIDDEN_CHARACTER.format(code=ord(hidden[0]))
                self._notes.append((self._labels[NAME], sentence))
            if "\t" in name:
                self._notes.append((self._labels[NAME], TAB_IN_NAME))
            self._compare(name)

    def _compare(self, name: str) -> None:
        """With the names of the rows before. A name that two accounts are given is DPaaS's to
        judge."""
        row = self._names.setdefault(same_name(name), self._number)
        alike = self._alike.setdefault(alike_name(name), self._number)
        if row != self._number:
            found = (self._labels[NAME], NAME_TWICE.format(row=row))
            (self._problems if self._operation.creates else self._notes).append(found)
        elif alike != self._number:
            self._notes.append((self._labels[NAME], NAME_ALIKE.format(row=alike)))

    def _take_account_id(self, account_id: str) -> None:
        self._taken[ACCOUNT_ID] = account_id[:MAX_ID_LENGTH]
        is_odd = account_id in (".", "..") or len(account_id.split()) > 1
        if is_odd or len(account_id) > MAX_ID_LENGTH or CONTROLS.search(account_id):
            self._object(ACCOUNT_ID, NO_ID)
            return
        row = self._ids.setdefault(account_id, self._number)
        if row != self._number:
            self._object(ACCOUNT_ID, ID_TWICE.format(row=row))

    def _take_is_default(self, cell: str) -> None:
        is_default = yes_or_no(cell)
        if is_default is None:
            self._object(IS_DEFAULT, NO_YES_OR_NO)
        elif is_default:
            self._taken[IS_DEFAULT] = True
            if self._default:
                self._object(IS_DEFAULT, SECOND_DEFAULT.format(row=self._default))
            self._default = self._default or self._number

    def _take_metadata(self, text: str) -> None:
        self._taken[METADATA] = text
        body = text.encode(errors="replace")
        if not text.startswith("{"):
            self._object(METADATA, NO_OBJECT)
        elif flaw := flaw_to_send(body):
            what = NO_JSON if flaw_in(body) else NOT_TO_SEND
            sentence = what.format(line=flaw.line, column=flaw.column, reason=flaw.reason)
            self._object(METADATA, sentence)


def _headings_that_count(table: Table) -> int:
    """The number of headings, where few rows have more cells: in these, some cell was torn in two.

    0 if many have: then their column just has no heading.
    """
    longer = sum(len(cells) > len(table.columns) for cells in table.rows)
    return len(table.columns) if longer * 2 < table.count else 0
