"""Files that are no table, or more than one: each is refused by a sentence, in bounded memory."""

import gzip
import struct
import subprocess
import sys
import zipfile
import zlib
from itertools import pairwise

import pytest
from pytest_django import Settings

from console.spreadsheets import tables
from console.spreadsheets.reading import NotATable, read_file
from console.spreadsheets.tables import MAX_CELL, letters
from console.spreadsheets.writing import FIXED_PARTS
from console.spreadsheets.xlsx import reading as xlsx
from console.spreadsheets.xlsx import xml
from tests.services.console import ROOT
from tests.spreadsheets.workbooks import inline, sheet, workbook, zipped

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
PARTS: dict[str, str | bytes] = dict(FIXED_PARTS)
DAMAGED, TRICKS = "The file is damaged", "The file holds XML that no spreadsheet writes"
TOO_LONG = "The cell at row 2, column A has more than 32,767 characters"
MEGABYTE = 1024 * 1024


def short(value: object) -> str:
    return value[:24] if isinstance(value, str) else "file"


def refused(data: bytes) -> str:
    with pytest.raises(NotATable) as refusal:
        read_file(data)
    return refusal.value.sentence


@pytest.mark.parametrize(
    ("data", "begin"),
    [
        (b"MZ\x90\x00" + bytes(range(256)) * 8, "This is a program"),
        (b"\x7fELF\x02\x01\x01" + bytes(90), "This is a program"),
        (b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\n", "This is a PDF"),
        (b"\x89PNG\r\n\x1a\n" + zlib.compress(bytes(999)), "This is a picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "This is a picture"),
        (gzip.compress(b"name\nAcme\n"), "This is a packed file (gzip)"),
        (OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "The file is protected by a"),
        (OLE + bytes(500) + "Workbook".encode("utf-16-le"), "This is an old Excel file (.xls)"),
        (OLE + bytes(500), "This is a file of an old Office program"),
        (b"  <!DOCTYPE html><table><tr><td>name", "This is a web page"),
        (b'[{"name": "Acme"}, {"name": "Beta"}]\n', "This is JSON, not a table"),
        (b'\xef\xbb\xbf{"accounts": []}', "This is JSON, not a table"),
        (b'<?xml version="1.0"?><Workbook>', "This is XML"),
        (zipped({"photo.png": b"x", "notes.txt": b"y"}), "This is a zip of other files"),
        (zipped({}), "This is a zip of other files"),
        (zipped({"mimetype": b"", "content.xml": b"<x/>"}), "This is an OpenDocument file"),
        (zipped({"[Content_Types].xml": b"", "word/document.xml": b""}), "This is a text document"),
        (zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}), "This is a binary workbook"),
        (workbook()[:300], DAMAGED),
        (workbook()[:-30], DAMAGED),
        (workbook(), "No sheet of it has rows"),
        (workbook("<row><c/></row><row>"), DAMAGED),
        (workbook('<row><c t="s"><v>0</v></c></row>'), DAMAGED),
        (workbook('<row r="x"/>'), DAMAGED),
        (zipped({**PARTS}), DAMAGED),
        (zipped({**PARTS}, zipfile.ZIP_LZMA), DAMAGED),
    ],
    ids=short,
)
def test_a_file_that_is_no_table_is_told_what_it_is(data: bytes, begin: str):
    assert refused(data).startswith(begin)


def test_a_name_may_begin_as_a_program_does():
    assert read_file(b"MZ Corp,1\nBeta,2\n").columns == ["MZ Corp", "1"]


def test_a_name_may_begin_as_json_does():
    assert read_file(b"[new] Acme,1\n{x},2\n").columns == ["[new] Acme", "1"]


