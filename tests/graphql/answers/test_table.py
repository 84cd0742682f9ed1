"""Any list of objects in an answer, as a table."""

import pytest

from console.team.models import User
from tests.graphql.answers.kept import follow, keep, page_of, typed_into
from tests.graphql.reading import Screen

pytestmark = pytest.mark.both_databases

PEOPLE = [
    {"id": 10, "name": "Élodie", "at": {"city": "Lyon", "zip": "69001"}, "note": ""},
    {"id": 9, "name": "anna", "at": None, "note": None},
    {"id": 100, "name": "Bob", "at": {"city": "Bonn"}},
]


def ids(screen: Screen) -> list[str]:
    return [row[0] for row in screen.rows]


def test_nested_objects_are_columns_and_null_empty_and_absent_differ(alice: User):
    screen = page_of(keep(alice, {"data": {"people": PEOPLE}}))
    assert screen.columns == ["id", "name", "at.city", "at.zip", "note"]
    assert screen.rows == [
        ["10", "Élodie", "Lyon", "69001", '""'],
        ["9", "anna", "null", "null", "null"],
        ["100", "Bob", "Bonn", "–", "–"],
    ]


def test_numbers_are_digit_for_digit(alice: User):
    rows = b'{"data":[{"a":1.10,"b":12345678901234567890123,"c":-0,"d":1E5,"e":0.1e-7}]}'
    screen = page_of(keep(alice, rows))
    assert screen.rows == [["1.10", "12345678901234567890123", "-0", "1E5", "0.1e-7"]]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("0", ["9", "10", "100"]),
        ("-0", ["100", "10", "9"]),
        ("1", ["9", "100", "10"]),
        ("-4", ["10", "9", "100"]),  # null and absent are last either way
        ("4", ["10", "9", "100"]),
        ("99", ["10", "9", "100"]),  # no such column
    ],
)
def test_it_is_sorted_by_value(alice: User, sort: str, order: list[str]):
    assert ids(page_of(keep(alice, {"data": {"people": PEOPLE}}), sort=sort)) == order


def test_a_head_sorts_reverses_and_lets_go(alice: User):
    stored = keep(alice, {"data": {"people": PEOPLE}})
    location, orders = f"/dxtra/api.dxtra.ai/graphql/results/{stored.pk}/", []
    for _ in range(3):
        head = follow(stored, location).root.all("th")[0]
        location = head.all("a")[0].attributes["href"]
        orders.append(ids(follow(stored, location)))
    assert orders == [["9", "10", "100"], ["100", "10", "9"], ["10", "9", "100"]]


def test_rows_are_filtered_by_a_text_in_any_cell_or_in_one_column(alice: User):
    stored = keep(alice, {"data": {"people": PEOPLE}})
    at = {"shown_at": "0.0", "at": "0.0"}
    everywhere = typed_into(stored, filter="bo", **at)
    assert ids(follow(stored, everywhere)) == ["100"]
    assert ids(follow(stored, typed_into(stored, filter="ÉLODIE", **at))) == ["10"]
    assert ids(follow(stored, typed_into(stored, filter="10", **at))) == ["10", "100"]
    assert ids(follow(stored, typed_into(stored, filter="10", within="1", **at))) == []
    assert ids(follow(stored, typed_into(stored, filter="city", **at))) == []  # a key
    assert (
        "No rows match “nobody”."
        in follow(stored, typed_into(stored, filter="nobody", **at)).root.line
    )


def test_what_is_typed_stands_in_no_address_and_comes_back_in_its_field(alice: User):
    stored = keep(alice, {"data": {"people": PEOPLE}})
    location = typed_into(stored, filter="Lyon", shown_at="0.0", at="0.0")
    assert "Lyon" not in location
    assert follow(stored, location).value("filter") == "Lyon"
    assert ids(follow(stored, location.replace("filter=A", "filter=B"))) == ["10", "9", "100"]


