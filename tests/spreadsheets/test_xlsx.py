"""XLSX as Excel, LibreOffice and libraries write it: what its cells mean, and every digit."""

import pytest

from console.spreadsheets.reading import NotATable, read_file
from console.spreadsheets.tables import Table
from tests.spreadsheets.workbooks import MAIN, inline, relations, sheet, sheets, workbook

HEAD = f"<row>{inline('name')}{inline('value')}</row>"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="dd\\.mm\\.yyyy"/>'
    '<numFmt numFmtId="165" formatCode="0.00 &quot;days&quot;"/>'
    '<numFmt numFmtId="166" formatCode="[Red]General"/>'
    '<numFmt numFmtId="167" formatCode="00000"/><numFmt numFmtId="168" formatCode="[$-407]000;@"/>'
    '<numFmt numFmtId="169" formatCode="00.00"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/>'
    '<xf numFmtId="166"/><xf numFmtId="20"/><xf numFmtId="167"/><xf numFmtId="168"/>'
    '<xf numFmtId="169"/></cellXfs></styleSheet>'
)


def value_of(cell: str, **parts: str) -> str:
    """How a cell is read that stands below a heading."""
    table = read_file(workbook(f"{HEAD}<row>{inline('a')}{cell}</row>", **parts))
    assert table.notes == []
    return table.rows[0][1]


def refused(data: bytes) -> str:
    with pytest.raises(NotATable) as refusal:
        read_file(data)
    return refusal.value.sentence


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<c><v>12345678901</v></c>", "12345678901"),
        ("<c><v>12345678901234567890</v></c>", "12345678901234567890"),
        ("<c><v>1.2345678901E10</v></c>", "12345678901"),
        ("<c><v>1.0</v></c>", "1"),
        ("<c><v>0.10000000000000001</v></c>", "0.1"),
        ("<c><v>-1.50</v></c>", "-1.5"),
        ("<c><v>1E-7</v></c>", "0.0000001"),
        ('<c t="n"><v>7</v></c>', "7"),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="b"><v>0</v></c>', "false"),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="str"><f>A1&amp;"!"</f><v>a!</v></c>', "a!"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ('<c t="d"><v>2026-11-30</v></c>', "2026-11-30"),
        (inline("  two &lt;blanks&gt;  "), "  two <blanks>  "),
        (inline("bell _x0007_ and _x005F_x0007_"), "bell \x07 and _x0007_"),
        ('<c t="inlineStr"><is><r><t>rich </t></r><r><t>text</t></r></is></c>', "rich text"),
        ('<c t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>とう</t></rPh></is></c>', "東京"),
    ],
)
def test_a_value_is_read_as_it_is_meant(cell: str, text: str):
    assert value_of(cell) == text


@pytest.mark.parametrize(
    ("style", "number", "text"),
    [
        (0, "45000", "45000"),
        (1, "45000", "2023-03-15"),
        (2, "45000.5", "2023-03-15T12:00:00"),
        (3, "45000", "45000"),
        (4, "45000", "45000"),
        (5, "0.75", "18:00:00"),
        (1, "1", "1900-01-01"),
        (1, "59", "1900-02-28"),
        (1, "61", "1900-03-01"),
        (1, "1E300", "1" + "0" * 300),
        (6, "7", "00007"),
        (6, "7.0", "00007"),
        (6, "123456", "123456"),
        (6, "-7", "-7"),
        (6, "0.5", "0.5"),
        (7, "1", "001"),
        (8, "7", "7"),
        (9, "45000", "45000"),
    ],
)
def test_a_number_is_what_the_format_of_its_cell_shows(style: int, number: str, text: str):
    assert value_of(f'<c s="{style}"><v>{number}</v></c>', styles=STYLES) == text


def test_a_workbook_may_count_its_days_from_1904():
    parts = {"styles": STYLES, "workbook": sheets("One", date1904="1")}
    assert value_of('<c s="1"><v>43538</v></c>', **parts) == "2023-03-15"


def test_texts_are_shared_and_prefixed_by_some():
    strings = (
        f'<x:sst xmlns:x="{MAIN}"><x:si><x:t>name</x:t></x:si>'
        "<x:si><x:r><x:t>Ac</x:t></x:r><x:r><x:t>me</x:t></x:r></x:si></x:sst>"
    )
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c></row>'
    )
    assert read_file(workbook(rows, sharedStrings=strings)) == Table(["name"], [["Acme"]], 2)
    prefixed = f'<x:worksheet xmlns:x="{MAIN}">{sheet(rows).partition(">")[2]}'
    prefixed = prefixed.replace("<row", "<x:row").replace("</row", "</x:row")
    prefixed = prefixed.replace("</worksheet", "</x:worksheet")
    table = read_file(workbook(sharedStrings=strings, **{"worksheets/sheet1": prefixed}))
    assert table.rows == [["Acme"]]


def test_cells_and_rows_stand_where_they_say():
    rows = (
        f'<row r="3">{inline("name", "B3")}{inline("x", "D3")}</row>'
        f'<row r="7">{inline("1", "D7")}{inline("Acme", "B7")}</row>'
        f'<row r="9"><c r="A9" s="1"/>{inline(" ", "C9")}</row>'
        f'<row r="10">{inline("Beta", "B10")}</row>'
    )
    table = read_file(workbook(rows))
    assert (table.columns, table.first_number) == (["", "name", "", "x"], 4)
    assert table.rows == [[], [], [], ["", "Acme", "", "1"], [], [], ["", "Beta"]]


def test_the_first_sheet_with_rows_is_read_and_named_and_a_hidden_one_last():
    parts = {
        "workbook": sheets("Secret", "Empty", "Accounts", "More", hidden="Secret"),
        "worksheets/sheet1": sheet(f"<row>{inline('secret')}</row>"),
        "worksheets/sheet2": sheet("<row/>"),
        "worksheets/sheet3": sheet(f"<row>{inline('name')}</row><row>{inline('Acme')}</row>"),
        "worksheets/sheet4": sheet(f"<row>{inline('more')}</row>"),
    }
    links = relations(**{f"worksheet{n}": f"worksheets/sheet{n}.xml" for n in range(1, 5)})
    table = read_file(workbook(**parts, **{"_rels/workbook.xml.rels": links}))
    assert (table.columns, table.rows) == (["name"], [["Acme"]])
    assert table.notes == ["Read from the sheet “Accounts”; the others were left out."]


def test_hidden_rows_are_read_and_told():
    rows = f'{HEAD}<row hidden="1">{inline("a")}</row><row>{inline("b")}</row>'
    table = read_file(workbook(rows))
    assert (table.rows, table.notes) == ([["a"], ["b"]], ["Hidden rows are included: 1."])


def test_a_formula_without_its_result_is_no_empty_cell():
    rows = f'{HEAD}<row r="2">{inline("a", "A2")}<c r="B2"><f>1+1</f><v></v></c></row>'
    assert refused(workbook(rows)).startswith("The formula in cell B2 has no stored result.")
    assert value_of('<c t="str"><f>""</f><v></v></c>' + inline("b")) == ""