@pytest.mark.parametrize(
    ("data", "begin"),
    [
        (b"name\n" + b"x" * 10 * MEGABYTE, TOO_LONG),
        (b"name\n" + b"x" * (MAX_CELL + 1), TOO_LONG),
        (b"name\n\"" + b"Acme\n" * MEGABYTE, TOO_LONG),
        (b"name" + b"," * MEGABYTE + b"x\n", "Row 1 has more than 200 columns"),
        (b"name,x\n" + b"a," * 200 + b"x\n", "Row 2 has more than 200 columns"),
        (workbook(f"<row>{inline('a')}</row><row>{inline('x' * 10 * MEGABYTE)}</row>"), TOO_LONG),
        (workbook(f'<row r="1">{inline("x", "XFD1")}</row>'), "Row 1 has more than 200 columns"),
        (workbook(f'<row r="1">{inline("x", "GS1")}</row>'), "Row 1 has more than 200 columns"),
        (
            workbook(f'<row r="1">{inline("x", "A1")}</row>'
                     f'<row r="1048576">{inline("x", "A1048576")}</row>'),
            "Row 1,048,576 is far below the others",
        ),
        (workbook(f'<row r="2">{inline("x")}</row><row r="2">{inline("y")}</row>'),
         "The table is damaged: row 2 comes twice"),
    ],
    ids=short,
)  # fmt: skip
def test_a_table_beyond_the_limits_is_told_where(data: bytes, begin: str):
    assert refused(data).startswith(begin)


def test_a_cell_and_a_row_may_be_as_large_as_the_limits():
    cells = ["x" * MAX_CELL, *["y"] * 199]
    assert read_file(f"name,x\n{','.join(cells)}\n".encode()).rows == [cells]
    row = f'<row r="1">{inline("x", letters(199) + "1")}<c r="XFD1" s="1"/></row>'
    assert len(read_file(workbook(row)).columns) == 200


def test_there_may_be_as_many_rows_as_the_setting_says(settings: Settings):
    settings.BULK_MAX_ROWS = 3
    assert read_file(b"name\na\nb\n\nc\n").count == 3
    assert refused(b"name\na\nb\n\nc\nd\n").startswith("The table has more than 3 rows")
    rows = "".join(f"<row>{inline(str(n))}</row>" for n in range(5))
    assert refused(workbook(rows)).startswith("The table has more than 3 rows")


def test_a_dimension_is_only_a_claim():
    part = sheet(f"<row>{inline('name')}</row>", before='<dimension ref="A1:XFD1048576"/>')
    table = read_file(workbook(**{"worksheets/sheet1": part}))
    assert table.columns == ["name"]


def lying(data: bytes, size: int) -> bytes:
    """The same zip, whose parts all claim to unpack to `size` bytes."""
    changed, at = bytearray(data), 0
    while (at := changed.find(b"PK\x01\x02", at)) >= 0:
        struct.pack_into("<I", changed, at + 24, size)
        at += 4
    return bytes(changed)


LAUGHS = "".join(f'<!ENTITY {one} "&{other};&{other};">' for one, other in pairwise("hgfedcba"))
LAUGHS = f'<!DOCTYPE x [<!ENTITY a "ha">{LAUGHS}]>'
SHARED = "<sst><si><t>" + "x" * MAX_CELL + "</t></si></sst>"


@pytest.mark.parametrize(
    ("parts", "begin"),
    [
        # Blanks, nesting, a tag, a comment, empty cells and rows, one text again and again, texts.
        ({"worksheets/sheet1": sheet(" " * 130 * MEGABYTE)}, "The file unpacks to more than"),
        ({"worksheets/sheet1": "<a>" * MEGABYTE}, TRICKS),
        ({"worksheets/sheet1": sheet("<c " + "r" * 20 * MEGABYTE + '="1"/>')}, TRICKS),
        ({"worksheets/sheet1": sheet("<!--" + "-x" * 20 * MEGABYTE + "-->")}, TRICKS),
        ({"worksheets/sheet1": sheet("<row>" + "<c/>" * 10_000)}, "The table is too large"),
        ({"worksheets/sheet1": sheet("<row/>" * 10_000)}, "The table is too large"),
        (
            {
                "worksheets/sheet1": sheet('<row><c t="s"><v>0</v></c></row>' * 2000),
                "sharedStrings": SHARED,
            },
            "The table holds more than 16 million characters",
        ),
        (
            {"sharedStrings": "<sst>" + f"<si><t>{'x' * 30000}</t></si>" * 2000 + "</sst>"},
            "The table holds more than 16 million characters",
        ),
        ({"worksheets/sheet1": LAUGHS + sheet("<row><c><v>&h;</v></c></row>")}, TRICKS),
        ({"sharedStrings": '<!DOCTYPE x SYSTEM "file:///etc/passwd"><sst/>'}, TRICKS),
    ],
    ids=short,
)
def test_what_unpacks_to_too_much_is_refused(
    parts: dict[str, str], begin: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 9000)
    data = workbook(**parts)
    assert len(data) < MEGABYTE
    assert refused(data).startswith(begin)


