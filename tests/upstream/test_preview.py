"""The first part of a large answer, as text and as a table."""

import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.upstream.preview import MAX_COLUMNS, Preview, Table, preview
from tests.upstream.test_responses import json_values


def shown(value: object, *, max_bytes: int = 10_000, max_rows: int = 10) -> Preview:
    return preview(json.dumps(value).encode(), max_bytes=max_bytes, max_rows=max_rows)


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inside: (
            st.lists(inside)
            | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inside)
        ),
        max_leaves=10,
    )
)
def test_the_text_is_what_json_would_indent(value: object) -> None:
    expected = json.dumps(value, indent=2, ensure_ascii=False)
    assert shown(value) == Preview(expected, False, shown(value).table)


def test_numbers_keep_their_digits() -> None:
    body = b'{"a": 1.10, "b": 12345678901234567890, "c": 0.1e-7}'
    text = preview(body, max_bytes=1000, max_rows=1).text
    assert text == '{\n  "a": 1.10,\n  "b": 12345678901234567890,\n  "c": 1E-8\n}'


def test_the_text_is_cut_between_two_tokens() -> None:
    cut = shown({"data": {"name": "x" * 100}}, max_bytes=30)
    assert (cut.text, cut.truncated) == ('{\n  "data": {\n    "name": ', True)


def test_a_list_of_flat_objects_is_a_table() -> None:
    rows = [{"id": 1, "title": "a", "open": True}, {"id": 2, "note": None, "title": "名前"}]
    assert shown({"data": {"things": rows}}).table == Table(
        "data.things",
        ("id", "title", "open", "note"),
        (("1", "a", "true", ""), ("2", "名前", "", "")),
        False,
    )


@pytest.mark.parametrize(("count", "truncated"), [(9, False), (10, False), (11, True)])
def test_a_table_shows_so_many_rows_and_says_if_there_are_more(count: int, truncated: bool) -> None:
    table = shown({"data": {"things": [{"id": n} for n in range(count)]}}).table
    assert table is not None
    assert (len(table.rows), table.truncated) == (min(count, 10), truncated)


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        "text",
        {"a": []},
        {"a": [1, 2]},
        {"a": [[{"id": 1}]]},
        {"a": [{}]},
        {"a": [{"b": {"id": 1}}]},
        {"a": [{"b": [{"id": 1}]}]},
        {"a": [{"id": 1}, 2]},
        {"a": [{"id": 1}, {"id": [2]}]},
    ],
)
def test_what_is_no_list_of_flat_objects_is_no_table(data: object) -> None:
    assert shown({"data": data}).table is None


def test_the_first_list_of_flat_objects_is_found_behind_others() -> None:
    value = {
        "errors": [{"message": "not this"}],
        "data": {
            "one": {"id": 1},
            "nested": [{"a": {"b": [{"not": "this"}]}}, {"a": 1}],
            "page": {"nodes": [{"id": 7}]},
        },
    }
    table = shown(value).table
    assert table == Table("data.page.nodes", ("id",), (("7",),), False)


def test_of_wide_rows_the_first_columns_are_shown() -> None:
    rows = [{f"c{column}": row for column in range(MAX_COLUMNS + 50)} for row in range(2)]
    table = shown({"data": {"rows": rows}}).table
    assert table is not None
    assert table.columns == tuple(f"c{column}" for column in range(MAX_COLUMNS))
    assert table.rows == (("0",) * MAX_COLUMNS, ("1",) * MAX_COLUMNS)


def test_a_long_cell_is_cut() -> None:
    table = shown({"data": {"a": [{"x": "y" * 1000}]}}).table
    assert table is not None
    assert (len(table.rows[0][0]), table.rows[0][0][-1]) == (300, "…")


def test_broken_json_ends_text_and_table_early() -> None:
    body = b'{"data": {"a": [{"id": 1}, {"id": 2}, {"i'
    cut = preview(body, max_bytes=1000, max_rows=10)
    assert cut.truncated
    assert cut.text.endswith('"id": 2\n      },\n      {')
    assert cut.table == Table("data.a", ("id",), (("1",), ("2",)), True)


@pytest.mark.parametrize("body", [b"", b" ", b"\xff", b"<html>", b"nothing"])
def test_what_is_no_json_has_no_text(body: bytes) -> None:
    assert preview(body, max_bytes=100, max_rows=10) == Preview("", True, None)


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": {"rows": [' + b'{"id": 1, "name": "something"},' * 400_000 + b"{}]}}",
        b'{"data": {"rows": [' + b'{"a": {"b": 1}},' * 700_000 + b"{}]}}",
        b'{"data": "' + b"x" * 12_000_000 + b'"}',
        b'{"data": ' + b"[" * 6_000_000 + b"]" * 6_000_000 + b"}",
        b'{"data": ' + b'{"a":' * 2_000_000 + b"1" + b"}" * 2_000_000 + b"}",
        b'{"data": [' + b"1," * 6_000_000 + b"1]}",
    ],
    ids=["rows", "nested rows", "one string", "deep lists", "deep objects", "numbers"],
)
def test_a_large_answer_costs_little_memory(body: bytes) -> None:
    tracemalloc.start()
    try:
        cut = preview(body, max_bytes=200_000, max_rows=200)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (cut.truncated, len(cut.text.encode()) <= 200_000) == (True, True)
    assert peak < 20 * 2**20


@given(
    st.binary(max_size=100)
    | st.text(max_size=100).map(lambda text: ('{"data": ' + text).encode("utf-8", "replace"))
    | json_values.map(lambda value: json.dumps({"data": value}).encode()),
    st.integers(0, 200),
    st.integers(0, 3),
)
def test_no_body_brings_the_preview_down(body: bytes, max_bytes: int, max_rows: int) -> None:
    cut = preview(body, max_bytes=max_bytes, max_rows=max_rows)
    assert len(cut.text.encode()) <= max_bytes
