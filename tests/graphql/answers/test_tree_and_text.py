"""An answer as a tree whose branches open, and as pages of text."""

import json

import pytest

from console.graphql.answers.text import PAGE_BYTES, text_page
from console.team.models import User
from tests.graphql.answers.kept import address, follow, keep, page_of
from tests.graphql.reading import Element
from tests.services.profiles import client_of

pytestmark = pytest.mark.both_databases

ANSWER = {
    "data": {
        "one": {"id": 1, "list": [1.5, "two", None]},
        "many": [{"n": number} for number in range(250)],
        "שלום": "\u202ex",
    }
}


def rows(root: Element) -> list[str]:
    """What each value of the tree says, in one line."""
    return [
        "".join(
            each.text for each in item.children if isinstance(each, Element) and each.tag != "ul"
        )
        for item in root.all("li")
        if item.all("button", class_="copy") or item.all("a", class_="branch")
    ]


def test_short_branches_are_open_and_long_ones_open_by_a_link(alice: User):
    stored = keep(alice, ANSWER)
    screen = page_of(stored, view="tree")
    tree = screen.root.all("ul", class_="tree")[0]
    assert [line.replace("TableJSON", "").replace("JSON", "") for line in rows(tree)] == [
        "data3 keys",
        "one2 keys",
        "id1",
        "list3 items",
        "01.5",
        '1"two"',
        "2null",
        "many250 items",
        'שלום"\\u202ex"',
    ]
    many = next(a for a in tree.all("a", class_="branch") if "many" in a.text)
    opened = follow(stored, many.attributes["href"])
    assert len(opened.root.all("ul", class_="tree")[0].all("a", class_="branch")) > 100
    part = client_of(alice).get(many.attributes["hx-get"], headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<li")
    assert "150 more…" in part.content.decode()


def test_the_next_window_follows_on(alice: User):
    stored = keep(alice, ANSWER)
    html = client_of(alice).get(address(stored, "branch/", at="0.1", page=3)).content.decode()
    assert html.count('class="index"') == 50
    assert "more…" not in html
    page = page_of(stored, view="tree", at="0.1", page=3)
    assert page.root.all("span", class_="index")[0].text == "200"


def test_a_deep_answer_is_open_down_to_a_depth_and_goes_on_from_there(alice: User):
    stored = keep(alice, {"data": json.loads("[" * 300 + "1" + "]" * 300)})
    screen = page_of(stored, view="tree")
    assert screen.status == 200
    deepest = screen.root.all("a", class_="branch")[-1]
    assert 15 < len(rows(screen.root.all("ul", class_="tree")[0])) < 30
    further = follow(stored, deepest.attributes["href"])
    assert (further.status, len(further.root.all("a", class_="branch")) > 15) == (200, True)


def test_a_branch_closes(alice: User):
    html = client_of(alice).get(address(keep(alice, ANSWER), "branch/", at="0.0", closed=1))
    assert "list" not in html.content.decode()
    assert 'aria-expanded="false"' in html.content.decode()


def test_a_value_and_its_path_can_be_copied(alice: User):
    screen = page_of(keep(alice, {"data": {"a b": [{"x": 'say "hi"\n'}, 1.10]}}), view="tree")
    copied = [each.attributes["data-copy"] for each in screen.root.all("button", class_="copy")]
    assert 'say "hi"\n' in copied
    assert 'data["a b"][0].x' in copied


def test_numbers_are_digit_for_digit(alice: User):
    numbers = ["1.10", "12345678901234567890123", "-0", "1E5", "0.1e-7"]
    stored = keep(alice, f'{{"data": [{",".join(numbers)}]}}'.encode())
    codes = page_of(stored, view="tree").root.all("code", class_="is-literal")
    assert [code.text for code in codes] == numbers
    assert page_of(stored, view="text").json_text.split()[3:8] == [
        f"{number}," for number in numbers[:-1]
    ] + [numbers[-1]]


def test_the_text_is_what_json_would_indent(alice: User):
    text = page_of(keep(alice, ANSWER), view="text").json_text
    assert text == json.dumps(ANSWER, indent=2, ensure_ascii=False).replace("\u202e", "\\u202e")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([{"n": number, "text": "é" * 50} for number in range(5000)]).encode(),
        json.dumps({"one": "é" * 300_000}, ensure_ascii=False).encode(),
        b"[]",
    ],
)
def test_the_pages_of_a_text_are_the_whole_of_it(body: bytes):
    first = text_page(body, 1, is_json=True)
    pages = [text_page(body, number, is_json=True) for number in range(1, first.pages + 1)]
    whole = "".join(page.text for page in pages)
    assert json.loads(whole) == json.loads(body)
    assert all(len(page.text.encode()) <= 2 * PAGE_BYTES for page in pages)
    assert text_page(body, 10**9, is_json=True) == pages[-1]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"data": [1, 2,', "Not JSON after line 1, column 16. Shown as received."),
        (b"<plain>text</plain>", "Not JSON after line 1, column 1. Shown as received."),
        (b"[" * 5000 + b"]" * 5000, "Nested too deeply for a table or a tree. Shown as received."),
    ],
)
def test_what_is_no_json_is_text_as_it_came(alice: User, body: bytes, says: str):
    screen = page_of(keep(alice, body), view="tree")
    assert says in screen.root.line
    assert screen.json_text == body.decode()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_json_in_another_encoding_is_read_and_comes_back_as_it_came(alice: User, encoding: str):
    body = json.dumps({"data": [{"name": "é"}]}, ensure_ascii=False).encode(encoding)
    stored = keep(alice, body)
    assert page_of(stored).rows == [["é"]]
    download = client_of(alice).get(address(stored, "download/", format="json"))
    assert download.getvalue() == body


def test_half_a_letter_and_bytes_that_are_not_utf_8_are_shown_as_such(alice: User):
    assert page_of(keep(alice, rb'{"data":[{"a":"\ud83d x"}]}')).rows == [["\ufffd x"]]
    assert page_of(keep(alice, b'{"data":[{"a":"\xff x"}]}')).rows == [["\ufffd x"]]


def test_a_part_is_the_answer_alone(alice: User):
    stored = keep(alice, ANSWER)
    part = page_of(stored, part=True, view="tree")
    assert part.html.lstrip().startswith('<div id="answer-')
    assert part.headers["Cache-Control"] == "no-store"
