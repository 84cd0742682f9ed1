"""A table that somebody brought: columns and rows of text, and the limits that it is held to."""

import msgspec
from django.conf import settings
from msgspec.structs import replace

MAX_COLUMNS = 200
MAX_CELL = 32_767  # characters: what Excel holds
# Of a table: what 100,000 rows of ten columns take.
MAX_CELLS = 1_000_000
MAX_CHARACTERS = 16 * 1024 * 1024
MAX_BLANK_ROWS = 100_000
MAX_TITLE_ROWS = 10  # above the headings
TOO_MANY_ROWS = "The table has more than {most:,} rows. Split it into several files."
TOO_MANY_COLUMNS = (
    "Row {row:,} has more than {most:,} columns. Remove the columns that are not needed."
)
TOO_LONG = (
    "The cell at row {row:,}, column {column} has more than {most:,} characters, which is more "
    "than a spreadsheet holds. Shorten it, or check whether a quote is missing."
)
TOO_MANY_CELLS = "The table has more than {most:,} cells. Remove the columns that are not needed."
TOO_MUCH_TEXT = "The table holds more than 16 million characters. Split it into several files."
TOO_FAR_DOWN = (
    "Row {row:,} is far below the others. Remove the blank rows above it, or the row itself."
)
OUT_OF_ORDER = "The table is damaged: row {row:,} comes twice, or too late. Save it again."


class NotATable(Exception):
    """`sentence`: what is wrong, and what to do about it, for the one who brought it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Table(msgspec.Struct, frozen=True):
    """`columns`: the heading's cells; empty where there is no heading. `rows`: as they came, blank
    ones too; they may differ in length. `first_number`: of the first row as the spreadsheet counts
    it, so that a heading is 1 and the row below it 2. `notes`: how it was read, as sentences."""

    columns: list[str]
    rows: list[list[str]]
    first_number: int = 1
    notes: list[str] = []

    @property
    def width(self) -> int:
        return max([len(self.columns), *map(len, self.rows)])

    @property
    def count(self) -> int:
        """Its rows without the blank ones."""
        return sum(map(any, self.rows))

    def label(self, column: int) -> str:
        """What to call a column: its heading, or its letter."""
        heading = self.columns[column].strip() if column < len(self.columns) else ""
        return heading or f"Column {letters(column)}"

    def without_heading(self) -> "Table":
        """The same, where the first row is one like the others."""
        if not self.columns:
            return self
        return replace(
            self,
            columns=[],
            rows=[self.columns, *self.rows],
            first_number=self.first_number - 1,
        )

    def with_heading(self) -> "Table":
        """The same, where the first row holds the headings."""
        if self.columns or not self.rows:
            return self
        return replace(
            self,
            columns=self.rows[0],
            rows=self.rows[1:],
            first_number=self.first_number + 1,
        )


class TableBuilder:
    """Takes rows one by one, and holds them to the limits: `add` raises NotATable."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._max_rows = settings.BULK_MAX_ROWS
        self._rows: list[list[str]] = []
        self._first = self._count = self._cells = self._characters = 0

    @property
    def is_empty(self) -> bool:
        return not self._rows

    def add(self, number: int, cells: list[str]) -> None:
        """Add a row, unless it is blank. `number`: as the spreadsheet counts, from 1."""
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            return
        self._add_blank_rows(number)
        if self._count > self._max_rows:  # the heading is one more
            raise NotATable(TOO_MANY_ROWS.format(most=self._max_rows))
        if len(cells) > MAX_COLUMNS:
            raise NotATable(TOO_MANY_COLUMNS.format(row=number, most=MAX_COLUMNS))
        sizes = list(map(len, cells))
        if max(sizes) > MAX_CELL:
            raise too_long(number, next(n for n, size in enumerate(sizes) if size > MAX_CELL))
        self._count += 1
        self._cells += len(cells)
        self._characters += sum(sizes)
        if self._cells > MAX_CELLS:
            raise NotATable(TOO_MANY_CELLS.format(most=MAX_CELLS))
        if self._characters > MAX_CHARACTERS:
            raise NotATable(TOO_MUCH_TEXT)
        self._rows.append(cells)

    def _add_blank_rows(self, number: int) -> None:
        """Those between the last row and this one; above the first row they are left out."""
        self._first = self._first or number
        blank = number - self._first - len(self._rows)
        if blank < 0:
            raise NotATable(OUT_OF_ORDER.format(row=number))
        if len(self._rows) + blank > self._count + MAX_BLANK_ROWS:
            raise NotATable(TOO_FAR_DOWN.format(row=number))
        if blank:
            self._rows += [[]] * blank

    def table(self, empty: str) -> Table:
        """All rows, the first of them as the heading. Raises NotATable(empty) if there is none."""
        if not self._rows:
            raise NotATable(empty)
        columns = self._rows.pop(0)
        return Table(columns, self._rows, self._first + 1, self.notes)


def too_long(row: int, column: int) -> NotATable:
    return NotATable(TOO_LONG.format(row=row, column=letters(column), most=MAX_CELL))


def letters(column: int) -> str:
    """The letters of a column that is counted from 0: A, B … Z, AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found
