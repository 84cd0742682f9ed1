"""Actions that failed are found in any answer, and no answer brings the search down."""

import io
import json
import time
import tracemalloc
from collections.abc import Callable

import ijson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.graphql.actions import failed_actions

MAX_MEMORY = 64 * 1024  # bytes
SHAPE = {"status", "message", "data", "__typename"}
KEYS = st.sampled_from([*sorted(SHAPE), "errors", 'a"b', "ä{", "\\", "x"])
VALUES = st.recursive(
    st.sampled_from(["error", "error", ' "error": ', "[{", "\\", "\t", 1, 2.5, None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=30,
)


def found_in(data: object) -> tuple[str, ...]:
    return failed_actions(json.dumps({"data": data}).encode())


def test_each_field_of_an_action_s_shape_that_says_error_is_told():
    data = {
        "first": {"status": "error", "message": "Too many.", "data": {"status": "fine"}},
        "second": {"status": "success", "message": "error"},
        "third": {"data": [[1], {"a": {}}], "status": "error"},
        "a_row": {"status": "error", "id": 7},
        "rows": [{"status": "error"}],
        "deeper": {"data": {"status": "error"}},
    }
    assert found_in(data) == (
        "The action first answered status error: Too many.",
        "The action third answered status error.",
    )
    assert found_in([{"status": "error"}]) == ()
    assert failed_actions(b'{"errors": {"a": {"status": "error"}}, "data": null}') == ()


@pytest.mark.parametrize("number", ["1e999999999999999999999", "1e-999999999999999999999"])
def test_a_number_that_no_machine_holds_hides_no_error_before_it(number: str):
    body = f'{{"data": {{"act": {{"status": "error"}}, "n": {number}}}}}'
    assert failed_actions(body.encode()) == ("The action act answered status error.",)


def test_lists_in_lists_in_lists_take_no_longer_than_others():
    began = time.monotonic()
    depth = 100_000
    body = b'{"data": {"a": ' + b"[" * depth + b'"error"' + b"]" * depth + b"}}"
    assert failed_actions(body) == ()
    assert time.monotonic() - began < 20  # it took more than a minute


@given(
    st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES | st.just("error"))),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_what_is_found_is_what_a_parser_would_find(
    data: dict[str, object], ascii_only: bool, indent: int | None
):
    body = json.dumps({"errors": data, "data": data}, ensure_ascii=ascii_only, indent=indent)
    failed = [
        name
        for name, value in data.items()
        if isinstance(value, dict) and value.keys() <= SHAPE and value.get("status") == "error"
    ]
    sentences = failed_actions(body.encode())
    assert len(sentences) == len(failed)
    for name, sentence in zip(failed, sentences, strict=True):
        assert sentence.startswith(f"The action {name} answered status error")


def peak_memory(search: Callable[[], object]) -> int:
    """The bytes of Python's memory that `search` takes at most."""
    tracemalloc.start()
    try:
        search()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600", "\\n"])
def test_no_long_text_is_built_to_find_an_action(letter: str):
    """Nor from many reads, which takes the square of their number."""
    text = '"' + letter * 1_000_000 + '"'
    act = f'{{"status": "error", "data": {text}, {text}: 1, "message": "Too many."}}'
    body = f'{{"data": {{"a": {text}, "act": {act}}}}}'.encode()
    found: list[str] = []
    assert peak_memory(lambda: found.extend(failed_actions(body))) < MAX_MEMORY
    assert found == []  # the long key makes it a row
    assert peak_memory(lambda: list(ijson.basic_parse(io.BytesIO(body)))) > 10 * MAX_MEMORY


def test_keys_without_number_are_not_kept():
    keys = ",".join(f'"key{n}": 1' for n in range(100_000))
    body = f'{{"data": {{"a": {{{keys}}}, "act": {{"status": "error"}}}}}}'.encode()
    assert peak_memory(lambda: failed_actions(body)) < MAX_MEMORY


def test_names_and_messages_are_told_short_and_without_their_escapes():
    message = '"' + "\\u00e9" * 3000 + '"'
    act = f'{{"st\\u0061tus": "error", "message": {message}}}'
    (sentence,) = failed_actions(f'{{"d\\u0061ta": {{"a\\u0063t": {act}}}}}'.encode())
    assert sentence.startswith("The action act answered status error: ééé")
    assert len(sentence) < 600
    lone = b'{"data": {"act": {"status": "error", "message": "a\\ud83d\xff\nb"}}}'
    assert failed_actions(lone) == ("The action act answered status error: a b.",)


@pytest.mark.parametrize("body", [b'"error"', b']}]}"error"', b'{"data": {"a":', b'{"error"' * 9])
def test_what_is_no_json_says_nothing(body: bytes):
    assert failed_actions(body + b'"error"') == ()
