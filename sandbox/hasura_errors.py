"""Hasura's errors: HTTP 200, a message, a code and a JSONPath in ``extensions``."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    Node,
)

WORDING = (
    (r"Cannot query field '(\w+)' on type '(\w+)'.*", r"field '\1' not found in type: '\2'"),
    (r"Field '(\w+)' is not defined by type '(\w+)'.*", r"field '\1' not found in type: '\2'"),
    (r"Unknown argument '(\w+)' on field '\w+\.(\w+)'.*", r"'\2' has no argument named '\1'"),
    (r".*Schema is not configured .* mutation.*", "no mutations exist"),
    (
        r"Variable '\$(\w+)' of required type .* was not provided.*",
        r'expecting a value for non-nullable variable: "\1"',
    ),
    (r"Unknown operation named '(\w+)'.*", r'no such operation found in the document: "\1"'),
    (
        r"Must provide operation name.*",
        "exactly one operation has to be present in the document "
        "when operationName is not specified",
    ),
)


class HasuraError(Exception):
    """Fails the whole request, as an error of PostgreSQL or of the engine does."""

    def __init__(self, code: str, message: str, path: str = "$") -> None:
        super().__init__(message)
        self.code = code
        self.path = path

    def body(self) -> dict[str, Any]:
        extensions = {"path": self.path, "code": self.code}
        return {"errors": [{"message": str(self), "extensions": extensions}]}


class ActionError(Exception):
    """An action's webhook failed; its ``extensions`` stand in place of Hasura's."""

    def __init__(self, message: str, extensions: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.extensions = extensions


def refusal(document: DocumentNode, error: GraphQLError) -> HasuraError:
    """What Hasura says where the query does not fit the schema: its first error only."""
    message = error.message
    for pattern, words in WORDING:
        if re.fullmatch(pattern, message, re.DOTALL):
            message = re.sub(pattern, words, message, flags=re.DOTALL)
            break
    node = error.nodes[0] if error.nodes else None
    path = json_path(document, node) if node is not None else None
    return HasuraError("validation-failed", message, path or "$")


def result_body(result: ExecutionResult) -> dict[str, Any]:
    """The answer to an executed query: data, errors, or both."""
    errors = [_error(error) for error in result.errors or ()]
    for error in result.errors or ():
        if isinstance(error.original_error, HasuraError):
            return error.original_error.body()
        if isinstance(error.original_error, ActionError):
            return {"errors": errors}
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def _error(error: GraphQLError) -> dict[str, Any]:
    if isinstance(error.original_error, ActionError):
        return {"message": error.message, "extensions": error.original_error.extensions}
    names = "".join(f".selectionSet.{part}" for part in error.path or () if isinstance(part, str))
    extensions = {"path": f"${names}", "code": "remote-schema-error"}
    return {"message": error.message, "path": error.path, "extensions": extensions}


def json_path(document: DocumentNode, target: Node) -> str | None:
    """Where in the query a field or an argument stands, in Hasura's words."""
    for definition in document.definitions:
        if found := _find(definition, "$", target):
            return found
    return None


def _find(parent: Node, path: str, target: Node) -> str | None:
    selection_set = getattr(parent, "selection_set", None)
    for selection in selection_set.selections if selection_set else ():
        here = path
        if isinstance(selection, FieldNode):
            here = f"{path}.selectionSet.{selection.name.value}"
        if selection is target and not isinstance(selection, FragmentSpreadNode):
            return here
        found = _find_argument(selection, here, target) or _find(selection, here, target)
        if found:
            return found
    return None


def _find_argument(selection: Node, path: str, target: Node) -> str | None:
    for argument in getattr(selection, "arguments", ()):
        here = f"{path}.args.{argument.name.value}"
        if argument is target:
            return path
        if argument.value is target:
            return here
        for field in getattr(argument.value, "fields", ()):
            if target in (field, field.value):
                return f"{here}.{field.name.value}"
    return None
