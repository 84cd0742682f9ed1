"""The rows of one sheet."""

from collections.abc import Sequence

from console.spreadsheets.tables import (
    MAX_CELL,
    MAX_COLUMNS,
    TOO_MANY_COLUMNS,
    NotATable,
    TableBuilder,
    letters,
    too_long,
)
from console.spreadsheets.xlsx.values import Style, date_text, plain_number, unescaped
from console.spreadsheets.xlsx.xml import BAD_XML, XmlReader

MAX_RAW = 8 * MAX_CELL  # characters, where each may be written as _x0007_
NO_RESULT = (
    "The formula in cell {column}{row} has no stored result. Open the file in Excel or "
    "LibreOffice, save it, and choose it again."
)
DIGITS = "0123456789"


class SheetReader(XmlReader):
    """Gives the rows to `builder`. Of a formula counts the result that is stored with it."""

    def __init__(
        self,
        builder: TableBuilder,
        strings: Sequence[str],
        styles: Sequence[Style],
        *,
        from_1904: bool,
    ) -> None:
        self.hidden_rows = 0
        self._builder, self._strings, self._styles = builder, strings, styles
        self._from_1904 = from_1904
        self._columns = {letters(number): number for number in range(MAX_COLUMNS)}
        self._row, self._column = 0, -1
        self._cells: list[str] = []
        self._type = self._style = ""
        self._pieces: list[str] = []
        self._size = 0
        self._is_inside = self._is_text = self._is_phonetic = self._is_formula = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._is_inside:
            self._is_inside = name == "sheetData"
        elif name == "c":
            place = attributes.get("r")
            # Unknown letters are beyond the last column that is read.
            self._column = (
                self._columns.get(place.rstrip(DIGITS), MAX_COLUMNS) if place else self._column + 1
            )
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._is_formula = False
        elif name in ("v", "t"):
            self._is_text = not self._is_phonetic
        elif name == "f":
            self._is_formula = True
        elif name == "row":
            self._row = _number(attributes["r"]) if "r" in attributes else self._row + 1
            self._column, self._cells = -1, []
            self.hidden_rows += attributes.get("hidden") in ("1", "true")
        elif name == "rPh":
            self._is_phonetic = True

    def text(self, text: str) -> None:
        if self._is_text:
            self._pieces.append(text)
            self._size += len(text)
            if self._size > MAX_RAW:
                raise too_long(self._row, self._column)

    def end(self, name: str) -> None:
        if not self._is_inside:
            return
        if name in ("v", "t"):
            self._is_text = False
        elif name == "c":
            if self._pieces:
                self._put(self._value("".join(self._pieces)))
                self._pieces.clear()
                self._size = 0
            elif self._is_formula and self._type != "str":
                column = letters(self._column)
                raise NotATable(NO_RESULT.format(column=column, row=self._row))
        elif name == "row":
            self._builder.add(self._row, self._cells)
        elif name == "rPh":
            self._is_phonetic = False
        elif name == "sheetData":
            self._is_inside = False

    def _put(self, value: str) -> None:
        cells, column = self._cells, self._column
        if column >= MAX_COLUMNS:
            if value.strip():
                raise NotATable(TOO_MANY_COLUMNS.format(row=self._row, most=MAX_COLUMNS))
        elif column >= len(cells):
            cells += [""] * (column - len(cells))
            cells.append(value)
        else:
            cells[column] = value

    def _value(self, text: str) -> str:
        kind = self._type
        if kind == "s":
            number = _number(text)
            if number >= len(self._strings):
                raise NotATable(BAD_XML)
            return self._strings[number]
        if kind == "n":
            return self._styled(text) if self._style else plain_number(text)
        if kind == "b":
            return "true" if text.strip() in ("1", "true") else "false"
        return unescaped(text)

    def _styled(self, text: str) -> str:
        """A number as its style means it: a day, or filled up with zeros as it is shown."""
        number, plain = _number(self._style), plain_number(text)
        style = self._styles[number] if number < len(self._styles) else Style()
        if style.is_date:
            return date_text(text, from_1904=self._from_1904)
        return plain.zfill(style.digits) if plain.isdigit() else plain


def _number(text: str) -> int:
    """Raises NotATable."""
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 8:
        return int(text)
    raise NotATable(BAD_XML)
