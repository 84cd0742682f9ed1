"""Actions that failed are found in any answer, and no answer brings the search down."""

import json
import tracemalloc
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.graphql.actions import failed_actions
from console.graphql.documents import read_document

MAX_MEMORY = 64 * 1024  # bytes
SHAPE = {"status", "message", "data", "__typename"}
KEYS = st.sampled_from([*sorted(SHAPE), "errors", 'a"b', "ä{", "\\", "x"])
NAMES = st.sampled_from(["status", "data", "__typename", "act", "_x9"])  # of fields, in GraphQL
VALUES = st.recursive(
    st.sampled_from(["error", "error", ' "error": ', "[{", "\\", "\t", 1, 2.5, None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=30,
)


def found_in(data: object) -> tuple[str, ...]:
    keys = list(data) if isinstance(data, dict) else ["first"]
    return failed_actions(msgspec.Raw(json.dumps(data).encode()), keys)


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
        "The action first returned status error: Too many.",
        "The action third returned status error.",
    )
    assert found_in([{"status": "error"}]) == ()
    assert failed_actions(msgspec.Raw(b""), ["first"]) == ()


@pytest.mark.parametrize(
    "number", ["1e999999999999999999999", "1e-999999999999999999999", "1" * 9000]
)
def test_a_number_that_no_machine_holds_hides_no_error(number: str):
    data = f'{{"n": {number}, "act": {{"status": "error", "data": {number}}}}}'.encode()
    assert failed_actions(msgspec.Raw(data), ["n", "act"]) == (
        "The action act returned status error.",
    )


def test_an_action_is_found_under_its_alias():
    document = read_document(
        "mutation { first: act(id: 1) { status } ...more }"
        " fragment more on mutation_root { act(id: 2) { status } }"
    )
    data = msgspec.Raw(b'{"first": {"status": "error"}, "act": {"status": "error"}}')
    assert document.fields == ("act",)
    assert failed_actions(data, document.response_keys) == (
        "The action first returned status error.",
        "The action act returned status error.",
    )


@given(
    st.dictionaries(NAMES, VALUES | st.dictionaries(KEYS, VALUES | st.just("error"))),
    st.booleans(),
    st.sampled_from([None, 1]),
)
def test_what_is_found_is_what_a_parser_would_find(
    data: dict[str, object], ascii_only: bool, indent: int | None
):
    text = json.dumps(data, ensure_ascii=ascii_only, indent=indent)
    failed = [
        name
        for name, value in data.items()
        if isinstance(value, dict) and value.keys() <= SHAPE and value.get("status") == "error"
    ]
    sentences = failed_actions(msgspec.Raw(text.encode()), list(data))
    assert len(sentences) == len(failed)
    for name, sentence in zip(failed, sentences, strict=True):
        assert sentence.startswith(f"The action {name} returned status error")


def peak_memory(search: Callable[[], object]) -> int:
    """The bytes of Python's memory that `search` takes at most."""
    tracemalloc.start()
    try:
        search()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("letter", ["x", "é", "\U0001f600"])
def test_no_long_text_is_built_to_find_an_action(letter: str):
    text = '"' + letter * 1_000_000 + '"'
    act = f'{{"status": "error", "data": {text}, "message": "Too many."}}'
    data = msgspec.Raw(f'{{"a": {text}, "act": {act}}}'.encode())
    found: list[str] = []
    assert peak_memory(lambda: found.extend(failed_actions(data, ["a", "act"]))) < MAX_MEMORY
    assert found == ["The action act returned status error: Too many."]
    assert peak_memory(lambda: json.loads(bytes(data))) > 10 * MAX_MEMORY


def test_keys_that_nobody_asked_for_take_no_memory():
    keys = ",".join(f'"key{n}": 1' for n in range(100_000))
    data = msgspec.Raw(f'{{{keys}, "a": {{{keys}}}, "act": {{"status": "error"}}}}'.encode())
    assert peak_memory(lambda: failed_actions(data, ["a", "act"])) < MAX_MEMORY


def test_names_and_messages_are_told_short_and_without_their_escapes():
    message = '"' + "\\u00e9" * 3000 + '"'
    act = f'{{"st\\u0061tus": "error", "message": {message}}}'
    (sentence,) = failed_actions(msgspec.Raw(f'{{"a\\u0063t": {act}}}'.encode()), ["act"])
    assert sentence.startswith("The action act returned status error: ééé")
    assert len(sentence) < 600
