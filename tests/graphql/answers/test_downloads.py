"""An answer as a file: JSON as it came; CSV and XLSX as the table is shown, or whole."""

import csv
import io
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest

from console.graphql.models import StoredResult
from console.team.models import User
from tests.graphql.answers.kept import address, keep, page_of, typed_into
from tests.services.profiles import client_of

pytestmark = pytest.mark.both_databases

ROWS = [
    {"id": 2, "name": '=HYPERLINK("x")', "at": {"city": "Zürich"}, "n": -5, "ok": True},
    {"id": 1, "name": "+41 44", "at": None, "n": 1.5, "ok": None, "tags": ["a", {"b": 1}]},
    {"id": 3, "name": "-x", "at": {"city": ""}, "n": 12345678901234567890, "ok": False},
]
HEADS = ["id", "name", "at.city", "n", "ok", "tags"]
PLAIN = [
    HEADS,
    ["2", '\'=HYPERLINK("x")', "Zürich", "-5", "true", ""],
    ["1", "'+41 44", "", "1.5", "", '["a", {"b": 1}]'],
    ["3", "'-x", "", "12345678901234567890", "false", ""],
]


@pytest.fixture
def stored(alice: User) -> StoredResult:
    return keep(alice, {"data": {"rows": ROWS}})


def download(stored: StoredResult, **query: object) -> Any:
    response = client_of(stored.owner).get(address(stored, "download/", **query))
    assert response.status_code == 200
    body = response.getvalue()
    assert response.headers["Content-Length"] == str(len(body))  # a browser shows progress
    return body


def read_csv(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode(), newline="")))


def read_xlsx(body: bytes) -> list[list[tuple[str, str]]]:
    """Each cell as its type and its text."""
    with zipfile.ZipFile(io.BytesIO(body)) as parts:
        assert parts.testzip() is None
        for name in parts.namelist():
            ElementTree.fromstring(parts.read(name))
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.iter(f"{main}c")]
        for row in sheet.iter(f"{main}row")
    ]


def test_csv_is_formula_safe_utf_8(stored: StoredResult):
    assert read_csv(download(stored, format="csv")) == PLAIN
    assert download(stored, format="csv", bom=1) == b"\xef\xbb\xbf" + download(stored, format="csv")


def test_xlsx_holds_texts_numbers_and_truth_values(stored: StoredResult):
    rows = read_xlsx(download(stored, format="xlsx"))
    assert [text for _, text in rows[0]] == HEADS
    assert [kind for kind, _ in rows[1][:5]] == ["n", "inlineStr", "inlineStr", "n", "b"]
    assert [text for _, text in rows[1][:5]] == ["2", '=HYPERLINK("x")', "Zürich", "-5", "1"]
    assert rows[3][3] == ("inlineStr", "12345678901234567890")  # a spreadsheet would round it


def test_xlsx_holds_what_xml_cannot(alice: User):
    texts = ["\x07<&> _x0007_\n", "y" * 40_000, "y" + "😀" * 20_000, "😀" * 16_000]
    stored = keep(alice, {"data": [{"a": text} for text in texts]})
    rows = [row[0][1] for row in read_xlsx(download(stored, format="xlsx"))]
    assert rows[1] == "_x0007_<&> _x005F_x0007_\n"
    for cut in rows[2:4]:
        assert 32_765 < len(cut.encode("utf-16-le")) / 2 <= 32_767  # as Excel counts
        assert cut.endswith("(cut: Excel holds 32,767 characters)")
    assert rows[4] == texts[3]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_the_table_as_shown_or_whole(stored: StoredResult, kind: str):
    fields = {"shown_at": "0.0", "at": "0.0", "filter": "a", "columns": ["0", "2"]}
    location = typed_into(stored, {"sort": "0"}, **fields)
    page = client_of(stored.owner).get(location).content.decode()
    links = re.findall(rf'href="([^"]+format={kind}[^"]*)"', page)
    shown, whole = (links[0], links[-1])
    bodies = [
        client_of(stored.owner).get(link.replace("&amp;", "&")).getvalue()
        for link in (shown, whole)
    ]
    read = read_csv if kind == "csv" else read_xlsx
    assert [len(read(body)) for body in bodies] == [2 + 1, 4]  # rows with an "a", in their order
    assert [len(read(body)[0]) for body in bodies] == [2, 6]


def test_json_is_byte_for_byte_as_it_came(alice: User):
    body = b'{ "data" : [ 1.10,\t{"\\u00e9": "\xff"} ] }\n'
    assert download(keep(alice, body), format="json") == body


def test_many_rows_come_in_pieces(alice: User):
    rows = [{"n": number, "text": "x" * 100} for number in range(5000)]
    body = download(keep(alice, {"data": rows}), format="csv")
    assert [row[0] for row in read_csv(body)[1:]] == [str(number) for number in range(5000)]


def test_an_answer_without_a_list_has_no_table_to_download(alice: User):
    stored = keep(alice, {"data": {"a": 1}})
    assert "format=csv" not in page_of(stored).html
    for kind in ("csv", "xlsx", "exe"):
        response = client_of(alice).get(address(stored, "download/", format=kind))
        assert response.status_code == 404


def test_a_table_that_no_sheet_holds_is_not_offered_as_one(alice: User, monkeypatch):
    monkeypatch.setattr("console.graphql.answers.reading.MAX_XLSX_ROWS", 2)
    monkeypatch.setattr("console.graphql.answers.exports.MAX_XLSX_ROWS", 2)
    stored = keep(alice, {"data": {"rows": [{"n": 1}, {"n": 2}, {"n": 3}]}})
    assert "format=xlsx" not in page_of(stored).html
    response = client_of(alice).get(address(stored, "download/", format="xlsx"))
    assert response.status_code == 422
    assert "there are more" in response.content.decode()
    assert "<!DOCTYPE html>" in response.content.decode()
