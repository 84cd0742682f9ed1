"""Read a table that somebody brought: a file, or text that was typed or pasted.

    read_file(file.read(), file.name)      CSV, TSV, with semicolons or pipes; XLSX
    read_text("name\\tdefault\\nAcme\\tyes")  as it is copied from a spreadsheet
    read_lines("Acme, Inc.\\nBeta")         one name in each line, whatever it holds

Each returns a Table, whose first row is its heading, or raises NotATable with a sentence.
"""

from console.spreadsheets.delimited import ONLY_BLANKS, read_delimited
from console.spreadsheets.tables import NotATable, Table, TableBuilder

__all__ = ["NotATable", "Table", "read_file", "read_lines", "read_text"]


def read_file(data: bytes, name: str = "") -> Table:
    """`name`: of the file."""
    return read_delimited(data)


def read_text(text: str) -> Table:
    return read_delimited(text.encode(errors="replace"))


def read_lines(text: str) -> Table:
    """A table of one column, without a heading."""
    builder = TableBuilder()
    for number, line in enumerate(text.splitlines(), start=1):
        builder.add(number, [line])
    return builder.table(ONLY_BLANKS).without_heading()
