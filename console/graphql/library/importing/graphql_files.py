"""`.graphql` files: each operation becomes a saved query, with the fragments that it uses."""

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

from console.graphql.documents import MAX_TOKENS
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
) -> None:
    """Take a document: as it is if it has one operation, else one saved query for each."""
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
    except (GraphQLSyntaxError, RecursionError):
        if query.strip():
            found.leave_out(name, "imported as it is, though it is not valid GraphQL.")
        found.add(
            name=name, query=query, variables=variables, folders=folders, description=description
        )
        return
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    runnable = [each for each in operations if each.operation is not OperationType.SUBSCRIPTION]
    for subscription in (each for each in operations if each not in runnable):
        found.leave_out(
            _name_of(subscription) or name,
            "left out, as subscriptions need a connection that stays open.",
        )
    others = len(document.definitions) - len(operations)
    if not operations:
        found.leave_out(name, "left out, as it has no operation: only types or fragments.")
    elif len(operations) == 1 and runnable:
        found.add(
            name=name, query=query, variables=variables, folders=folders, description=description
        )
    elif len(runnable) > MAX_OPERATIONS:
        found.leave_out(name, f"left out, as it has more than {MAX_OPERATIONS} operations.")
    else:
        for number, operation in enumerate(runnable, 1):
            found.add(
                name=_name_of(operation) or f"{name} {number}",
                query=_alone(document, operation) if others or len(operations) > 1 else query,
                variables=variables,
                folders=folders,
                description=description,
            )


def _alone(document: DocumentNode, operation: OperationDefinitionNode) -> str:
    """The operation and the fragments that it uses, as they were typed."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    used: dict[str, FragmentDefinitionNode] = {}
    unread: list[ast.Node] = [operation]
    while unread:
        for name in _spreads(unread.pop()):
            if name in fragments and name not in used:
                used[name] = fragments[name]
                unread.append(fragments[name])
    return "\n\n".join(map(_source, (operation, *used.values()))) + "\n"


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
