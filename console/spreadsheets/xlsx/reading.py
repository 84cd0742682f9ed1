"""The first sheet of a workbook that has rows."""

from console.spreadsheets.tables import (
    MAX_CELLS,
    MAX_CHARACTERS,
    TOO_MANY_CELLS,
    TOO_MUCH_TEXT,
    NotATable,
    Table,
    TableBuilder,
)
from console.spreadsheets.xlsx.parts import Parts
from console.spreadsheets.xlsx.sheets import MAX_RAW, SheetReader
from console.spreadsheets.xlsx.values import DATE_FORMATS, Style, style_of, unescaped
from console.spreadsheets.xlsx.xml import XmlReader

NO_ROWS = "No sheet of it has rows. Choose a file that has rows."
ONE_SHEET = "Read from the sheet “{name}”; the others were left out."
HIDDEN_ROWS = "Hidden rows are included: {count:,}."


def read_xlsx(data: bytes) -> Table:
    """Raises NotATable."""
    parts = Parts(data)
    path = parts.workbook()
    workbook, relations = _Workbook(), parts.relations(path)
    parts.read(path, workbook)
    strings, styles = _Strings(), _Styles()
    for relation in relations.values():
        if relation.kind == "sharedStrings":
            parts.read(relation.path, strings)
        elif relation.kind == "styles":
            parts.read(relation.path, styles)
    for sheet in workbook.visible_first():
        relation_id = next((sheet[name] for name in sheet if name.endswith(":id")), "")
        found = relations.get(relation_id)
        if found is None or found.kind != "worksheet":
            continue  # a chart, or a macro
        builder = TableBuilder()
        reader = SheetReader(builder, strings.found, styles.found, from_1904=workbook.from_1904)
        parts.read(found.path, reader)
        if builder.is_empty:
            continue
        if len(workbook.sheets) > 1:
            builder.notes.append(ONE_SHEET.format(name=sheet.get("name", "")))
        if reader.hidden_rows:
            builder.notes.append(HIDDEN_ROWS.format(count=reader.hidden_rows))
        return builder.table(NO_ROWS)
    raise NotATable(NO_ROWS)


class _Workbook(XmlReader):
    def __init__(self) -> None:
        self.sheets: list[dict[str, str]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets.append(attributes)
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")

    def visible_first(self) -> list[dict[str, str]]:
        return sorted(self.sheets, key=lambda sheet: sheet.get("state", "visible") != "visible")


class _Strings(XmlReader):
    """The texts that cells refer to by their number."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._is_text = self._is_phonetic = False
        self._size = self._total = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._is_text = not self._is_phonetic
        elif name == "rPh":
            self._is_phonetic = True

    def text(self, text: str) -> None:
        if self._is_text and self._size < MAX_RAW:
            self._pieces.append(text)
            self._size += len(text)

    def end(self, name: str) -> None:
        if name == "t":
            self._is_text = False
        elif name == "rPh":
            self._is_phonetic = False
        elif name == "si":
            self._total += self._size
            if len(self.found) >= MAX_CELLS:
                raise NotATable(TOO_MANY_CELLS.format(most=MAX_CELLS))
            if self._total > MAX_CHARACTERS:
                raise NotATable(TOO_MUCH_TEXT)
            self.found.append(unescaped("".join(self._pieces)))
            self._pieces.clear()
            self._size = 0


class _Styles(XmlReader):
    """`found`: the style of each number."""

    def __init__(self) -> None:
        self.found: list[Style] = []
        self._formats = {str(each): Style(is_date=True) for each in DATE_FORMATS}
        self._is_of_cells = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        number = attributes.get("numFmtId", "0")
        if name == "numFmt":
            self._formats[number] = style_of(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self._is_of_cells = True
        elif name == "xf" and self._is_of_cells:
            self.found.append(self._formats.get(number, Style()))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._is_of_cells = False
