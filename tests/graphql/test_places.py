"""An error of Dxtra's is marked in the query, by its locations or by its path."""

import pytest

from console.graphql.documents import read_document
from console.graphql.places import place_of
from console.upstream.graphql_errors import GraphQLError
from tests.graphql.conftest import Post

QUERY = """\
query Q($n: Int) {
  first: dataSubjects(where: {did: {_eq: "a"}}, limit: $n) {
    id
    ...Names
  }
  ... on query_root { dataControllers { title } }
}
fragment Names on dataSubjects {
  displayName
}"""


def at(path: str = "", *positions: tuple[int, int]) -> tuple[int, int, str] | None:
    place = place_of(GraphQLError("no", path=path, positions=positions), read_document(QUERY))
    return place and (place.line, place.column, place.marked)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("$.first", (2, 3, "first")),
        ("$.first[0].id", (3, 5, "id")),
        ("$.first[12].displayName", (9, 3, "displayName")),
        ("$.dataControllers[0].title", (6, 41, "title")),
        ("$.selectionSet.first.selectionSet.id", (3, 5, "id")),
        ("$.selectionSet.dataSubjects.selectionSet.id", (3, 5, "id")),  # by its name
        ("$.selectionSet.first.args.limit", (2, 49, "limit")),
        ("$.selectionSet.first.args.where.did._eq", (2, 37, "_eq")),
        ("$.selectionSet.first.selectionSet.unknown", (2, 3, "first")),  # as far as it leads
        ("$.unknown", None),
        ("$", None),
        ("", None),
    ],
)
def test_a_path_leads_to_its_field(path: str, place: tuple[int, int, str] | None):
    assert at(path) == place


def test_a_location_comes_before_the_path_if_the_query_has_it():
    assert at("$.first", (3, 5)) == (3, 5, "id")
    assert at("$.first", (99, 1)) == (2, 3, "first")
    assert at("$.first", (3, 400)) == (2, 3, "first")
    assert at("", (2, 56)) == (2, 56, "$n")
    assert at("", (10, 2)) == (10, 2, "")


@pytest.mark.parametrize("column", [25, 28])  # as letters, and as UTF-16's units are counted
def test_a_column_is_read_as_its_server_counts(column: int):
    family = "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}"
    document = read_document(f'{{ echo(s: "{family} é 日本") nope }}')
    place = place_of(GraphQLError("no", positions=((1, column),)), document)
    assert place is not None
    assert (place.column, place.marked, place.utf16_column) == (25, "nope", 28)


def test_a_long_line_is_cut_around_its_place():
    document = read_document("{ " + "a " * 500 + "wrong " + "b " * 500 + "}")
    place = place_of(GraphQLError("no", path="$.wrong"), document)
    assert place is not None
    assert (len(place.before), place.marked, len(place.after)) == (61, "wrong", 61)


@pytest.mark.django_db(transaction=True)
def test_the_screen_says_where_and_marks_it(post: Post, profile, dxtra):
    errors = [
        {"message": "by place", "locations": [{"line": 2, "column": 3}]},
        {"message": "by path", "path": ["dataControllers", 0, "id"]},
        {"message": "nowhere", "locations": [{"line": "2", "column": None}, 7]},
    ]
    dxtra.faults.add(route="/v1/graphql", body={"errors": errors, "data": None})
    screen = post("{\n  dataControllers { id }\n}")
    items = [
        li for box in screen.root.all("section", class_="graphql-errors") for li in box.all("li")
    ]
    marks = [(li.attributes.get("data-line"), li.attributes.get("data-column")) for li in items]
    assert marks == [("2", "3"), ("2", "21"), (None, None)]
    assert [mark.text for li in items for mark in li.all("mark")] == ["dataControllers", "id"]
    assert "Line 2, column 21" in items[1].line
