"""Reads a GraphQL document that a teammate typed, before anything is sent.

It checks only what needs no schema (GraphQL specification, October 2021, section 2): the syntax,
which operation runs, and whether it is a mutation. The upstream checks the rest.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)

from console.graphql.syntax import in_words

MAX_BYTES = 200_000
MAX_TOKENS = 20_000  # parsing them takes a quarter of a second
MAX_NAMES = 20  # in one sentence

Fragments = dict[str, FragmentDefinitionNode]  # by their names


class DocumentRefused(Exception):
    """The document cannot be run as it is.

    `field`: the form field to correct ("query" or "operation_name"); `sentence`: for the user;
    `operations`: the names to choose from, if a choice is missing.
    """

    def __init__(self, field: str, sentence: str, *, operations: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence
        self.operations = operations


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """A document, and its one operation that is to run."""

    text: str
    operation_name: str  # empty if it has none
    is_mutation: bool
    fields: tuple[str, ...]  # of the operation, at top level, fragments included, each once
    response_keys: tuple[str, ...]  # under which these come: their aliases, or their names
    operation: OperationDefinitionNode = field(repr=False, compare=False)
    fragments: Fragments = field(repr=False, compare=False)

    @property
    def title(self) -> str:
        """The operation's name, or its first field: its name in the call record."""
        return self.operation_name or next(iter(self.fields), "query")

    @property
    def displayed_fields(self) -> str:
        """The top-level fields in one line."""
        return some_of(self.fields)


def read_document(text: str, operation_name: str = "") -> ParsedDocument:
    """Return the document with the operation `operation_name`, or its only one.

    Raises DocumentRefused.
    """
    document = _parsed(text)
    chosen = _chosen(document, operation_name)
    if chosen.operation is OperationType.SUBSCRIPTION:
        raise DocumentRefused(
            "query",
            "Subscriptions are not supported. Write it as a query.",
        )
    fragments = _fragments(document)
    nodes = list(fields_of(chosen.selection_set, fragments))
    return ParsedDocument(
        text=text,
        operation_name=chosen.name.value if chosen.name else "",
        is_mutation=chosen.operation is OperationType.MUTATION,
        fields=tuple(dict.fromkeys(node.name.value for node in nodes)),
        response_keys=tuple(dict.fromkeys((node.alias or node.name).value for node in nodes)),
        operation=chosen,
        fragments=fragments,
    )


def some_of(names: tuple[str, ...]) -> str:
    """The names in one line: "a, b, c and 7 more"."""
    line = ", ".join(names[:MAX_NAMES])
    more = len(names) - MAX_NAMES
    return f"{line} and {more} more" if more > 0 else line


def _parsed(text: str) -> DocumentNode:
    if not text.strip():
        raise DocumentRefused("query", "Write a query.")
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise DocumentRefused("query", f"This is too long: at most {MAX_BYTES // 1000} kB.")
    try:
        return parse(text, max_tokens=MAX_TOKENS)
    except GraphQLSyntaxError as error:
        raise DocumentRefused("query", _location_and_reason(text, error)) from None
    except RecursionError:
        raise DocumentRefused("query", "This is nested too deeply.") from None


def _location_and_reason(text: str, error: GraphQLSyntaxError) -> str:
    reason = in_words(error.message)
    if all(not line.strip() or line.lstrip().startswith("#") for line in text.splitlines()):
        return "There are only comments. Write a query."
    location = error.locations[0] if error.locations else None
    return f"Line {location.line}, column {location.column}: {reason}" if location else reason


def _chosen(document: DocumentNode, wanted: str) -> OperationDefinitionNode:
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    by_name = {node.name.value: node for node in operations if node.name}
    names = tuple(by_name)
    if not operations:
        raise DocumentRefused("query", "There is no operation. Write a query or a mutation.")
    counts = Counter(node.name.value for node in operations if node.name)
    if twice := next((name for name, count in counts.items() if count > 1), None):
        raise DocumentRefused("query", f"Two operations are named {twice}. Rename one.")
    if len(operations) > 1 and len(by_name) < len(operations):
        raise DocumentRefused("query", "With several operations, each needs a name. One has none.")
    if wanted:
        return _named(wanted, by_name)
    if len(operations) > 1:
        raise DocumentRefused(
            "operation_name",
            f"There are several operations. Choose the one to run: {some_of(names)}.",
            operations=names,
        )
    return operations[0]


def _named(wanted: str, by_name: dict[str, OperationDefinitionNode]) -> OperationDefinitionNode:
    if wanted in by_name:
        return by_name[wanted]
    names = tuple(by_name)
    known = (
        f"It has: {some_of(names)}." if names else "Leave this empty: the operation has no name."
    )
    raise DocumentRefused(
        "operation_name", f"The query has no operation of this name. {known}", operations=names
    )


def fields_of(selection_set: SelectionSetNode, fragments: Fragments) -> Iterator[FieldNode]:
    """The fields of a selection set, those of its fragments included, each fragment once."""
    unread: list[SelectionSetNode] = [selection_set]
    seen: set[str] = set()
    while unread:
        for selection in unread.pop(0).selections:
            if isinstance(selection, FieldNode):
                yield selection
            elif isinstance(selection, InlineFragmentNode):
                unread.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                name = selection.name.value
                if name in fragments and name not in seen:
                    seen.add(name)
                    unread.append(fragments[name].selection_set)


def _fragments(document: DocumentNode) -> Fragments:
    return {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
