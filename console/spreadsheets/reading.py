"""Read a table that somebody brought: a file, or text that was typed or pasted.

    read_file(file.read(), name=file.name) CSV, TSV, with semicolons or pipes; XLSX
    read_text("name\\tdefault\\nAcme\\tyes")  as it is copied from a spreadsheet
    read_lines("Acme, Inc.\\nBeta")         one name in each line, whatever it holds

Each returns a Table, or raises NotATable with a sentence. What a file is, its bytes say, not its
name.
The first row is taken for the heading, except of lines.
"""

from console.spreadsheets.delimited import EMPTY, ONLY_BLANKS, read_delimited
from console.spreadsheets.file_kinds import is_zip, refusal
from console.spreadsheets.tables import NotATable, Table, TableBuilder
from console.spreadsheets.xlsx.reading import read_xlsx

TABS = (".tsv", ".tab")
__all__ = ["NotATable", "Table", "read_file", "read_lines", "read_text"]


def read_file(data: bytes, *, name: str = "") -> Table:
    """`name`: of the file. One of tabs is known by it; all else by what it holds."""
    if not data:
        raise NotATable(EMPTY)
    if is_zip(data):
        return read_xlsx(data)
    if sentence := refusal(data):
        raise NotATable(sentence)
    return read_delimited(data, has_tabs=name.lower().endswith(TABS))


def read_text(text: str) -> Table:
    return read_delimited(text.encode(errors="replace"))


def read_lines(text: str) -> Table:
    """A table of one column, without a heading."""
    builder = TableBuilder()
    for number, line in enumerate(text.splitlines(), start=1):
        builder.add(number, [line])
    return builder.table(ONLY_BLANKS).without_heading()
