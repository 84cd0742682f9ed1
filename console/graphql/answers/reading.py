"""What a screen shows of an answer: a page of a table, a branch of the tree, or a page of text."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from console.graphql.answers.look import Look
from console.graphql.answers.nodes import (
    Answer,
    Node,
    NoSuchNode,
    Raw,
    Steps,
    items,
    path_of,
    value_of,
)
from console.graphql.answers.outline import FoundList, Outline, list_at
from console.graphql.answers.search import Term, find, node_with
from console.graphql.answers.tables import columns_of, filtered, sorted_by, value_at
from console.graphql.answers.text import TextPage, text_page
from console.graphql.answers.tree import WINDOW, Branch, branch_at
from console.spreadsheets.writing import MAX_XLSX_ROWS
from console.upstream.json_text import escape_hidden

PAGE_ROWS = 100
MAX_SHOWN_COLUMNS = 100  # unless others are chosen
MAX_FACTS_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Typed:
    """What the teammate typed, opened: a text in rows, and one in the whole answer."""

    filter: str = ""
    find: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`is_alike`: another one is called the same, as {"a.b": 1} and {"a": {"b": 1}} are."""

    number: int
    steps: Steps
    is_shown: bool
    is_alike: bool = False

    @property
    def name(self) -> str:
        if self.is_alike:
            return path_of(self.steps) or "(value)"
        return escape_hidden(_dotted(self.steps)) or "(value)"


@dataclass(frozen=True, slots=True)
class Table:
    """A list as a table. `raws`: its rows; `numbers`: of those that fit the filter, in order."""

    found: FoundList
    columns: tuple[Column, ...]
    raws: list[Raw]
    numbers: list[int] | range

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_shown)

    def row(self, number: int) -> Any:
        return value_of(self.raws[number])


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page of a table. `rows`: the number of each, and its value."""

    found: FoundList
    columns: tuple[Column, ...]
    rows: tuple[tuple[int, Any], ...]
    count: int  # of the rows that fit the filter
    page: int

    @property
    def shown_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_shown)

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE_ROWS + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def has_next(self) -> bool:
        return self.last < self.count

    @property
    def fits_xlsx(self) -> bool:
        return self.count <= MAX_XLSX_ROWS

    @property
    def whole_fits_xlsx(self) -> bool:
        return self.found.count <= MAX_XLSX_ROWS


@dataclass(frozen=True, slots=True)
class Search:
    """`count`: of the places of a term (`more`: at least so many); `number`: of the one shown."""

    count: int
    number: int
    more: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """One of `table`, `branch` and `text` is shown, as `look` says."""

    look: Look
    typed: Typed
    outline: Outline
    table: TablePage | None = None
    branch: Branch | None = None
    text: TextPage | None = None
    search: Search | None = None
    facts: tuple[tuple[str, Any], ...] = ()  # names and values of a small answer without lists

    @property
    def places(self) -> frozenset[str]:
        """Where the lists of the outline are."""
        return frozenset(found.at for found in self.outline.lists)


def read(answer: Answer, outline: Outline, look: Look, typed: Typed) -> Reading:
    """Read what `look` asks for. Raises NoSuchNode."""
    if answer.flaw:
        look = replace(look, view="text", at="")
    elif typed.find and look.find:
        return _find(answer, outline, look, typed)
    view = look.view or ("table" if outline.has_rows else "tree")
    look = replace(look, view=view)
    reading = Reading(look, typed, outline)
    if view == "text":
        body = bytes(answer.node(look.at).raw) if look.at else answer.body
        text = text_page(body, look.page, is_json=not answer.flaw)
        return replace(reading, text=text, look=replace(look, page=text.number))
    if view == "table" and (look.at or outline.lists):
        table = table_of(answer, outline, look, typed)
        look = replace(look, at=table.found.at)
        return replace(reading, look=look, table=_page_of(table, look.page))
    branch = branch_at(answer.node(look.at), look.page)
    facts = () if look.at or outline.lists else _facts(answer)
    return replace(reading, branch=branch, facts=facts, look=replace(look, view="tree"))


def table_of(answer: Answer, outline: Outline, look: Look, typed: Typed) -> Table:
    """The list that `look` names (else the first), filtered and sorted. Raises NoSuchNode."""
    found = _list(answer, outline, look.at)
    raws = items(answer.node(found.at).raw)
    numbers: list[int] | range = range(len(raws))
    if typed.filter:
        term = Term(typed.filter)
        column = _column(found, look.within)
        pattern = term.pattern
        numbers = filtered(raws, lambda raw: bool(pattern.search(raw)), term.is_in, column)
    if (by := _column(found, look.sort.removeprefix("-"))) is not None:
        numbers = sorted_by(raws, numbers, by, descending=look.sort.startswith("-"))
    return Table(found, _columns(found, look.columns), raws, numbers)


def _facts(answer: Answer) -> tuple[tuple[str, Any], ...]:
    data = answer.data
    if data is None or len(data.raw) > MAX_FACTS_BYTES:
        return ()
    row = value_of(data.raw)
    columns = (Column(0, steps, is_shown=True) for steps in columns_of([data.raw]))
    return tuple((column.name, value_at(row, column.steps)) for column in columns)


def _list(answer: Answer, outline: Outline, at: str) -> FoundList:
    for found in outline.lists:
        if found.at == at or not at:
            return found
    node: Node = answer.node(at)
    if node.kind != "list":
        raise NoSuchNode
    return list_at(node)


def _page_of(table: Table, page: int) -> TablePage:
    count = len(table.numbers)
    page = min(page, max(-(-count // PAGE_ROWS), 1))
    shown: Iterable[int] = table.numbers[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    rows = tuple((number, table.row(number)) for number in shown)
    return TablePage(table.found, table.columns, rows, count, page)


def _columns(found: FoundList, chosen: str) -> tuple[Column, ...]:
    shown = set(map(int, chosen.split(","))) if chosen else set(range(MAX_SHOWN_COLUMNS))
    names = Counter(map(_dotted, found.columns))
    columns = [
        Column(number, steps, number in shown, is_alike=names[_dotted(steps)] > 1)
        for number, steps in enumerate(found.columns)
    ]
    if not any(column.is_shown for column in columns):
        columns = [replace(column, is_shown=True) for column in columns[:MAX_SHOWN_COLUMNS]]
    return tuple(columns)


def _dotted(steps: Steps) -> str:
    return ".".join(map(str, steps))


def _column(found: FoundList, number: str) -> Steps | None:
    if number and int(number) < len(found.columns):
        return found.columns[int(number)]
    return None


def _find(answer: Answer, outline: Outline, look: Look, typed: Typed) -> Reading:
    """The branch that holds a place where the term stands, with that place marked."""
    hits = find(answer, Term(typed.find))
    number = min(look.hit, len(hits))
    search = Search(len(hits), number, hits.more)
    look = replace(look, view="tree", hit=max(number, 1))
    if not hits.offsets:
        return Reading(look, typed, outline, branch=branch_at(answer.root), search=search)
    hit = node_with(answer, hits.offsets[number - 1])
    above, _, last = hit.at.rpartition(".")
    branch = branch_at(answer.node(above), int(last or 0) // WINDOW + 1, marked=hit.at)
    return Reading(replace(look, at=above), typed, outline, branch=branch, search=search)
