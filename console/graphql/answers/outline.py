"""What is found in an answer once, when it is stored: its lists, and the columns of each.

It is stored sealed beside the answer, so that a page of a table need not read every row.
"""

from collections.abc import Iterator
from itertools import islice

import msgspec

from console.graphql.answers.nodes import Answer, Node, items
from console.graphql.answers.tables import Columns, columns_of

MAX_LISTS = 50
MAX_DEPTH = 8  # of objects around a list
MAX_VISITED = 2000  # values
LOOKED_AT = 100  # of a list's values, to see whether there is an object among them


class FoundList(msgspec.Struct, frozen=True):
    """A list of objects. `at`: its place (see Node)."""

    at: str
    path: str
    count: int
    columns: Columns

    @property
    def name(self) -> str:
        """The path within the data, where it lies in them."""
        return self.path.removeprefix("data.")


class Outline(msgspec.Struct, frozen=True):
    """`flaw`: why there is no table or tree; `headers`: of the response, those worth showing."""

    lists: tuple[FoundList, ...] = ()
    flaw: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def has_rows(self) -> bool:
        """Whether there is a list beside that of the errors, which are listed anyway."""
        return any(found.path != "errors" for found in self.lists)


def outline_of(answer: Answer, headers: tuple[tuple[str, str], ...] = ()) -> Outline:
    if answer.flaw:
        return Outline(flaw=answer.flaw, headers=headers)
    lists = tuple(islice(_lists(answer.root), MAX_LISTS)) or tuple(_empty_lists(answer.data))
    return Outline(lists, headers=headers)


def list_at(node: Node) -> FoundList:
    """The list that `node` is, also one within another list."""
    rows = items(node.raw)
    return FoundList(node.at, node.path or "(all)", len(rows), columns_of(rows))


def _lists(root: Node) -> Iterator[FoundList]:
    """The lists of objects that lie in no other list, those of the data first."""
    unread, visited = [root], 0
    while unread and visited < MAX_VISITED:
        node = unread.pop()
        visited += 1
        if node.kind == "list":
            if _has_objects(node):
                yield list_at(node)
        elif node.kind == "object" and len(node.steps) < MAX_DEPTH:
            inside = node.children()[::-1]
            inside.sort(key=lambda child: child.steps == ("data",))  # the last is read next
            unread += inside


def _empty_lists(data: Node | None) -> list[FoundList]:
    """The fields of the data, if all are lists that are empty: a table whose rows nobody has found
    is one still."""
    fields = data.children()[:MAX_LISTS] if data else []
    are_empty = all(field.kind == "list" and not items(field.raw) for field in fields)
    return [list_at(field) for field in fields] if are_empty else []


def _has_objects(node: Node) -> bool:
    return any(memoryview(raw)[0] == ord("{") for raw in items(node.raw)[:LOOKED_AT])
