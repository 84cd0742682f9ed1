"""`.graphql` files: each operation becomes a saved query, with the fragments that it uses."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import msgspec
from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    print_ast,
    visit,
)
from graphql.language import ast, visitor

from console.graphql.documents import MAX_BYTES, MAX_TOKENS
from console.graphql.library.importing.found import Found

MAX_OPERATIONS = 200  # in one document


def add_document(
    found: Found,
    *,
    name: str,
    query: str,
    variables: str = "",
    folders: tuple[str, ...] = (),
    description: str = "",
    role: str = "",
) -> None:
    """Take a document: as it is if it has one operation, else one saved query for each."""
    variables = "" if variables.strip() == "{}" else variables
    add = partial(found.add, folders=folders, description=description, role=role)
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
    except (GraphQLSyntaxError, RecursionError):
        if query.strip():
            found.leave_out(name, "imported as it is, though it is not valid GraphQL.")
        add(name=name, query=query, variables=variables)
        return
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    runnable = [each for each in operations if each.operation is not OperationType.SUBSCRIPTION]
    for subscription in (each for each in operations if each not in runnable):
        found.leave_out(
            _name_of(subscription) or name,
            "left out, as subscriptions need a connection that stays open.",
        )
    others = len(document.definitions) - len(operations)
    fragments = _fragments_of(document)
    if not operations and fragments:
        found.fragments = fragments | found.fragments
        found.leave_out(
            name, "has no operation. Its fragments are added to the queries here that use them."
        )
    elif not operations:
        found.leave_out(name, "left out, as it has no operation: only types.")
    elif len(operations) == 1 and runnable:
        add_it = partial(add, name=name, query=query, variables=variables)
        _add(found, document, runnable[0], add_it)
    elif len(runnable) > MAX_OPERATIONS:
        found.leave_out(name, f"left out, as it has more than {MAX_OPERATIONS} operations.")
    else:
        for number, operation in enumerate(runnable, 1):
            add_it = partial(
                add,
                name=_name_of(operation) or f"{name} {number}",
                query=_alone(document, operation) if others or len(operations) > 1 else query,
                variables=_own_variables(operation, variables),
            )
            _add(found, document, operation, add_it)


def add_fragments_of_other_files(found: Found) -> None:
    """Complete the queries whose fragments stand in other files of the same import."""
    for index in found.incomplete:
        content = found.contents[index]
        document = parse(content.query, max_tokens=MAX_TOKENS)
        own = _fragments_of(document)
        used, missing = _used(document.definitions, found.fragments | own)
        added = [_source(node) for name, node in used.items() if name not in own]
        query = "\n\n".join([content.query.rstrip(), *added]) + "\n"
        if added and len(query.encode()) <= MAX_BYTES:
            found.contents[index] = replace(content, query=query)
        if missing:
            names = ", ".join(sorted(missing))
            found.leave_out(content.name, f"imported without fragments that no file has: {names}.")


def _add(
    found: Found,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    add_it: Callable[[], object],
) -> None:
    """Add an operation, and note where it needs fragments of other files."""
    before = len(found.contents)
    add_it()
    _, missing = _used([operation], _fragments_of(document))
    if missing and len(found.contents) > before:
        found.incomplete.append(before)


def _own_variables(operation: OperationDefinitionNode, variables: str) -> str:
    """Those that the operation declares: servers refuse others (Hasura: "unexpected variables")."""
    try:
        values = msgspec.json.decode(variables, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return variables  # empty, or refused later with its reason
    declared = {each.variable.name.value for each in operation.variable_definitions or ()}
    if values.keys() <= declared:
        return variables
    own = [(name, bytes(raw).decode()) for name, raw in values.items() if name in declared]
    return f"{{{', '.join(f'{json.dumps(name)}: {raw}' for name, raw in own)}}}" if own else ""


def _alone(document: DocumentNode, operation: OperationDefinitionNode) -> str:
    """The operation and the fragments that it uses, as they were typed."""
    used, _ = _used([operation], _fragments_of(document))
    return "\n\n".join(map(_source, (operation, *used.values()))) + "\n"


def _fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }


def _used(
    nodes: Iterable[ast.Node], fragments: dict[str, FragmentDefinitionNode]
) -> tuple[dict[str, FragmentDefinitionNode], set[str]]:
    """Those of `fragments` that `nodes` use, also through others; the names of those missing."""
    used: dict[str, FragmentDefinitionNode] = {}
    missing: set[str] = set()
    unread = list(nodes)
    while unread:
        for name in _spreads(unread.pop()):
            if name not in fragments:
                missing.add(name)
            elif name not in used:
                used[name] = fragments[name]
                unread.append(fragments[name])
    return used, missing


def _spreads(node: ast.Node) -> list[str]:
    names: list[str] = []

    class Spreads(visitor.Visitor):
        def enter_fragment_spread(self, spread: ast.FragmentSpreadNode, *_: object) -> None:
            names.append(spread.name.value)

    visit(node, Spreads())
    return names


def _source(node: ast.Node) -> str:
    """The node as it was typed, with the comments right above it."""
    if node.loc is None:
        return print_ast(node)
    body, start = node.loc.source.body, node.loc.start
    lines = body[:start].split("\n")
    lines.pop()  # what stands before it on its own line
    begin = start
    while lines and lines[-1].lstrip().startswith("#"):
        begin -= len(lines.pop()) + 1
    return body[begin : node.loc.end].strip()


def _name_of(operation: OperationDefinitionNode) -> str:
    return operation.name.value if operation.name else ""