def test_columns_are_chosen(alice: User):
    stored = keep(alice, {"data": {"people": PEOPLE}})
    location = typed_into(stored, columns=["0", "2"], shown_at="0.0", at="0.0")
    screen = follow(stored, location)
    assert screen.columns == ["id", "at.city"]
    assert screen.rows[0] == ["10", "Lyon"]


def test_every_list_can_be_chosen_also_one_within_a_row(alice: User):
    answer = {
        "data": {
            "tags": ["a", "b"],
            "users": [{"id": 1, "posts": [{"title": "x"}, {"title": "y"}]}],
            "more": {"rows": [{"n": 1}]},
        }
    }
    stored = keep(alice, answer)
    screen = page_of(stored)
    lists = [option.line for option in screen.root.all("select", name="at")[0].all("option")]
    assert lists == ["users (1)", "more.rows (1)"]
    assert screen.rows == [["1", "2 items"]]
    link = screen.root.all("td")[1].all("a")[0].attributes["href"]
    assert follow(stored, link).rows == [["x"], ["y"]]
    assert follow(stored, typed_into(stored, shown_at="0.1", at="0.2.0")).rows == [["1"]]
    assert page_of(stored, view="table", at="0.0").rows == [["a"], ["b"]]


def test_a_hundred_rows_a_page(alice: User):
    stored = keep(alice, {"data": {"rows": [{"n": number} for number in range(250)]}})
    assert "1–100 of 250" in page_of(stored).root.line
    assert ids(page_of(stored, page=3)) == [str(number) for number in range(200, 250)]
    assert ids(page_of(stored, page=99)) == ids(page_of(stored, page=3))


def test_columns_that_come_late_are_there(alice: User):
    rows = [{"n": number} for number in range(300)] + [{"late": True}]
    assert page_of(keep(alice, {"data": {"rows": rows}})).columns == ["n", "late"]


def test_links_and_images_are_text_and_a_long_value_leads_to_the_whole(alice: User):
    url, long = 'https://evil.example/"><img src=x>', "x" * 5000
    stored = keep(alice, {"data": [{"url": url, "long": long, "rtl": "\u202eabc"}]})
    screen = page_of(stored)
    assert next(cell.text for cell in screen.root.all("td")) == url
    assert screen.root.all("img") == []
    link = screen.root.all("td")[1].all("a")[0].attributes["href"]
    assert follow(stored, link).json == long
    assert screen.root.all("td")[2].all("bdi") != []


@pytest.mark.parametrize(
    "query",
    [
        {"view": "nonsense", "page": "x", "sort": "a", "columns": "-", "at": "../"},
        {"filter": "AAAA", "find": "AAAA", "within": "999999"},
    ],
)
def test_a_query_that_asks_for_nonsense_is_left_out(alice: User, query: dict[str, str]):
    assert ids(page_of(keep(alice, {"data": {"people": PEOPLE}}), **query)) == ["10", "9", "100"]


def test_a_place_that_is_not_there_is_not_found(alice: User):
    stored = keep(alice, {"data": {"people": PEOPLE}})
    assert page_of(stored, view="table", at="0.7").status == 404
    assert page_of(stored, view="table", at="0").status == 404
    assert page_of(stored, view="tree", at="5.5").status == 404


def test_lists_without_rows_are_tables_all_the_same_where_there_is_nothing_else(alice: User):
    screen = page_of(keep(alice, {"data": {"people": [], "others": []}}))
    assert "The list is empty." in screen.html
    assert "others (0)" in screen.html
    for answer in (
        {"data": {"person": {"tags": []}}},
        {"data": {"people": [], "one": {"id": 1}}},
        {"data": {}},
        {"people": []},
        [],
    ):
        assert "The list is empty." not in page_of(keep(alice, answer)).html


def test_columns_of_different_values_have_different_names(alice: User):
    rows = [{"a.b": 1, "a": {"b": 2}, "c": {"d.e": 3}, "": 4}, 5]
    assert page_of(keep(alice, {"data": rows})).columns == [
        '["a.b"]',
        "a.b",
        "c.d.e",
        '[""]',
        "(value)",
    ]