def test_there_may_be_as_many_cells_as_the_limit_says(monkeypatch: pytest.MonkeyPatch):
    for module in (tables, xlsx):
        monkeypatch.setattr(module, "MAX_CELLS", 10)
    too_many = "The table has more than 10 cells"
    assert refused(b"a,b\n" * 6).startswith(too_many)
    assert refused(workbook(f"<row>{inline('a') * 6}</row>" * 2)).startswith(too_many)
    assert refused(workbook(sharedStrings=f"<sst>{'<si/>' * 11}</sst>")).startswith(too_many)
    assert read_file(b"a,b\n" * 5).rows == [["a", "b"]] * 4


def test_the_sizes_that_a_zip_claims_are_not_believed():
    rows = f"<row>{inline('name')}</row>"
    blanks = sheet(rows + " " * 130 * MEGABYTE)
    data = workbook(**{"worksheets/sheet1": blanks})
    assert refused(lying(data, 100)).startswith(DAMAGED)
    assert refused(lying(data, 2**31)).startswith("The file unpacks to more than")


def test_parts_without_end_are_not_listed():
    many = {f"{n}": b"" for n in range(3000)}
    assert refused(zipped(many)).startswith("This is a zip of other files")
    rows = sheet(f"<row>{inline('name')}</row>")
    whole = {**PARTS, "xl/worksheets/sheet1.xml": rows}
    assert read_file(zipped(whole)).columns == ["name"]
    assert refused(zipped({**whole, **many})).startswith("This is a zip of other files")


def test_blank_lines_without_end_are_not_read():
    assert refused(b"name" + b"\n" * 3 * MEGABYTE).startswith("The table has more than 2,000,000 l")


LIMITED = """
import resource, sys
from django.conf import settings
settings.configure(BULK_MAX_ROWS=100_000)
from console.spreadsheets import tables
from console.spreadsheets.reading import NotATable, read_file
data = sys.stdin.buffer.read()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 150 * 1024 * 1024,) * 2)
try:
    read_file(data)
except NotATable as refusal:
    print(refusal.sentence)
"""


@pytest.mark.parametrize(
    "data",
    [
        b"name" + b"," * 16 * MEGABYTE,
        b"name\n" + b"x" * 16 * MEGABYTE,
        b'name\n"' + b'""' * 8 * MEGABYTE,
        b"a,b\n" * 4 * MEGABYTE,
        b"\n" * 16 * MEGABYTE,
        ("ab," * 190 + "\n").encode("utf-16") * (6 * 1024),
        workbook(**{"worksheets/sheet1": "<a>" * 10 * MEGABYTE}),
        workbook(sharedStrings="<sst>" + f"<si><t>{'x' * 30000}</t></si>" * 2000 + "</sst>"),
        workbook(**{"worksheets/sheet1": sheet("<!--" + "-x" * 20 * MEGABYTE + "-->")}),
    ],
    ids=["commas", "a cell", "quotes", "rows", "lines", "cells", "depth", "texts", "comment"],
)
def test_no_file_takes_more_than_150_megabytes(data: bytes):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], input=data, capture_output=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert done.stdout
