"""Actions that failed are found in any answer, and no answer brings the search down."""

import json
import time

import pytest

from console.graphql.actions import failed_actions


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
