"""What writing.py writes reads back the same; and no bytes raise anything but a sentence."""

import zipfile
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.spreadsheets.reading import NotATable, Table, read_file, read_text
from console.spreadsheets.writing import FORMULA, File, csv_file, text_of_cell, xlsx_file
from tests.spreadsheets.workbooks import inline, sheet, workbook

HEADS = ["name", "value"]
# The first example waits for a table of all letters.
on_any_machine = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# CSV has no place for controls; no database takes NUL; half a pair is no text.
letters = st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\r\t,;|'\"= ")
texts = st.text(letters, max_size=20)
values = st.integers() | st.booleans() | st.none()
any_letters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
any_text = st.text(any_letters, max_size=20)


def rows_of(cells: st.SearchStrategy[Any]) -> st.SearchStrategy[list[list[Any]]]:
    return st.lists(st.lists(cells, min_size=1, max_size=4), max_size=8)


def is_marked(cell: Any) -> bool:
    """Whether it begins as a formula that was marked as text: then the mark goes."""
    return isinstance(cell, str) and cell[:1] == "'" and cell[1:].startswith(FORMULA)


def brought(rows: list[list[Any]]) -> list[list[str]]:
    """As a table holds them: texts, without blanks at the end of rows and of the table."""
    found = [[text_of_cell(cell) for cell in row] for row in rows]
    for row in found:
        while row and not row[-1].strip():
            row.pop()
    while found and not found[-1]:
        found.pop()
    return found


def read(file: File) -> Table:
    return read_file(b"".join(file.pieces))


@on_any_machine
@given(rows_of(texts | values), st.booleans())
@example([["=1", "-x"], ["a\r", "\rb\n"]], True)
def test_a_csv_reads_back_the_same(rows: list[list[Any]], with_bom: bool):
    rows = [[cell for cell in row if not is_marked(cell)] for row in rows]
    table = read(csv_file(HEADS, rows, with_bom=with_bom))
    assert (table.columns, table.rows, table.first_number) == (HEADS, brought(rows), 2)


@on_any_machine
@given(rows_of(any_text | values))
@example([["a\rb\r\n", "_x0041_", "\x07", 10**15, 10**14]])
def test_an_xlsx_reads_back_the_same(rows: list[list[Any]]):
    table = read(xlsx_file(HEADS, rows))
    assert (table.columns, table.rows, table.first_number) == (HEADS, brought(rows), 2)


@on_any_machine
@given(st.lists(st.text(letters, min_size=1).filter(str.strip), max_size=8))
def test_one_column_reads_back_the_same(names: list[str]):
    rows = [[name] for name in names if not is_marked(name)]
    assert read(csv_file(["name"], rows, with_bom=False)).rows == brought(rows)


LIKELY = b"name;\"'=\t|,\r\n\x00\xff\xfe\xef\xbb\xbfPK\x03\x04<?xml MZ"


@on_any_machine
@given(st.lists(st.sampled_from([bytes([each]) for each in LIKELY]) | st.binary()).map(b"".join))
@example(b"sep=x")
@example(b"PK\x03\x04")
@example(b"PK\x05\x06" + bytes(18))
def test_whatever_bytes_are_a_table_or_a_sentence(data: bytes):
    with suppress(NotATable):
        read_file(data)


@on_any_machine
@given(st.text())
@example("\ud800")
def test_whatever_text_is_a_table_or_a_sentence(text: str):
    with suppress(NotATable):
        read_text(text)


WHOLE = workbook(f"<row>{inline('name')}<c><v>1</v></c></row>" * 9)


@on_any_machine
@given(st.integers(0, len(WHOLE) - 1), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_a_table_or_a_sentence(at: int, change: bytes):
    with suppress(NotATable):
        read_file(WHOLE[:at] + change + WHOLE[at + len(change) :])


xml_pieces = st.sampled_from(
    ["<row>", "</row>", '<row r="5">', "<c>", "</c>", '<c t="s">', '<c r="A1">', '<c r="A">', "<v>",
     "</v>", "<f>", "</f>", "<is>", "</is>", "<t>", "</t>", "1", "-1", "nan", "\u00b2",
     '<c s="0" r="XFD1"/>', '<row r="0"/>', "<sheetData>", "</sheetData>", "&amp;", "&#x0;"]
)  # fmt: skip


@on_any_machine
@given(st.lists(xml_pieces).map("".join))
@example("<row><c><v>\u00b2</v></c></row>")
@example('<row r="0"><c r="A0"><v>1</v></c></row>')
def test_a_sheet_of_odd_xml_is_a_table_or_a_sentence(rows: str):
    with suppress(NotATable):
        read_file(workbook(**{"worksheets/sheet1": sheet(rows), "sharedStrings": "<sst/>"}))


@pytest.mark.parametrize("part", sorted(zipfile.ZipFile(BytesIO(WHOLE)).namelist()))
def test_a_workbook_without_one_of_its_parts_is_a_table_or_a_sentence(part: str):
    file, whole = BytesIO(), zipfile.ZipFile(BytesIO(WHOLE))
    with zipfile.ZipFile(file, "w") as parts:
        for name in whole.namelist():
            if name != part:
                parts.writestr(name, whole.read(name))
    with suppress(NotATable):
        read_file(file.getvalue())
