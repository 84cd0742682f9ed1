"""Hasura's errors: HTTP 200, a message, and a code and a JSONPath in ``extensions``."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    BREAK,
    ArgumentNode,
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    Node,
    ObjectFieldNode,
    Visitor,
    visit,
)

from sandbox.messages import ErrorResponse, json_response

CONTENT_TYPE = "application/json; charset=utf-8"
# graphql-core's messages that Hasura words differently; all others are sent as they are.
MESSAGES = (
    (r"Cannot query field '(\w+)' on type '(\w+)'\..*", r"field '\1' not found in type: '\2'"),
    (
        r"Expected value of type '(\w+)' not to include unknown field '(\w+)'.*",
        r"field '\2' not found in type: '\1'",
    ),
    (r"Unknown argument '(\w+)' on field '\w+\.(\w+)'\..*", r"'\2' has no argument named '\1'"),
    (
        r"Variable '\$(\w+)' has invalid value: Expected a value of non-null type .*",
        r'expecting a value for non-nullable variable: "\1"',
    ),
    (
        r"Must provide operation name.*",
        "exactly one operation has to be present in the document "
        "when operationName is not specified",
    ),
)


class HasuraError(ErrorResponse):
    """Fails the whole request, as an error of PostgreSQL or of Hasura itself does."""

    def __init__(self, code: str, message: str, path: str = "$", *, status: int = 200) -> None:
        error = {"message": message, "extensions": {"path": path, "code": code}}
        self.body = {"errors": [error]}
        super().__init__(json_response(status, self.body, content_type=CONTENT_TYPE))


class ActionError(Exception):
    """An action's webhook failed; its ``extensions`` replace Hasura's."""

    def __init__(self, message: str, extensions: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.extensions = extensions


def invalid_query(document: DocumentNode, error: GraphQLError) -> HasuraError:
    """The query does not fit the schema; Hasura reports the first error only."""
    message = error.message
    for pattern, replacement in MESSAGES:
        message = re.sub(f"^{pattern}$", replacement, message, flags=re.DOTALL)
    path = _json_path(document, error.nodes[0]) if error.nodes else "$"
    return HasuraError("validation-failed", message, path)


def result_body(result: ExecutionResult) -> dict[str, Any]:
    """The body for an executed query: data, errors, or both."""
    errors = result.errors or []
    for error in errors:
        if isinstance(error.original_error, HasuraError):
            return error.original_error.body
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = [_field_error(error) for error in errors]
    if any(isinstance(error.original_error, ActionError) for error in errors):
        del body["data"]
    return body


def _field_error(error: GraphQLError) -> dict[str, Any]:
    if isinstance(error.original_error, ActionError):
        return {"message": error.message, "extensions": error.original_error.extensions}
    names = "".join(f".selectionSet.{part}" for part in error.path or () if isinstance(part, str))
    extensions = {"path": f"${names}", "code": "remote-schema-error"}
    return {"message": error.message, "path": error.path, "extensions": extensions}


def _json_path(document: DocumentNode, target: Node) -> str:
    """Hasura's JSONPath of a node; for an unknown argument that of its field."""
    finder = _PathFinder(target)
    visit(document, finder)
    return finder.found


class _PathFinder(Visitor):
    def __init__(self, target: Node) -> None:
        super().__init__()
        self._target = target
        self.found = "$"

    def enter(self, node: Node, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> Any:
        if node is not self._target:
            return None
        last = [] if isinstance(node, ArgumentNode) else [node]
        self.found = "$" + "".join(_step(each) for each in [*ancestors, parent, *last])
        return BREAK


def _step(node: Any) -> str:
    match node:
        case FieldNode():
            return f".selectionSet.{node.name.value}"
        case ArgumentNode():
            return f".args.{node.name.value}"
        case ObjectFieldNode():
            return f".{node.name.value}"
    return ""
