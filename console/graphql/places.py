"""Where in the query an error of Dxtra's is, so that it can be marked there.

An error may say so by `locations` (line and column), by the standard's `path` through the answer,
or by Hasura's path through the document: `$.selectionSet.dataSubjects.selectionSet.name`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from graphql import Node, ObjectValueNode, Token

from console.graphql.documents import Fragments, ParsedDocument, fields_of
from console.upstream.graphql_errors import GraphQLError, Place
from console.upstream.json_text import escape_hidden

STEP = re.compile(r'\.([_A-Za-z][_0-9A-Za-z]*)|\["((?:[^"\\]|\\.)*)"\]')  # a name in a JSONPath
WORD = re.compile(r"[$@]?[_A-Za-z][_0-9A-Za-z]*|\S|$")
MAX_AROUND = 60  # characters of the line, on each side
HASURAS_OWN = ("selectionSet", "args")


def with_places(
    errors: Sequence[GraphQLError], document: ParsedDocument
) -> tuple[GraphQLError, ...]:
    """The errors, each with its place in the document where it can be told."""
    return tuple(replace(error, place=place_of(error, document)) for error in errors)


def place_of(error: GraphQLError, document: ParsedDocument) -> Place | None:
    """The first of the error's locations that the document has, else the node of its path."""
    lines = document.text.split("\n")
    for line, column in error.positions:
        if 1 <= line <= len(lines) and column >= 1:
            index = _index(lines[line - 1], line, column, document)
            if index is not None:
                return _place(lines[line - 1], line, index)
    node = _node_at(error.path, document)
    if node is None or node.loc is None:
        return None
    start = node.loc.start_token
    return _place(lines[start.line - 1], start.line, start.column - 1)


def _index(text: str, line: int, column: int, document: ParsedDocument) -> int | None:
    """Where in `text`, a line, a server's column is; None if it is shorter.

    Servers in JavaScript, Java or C# count UTF-16's units, others letters: where these differ, it
    is where a token begins.
    """
    units = text.encode("utf-16-le")
    by_letters, by_units = column - 1, len(units[: 2 * (column - 1)].decode("utf-16-le", "ignore"))
    if by_units != by_letters:
        starts = {token.column - 1 for token in _tokens(document) if token.line == line}
        if by_letters in starts and by_units not in starts:
            return by_letters
    return by_units if len(units) // 2 >= by_letters else None


def _tokens(document: ParsedDocument) -> Iterator[Token]:
    """All of the document, but not the marks of its ends."""
    loc = document.operation.loc
    token = loc and loc.start_token
    while token and token.prev:
        token = token.prev
    while token := token and token.next:
        yield token


def _place(text: str, line: int, index: int) -> Place:
    before, rest = text[:index].lstrip(), text[index:]
    found = WORD.match(rest)
    marked = found[0] if found else ""
    after = rest[len(marked) :]
    return Place(
        line,
        index + 1,
        len(text[:index].encode("utf-16-le")) // 2 + 1,
        escape_hidden(before if len(before) <= MAX_AROUND else f"…{before[-MAX_AROUND:]}"),
        escape_hidden(marked),
        escape_hidden(after if len(after) <= MAX_AROUND else f"{after[:MAX_AROUND]}…"),
    )


def _node_at(path: str, document: ParsedDocument) -> Node | None:
    """The node that `path` leads to, as far as it can be followed; None where it cannot at all."""
    steps = [name or quoted for name, quoted in STEP.findall(path)]
    if not steps:
        return None
    found: Node | None = None
    for step in steps:
        below = _below(found or document.operation, step, document.fragments)
        if below is not None:
            found = below
        elif step not in HASURAS_OWN:
            break
    return found


def _below(node: Node, step: str, fragments: Fragments) -> Node | None:
    """The field, argument or key of an input object under `node` that `step` names."""
    selection_set = getattr(node, "selection_set", None)
    fields = list(fields_of(selection_set, fragments)) if selection_set else []
    for field in fields:
        if (field.alias or field.name).value == step:
            return field
    value = getattr(node, "value", None)
    keys = value.fields if isinstance(value, ObjectValueNode) else getattr(node, "arguments", None)
    named = [*fields, *(keys or ())]
    return next((each for each in named if each.name.value == step), None)
