"""An answer as a tree, whose branches are read when they are opened, 100 values at a time."""

from dataclasses import dataclass, replace

from console.graphql.answers.nodes import Node, Raw, count, value_of
from console.upstream.json_text import literal

WINDOW = 100  # values of a branch
SHORT = 20  # a branch of so few values is open from the start
MAX_OPENED = 100  # values in branches that are open from the start
MAX_DEPTH = 20  # of branches that are open from the start
MAX_SHOWN = 300  # characters of a value


@dataclass(frozen=True, slots=True)
class Branch:
    """A value in the tree. `count`: of its values, if it is an object or a list; `children`: those
    of one window, if it is open, and `next_page`: the number of the window behind them, or 0."""

    node: Node
    count: int | None = None
    children: tuple["Branch", ...] | None = None
    first: int = 0
    next_page: int = 0
    is_marked: bool = False

    @property
    def is_list(self) -> bool:
        return self.node.kind == "list"

    @property
    def size(self) -> str:
        """How much it holds, in words."""
        one, many = ("item", "items") if self.is_list else ("key", "keys")
        return f"{self.count:,} {one if self.count == 1 else many}"

    @property
    def value(self) -> str:
        """The value as JSON for display, whole."""
        return literal(value_of(self.node.raw))

    @property
    def copied(self) -> str:
        """What copying it gives: of a text the text itself."""
        return text_of(self.node)


def text_of(node: Node) -> str:
    """A value as plain text: of a text the text itself, of all else its JSON as it came."""
    value = value_of(node.raw)
    return value if type(value) is str else bytes(node.raw).decode(errors="replace")


def branch_at(node: Node, page: int = 1, *, marked: str = "") -> Branch:
    """The branch of `node`, open at a window, and what is short in it too; `marked`: the place of
    a value to be marked."""
    return _open(node, page, marked, [MAX_OPENED])


def closed_branch(node: Node) -> Branch:
    return _closed(node, "")


def _open(node: Node, page: int, marked: str, left: list[int], depth: int = MAX_DEPTH) -> Branch:
    """`left`: how many values may still be shown in branches within it; `depth`: how many of these
    may stand within one another."""
    if node.kind == "value":
        return _closed(node, marked)
    children = node.children()
    first = min((page - 1) * WINDOW, max(len(children) - 1, 0) // WINDOW * WINDOW)
    shown = children[first : first + WINDOW]
    is_only = len(children) == 1
    more = first + WINDOW < len(children)
    return Branch(
        _without_answer(node),
        len(children),
        tuple(_child(child, marked, left, depth - 1, is_only=is_only) for child in shown),
        first,
        first // WINDOW + 2 if more else 0,
        node.at == marked,
    )


def _child(node: Node, marked: str, left: list[int], depth: int, *, is_only: bool) -> Branch:
    if node.kind == "value" or marked or not depth:
        return _closed(node, marked)
    size = count(node.raw)
    if is_only or size <= min(SHORT, left[0]):
        left[0] -= min(size, WINDOW)
        return _open(node, 1, marked, left, depth)
    return _closed(node, marked)


def _closed(node: Node, marked: str) -> Branch:
    size = None if node.kind == "value" else count(node.raw)
    return Branch(_without_answer(node), size, is_marked=bool(marked) and node.at == marked)


def _without_answer(node: Node) -> Node:
    """The node without a reference to the whole answer, which would stay in memory for it."""
    raw = node.raw.copy() if node.kind == "value" else Raw(memoryview(node.raw)[:1].tobytes())
    return replace(node, raw=raw)
