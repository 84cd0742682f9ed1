"""The errors of a GraphQL response are read in any shape that they come in."""

import json
from typing import Any

import pytest

from console.upstream.dxtra import GraphQLResult, read_result
from console.upstream.graphql_errors import GraphQLError
from console.upstream.network.egress import Response
from console.vault.secret import Secret
from tests.upstream.clients import CONTEXT

DENIED = {
    "message": "Your requested role is not in allowed roles",
    "extensions": {"path": "$", "code": "access-denied"},
}


def body_of(**parts: object) -> bytes:
    return json.dumps(parts).encode()


def result_of(body: bytes, **options: Any) -> GraphQLResult:
    return read_result(Response(200, {}, body), CONTEXT, **options)


def test_data_and_errors_can_stand_together() -> None:
    result = result_of(body_of(data={"a": None}, errors=[DENIED]))
    assert (result.has_data, len(result.errors)) == (True, 1)


ERRORS: dict[str, tuple[object, GraphQLError]] = {
    "Hasura's": (
        [{"message": "m", "extensions": {"code": "c", "path": "$.a"}}],
        GraphQLError("m", "c", "$.a"),
    ),
    "the standard's": (
        [{"message": "m", "path": ["a", 0, "b"], "locations": []}],
        GraphQLError("m", "", "$.a[0].b"),
    ),
    "without a code": (
        [{"message": "m", "extensions": {"my": 1}}],
        GraphQLError("m", details='{"my": 1}'),
    ),
    "Apollo's": (
        [
            {
                "message": "m",
                "locations": [{"line": 3, "column": 5}, {"line": 4, "column": 1}],
                "extensions": {"code": "BAD_USER_INPUT", "exception": {"stacktrace": ["at x"]}},
            }
        ],
        GraphQLError(
            "m",
            "BAD_USER_INPUT",
            locations=("line 3, column 5", "line 4, column 1"),
            details='{"exception": {"stacktrace": ["at x"]}}',
            positions=((3, 5), (4, 1)),
        ),
    ),
    "PostGraphile's": (
        [{"errcode": "23505", "message": "m", "extensions": {"exception": {"errcode": "23505"}}}],
        GraphQLError("m", details='{"errcode": "23505", "exception": {"errcode": "23505"}}'),
    ),
    "of a long path": (
        [{"message": "m", "path": [*["aLongName"] * 200, 7, "no name"]}],
        GraphQLError("m", "", "$" + ".aLongName" * 200 + '[7]["no name"]'),
    ),
    "of hidden letters": ([{"message": "a\u202eb"}], GraphQLError("a\\u202eb")),
    "without a message": ([{}], GraphQLError("an error without a message")),
    "a sentence": ("m", GraphQLError("m")),
    "a list of sentences": (["m"], GraphQLError("m")),
    "an object": ({"message": "m"}, GraphQLError("m")),
    "a number": ([7], GraphQLError("7")),
    "nothing": ([None], GraphQLError("an error without a message")),
}


@pytest.mark.parametrize(("errors", "read"), ERRORS.values(), ids=ERRORS)
def test_errors_are_read_in_any_shape(errors: object, read: GraphQLError) -> None:
    assert result_of(body_of(errors=errors)).errors == (read,)


def test_the_hint_names_the_role_or_the_default() -> None:
    body = body_of(
        errors=[
            {
                "message": "field 'x' not found in type: 'query_root'",
                "extensions": {"code": "validation-failed"},
            }
        ]
    )
    assert result_of(body, role="me").errors[0].hint == "not available to role me"
    assert result_of(body).errors[0].hint == "not available to the default role"


def test_a_token_that_an_error_echoes_is_masked() -> None:
    body = body_of(errors=[{"message": "bad token tok-123"}])
    assert result_of(body, secrets=[Secret("tok-123")]).errors[0].message == "bad token ••••••"
