"""Text whose cells are separated: by commas, tabs, semicolons or pipes, in any encoding."""

import codecs

import pytest

from console.spreadsheets.delimited import READ_AS_WINDOWS, TEXT_MARKS
from console.spreadsheets.reading import NotATable, read_file, read_lines, read_text
from console.spreadsheets.tables import Table

TEXT = 'name,default\r\nAção,yes\r\n"Müller, Söhne",no\r\n'
ROWS = [["Ação", "yes"], ["Müller, Söhne", "no"]]


def refused(data: bytes, name: str = "") -> str:
    """The sentence of the refusal."""
    with pytest.raises(NotATable) as refusal:
        read_file(data, name=name)
    return refusal.value.sentence


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("cp1252"),
        TEXT.replace("\r\n", "\n").encode(),
        TEXT.replace("\r\n", "\r").encode(),
        TEXT.rstrip().encode(),
    ],
)
def test_a_table_reads_the_same_in_every_encoding_and_with_every_line_end(data: bytes):
    table = read_file(data)
    assert (table.columns, table.rows) == (["name", "default"], ROWS)
    assert table.notes == ([READ_AS_WINDOWS] if data == TEXT.encode("cp1252") else [])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(separator: str):
    rows = ["name", "metadata", 'Acme, Inc; "x"|y', '{"a":1,"b":"c;d"}']
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in rows]
    data = f"{separator.join(quoted[:2])}\n{separator.join(quoted[2:])}\n".encode()
    assert read_file(data) == Table(rows[:2], [rows[2:]], 2)


@pytest.mark.parametrize("line", [b"sep=;\n", b"SEP=;\r\n", b'"sep=;"\r\n'])
def test_excels_line_about_the_separator_is_no_row(line: bytes):
    assert read_file(line + b"name;b\nAcme, Inc.;x\n") == Table(
        ["name", "b"], [["Acme, Inc.", "x"]], 3
    )


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_title_above_the_table_does_not_hide_its_separator(separator: str):
    lines = ["Customers, as of May", "", "Name|Default", "Acme, Inc.|no", "Beta|no"]
    rows = read_file("\n".join(lines).replace("|", separator).encode()).rows
    assert rows == [[], ["Name", "Default"], ["Acme, Inc.", "no"], ["Beta", "no"]]


def test_names_with_commas_below_one_without_stay_names():
    for text in ("Acme\nBeta, Inc.\nGamma, Ltd\n", "Acme\nBeta,Inc.\nGamma,Ltd\n"):
        assert read_file(text.encode()).width == 1
    titled = read_file(b"Customers\n\nName,Default,Note\nAcme,no,x\n")
    assert titled.rows[1:] == [["Name", "Default", "Note"], ["Acme", "no", "x"]]


def test_one_column_of_names_with_commas_stays_one_column():
    table = read_file(b"name\nAcme, Inc.\nBeta\nGamma, Ltd\n")
    assert table.rows == [["Acme, Inc."], ["Beta"], ["Gamma, Ltd"]]


def test_a_file_of_tabs_is_known_by_its_name():
    data = b"a,b\nc,d\n"
    assert read_file(data, name="x.TSV").rows == [["c,d"]]
    assert read_file(data, name="x.csv").rows == [["c", "d"]]


def test_a_quoted_cell_may_hold_quotes_separators_and_line_breaks():
    data = b'name,note\n"Acme ""the"" Corp","one, two\r\nthree\n"\nBeta,\n'
    assert read_file(data).rows == [['Acme "the" Corp', "one, two\r\nthree\n"], ["Beta"]]


def test_rows_are_numbered_as_the_spreadsheet_counts_them():
    table = read_file(b'\n\nname,x\n"A\nB",1\n,\n  , \nC,2\n')
    assert (table.first_number, table.rows, table.count) == (
        4,
        [["A\nB", "1"], [], [], ["C", "2"]],
        2,
    )


@pytest.mark.parametrize("data", [b'name,x\nAcme,"1\nBeta,2\n', b'name,x\nAcme,"1" 2\n'])
def test_a_quote_that_is_not_closed_is_named_with_its_row(data: bytes):
    assert refused(data).startswith('A quote (") in row 2 is not closed')


def test_what_is_copied_from_excel_may_begin_with_a_quote():
    assert read_text('name\tx\n"Acme" Inc\t1\n').rows == [['"Acme" Inc', "1"]]


def test_a_formula_is_text_as_it_is_typed():
    assert read_file(b"name,x\n=1+1,@SUM(A1)\n").rows == [["=1+1", "@SUM(A1)"]]


def test_the_apostrophe_that_marks_text_is_left_out_and_told():
    table = read_file(b"name,x\n'=1+1,'tis\n")
    assert (table.rows, table.notes) == ([["=1+1", "'tis"]], [TEXT_MARKS])


def test_lines_are_rows_whatever_they_hold():
    table = read_lines('Acme, Inc.\r\n\r\n"Beta"; x\n')
    assert table == Table([], [["Acme, Inc."], [], ['"Beta"; x']])


def test_a_heading_can_be_taken_for_a_row_and_back():
    table = read_file(b"\nAcme,1\nBeta,2\n")
    plain = table.without_heading()
    assert (plain.columns, plain.rows[0], plain.first_number) == ([], ["Acme", "1"], 2)
    assert plain.with_heading() == table
    assert [plain.label(0), table.label(0), plain.label(27)] == ["Column A", "Acme", "Column AB"]


@pytest.mark.parametrize(
    ("data", "begin"),
    [
        (b"", "It is empty."),
        (b"\n \n\t\n", "It has no rows"),
        (b",,\n,,", "It has no rows"),
        (codecs.BOM_UTF8, "It has no rows"),
        ("名前\n東京、大阪".encode("shift-jis"), "Its encoding is not clear"),
        ("name\nAção\n".encode() + "Ação\n".encode("cp1252"), "Line 3 is not UTF-8"),
        (b"\xff\xfe\x00\xd8\n", "Its encoding is not clear"),
        (b"name,x\na,\x00\n", "This is not a table"),
        (bytes(range(256)) * 40, "This is not a table"),
    ],
)
def test_what_is_no_text_gets_a_sentence(data: bytes, begin: str):
    assert refused(data).startswith(begin)
