"""Any list of an answer as a table: nested objects are flattened by dots, a column for each leaf.

A page reads its own rows alone. Sorting and filtering read every row once, and keep one key for
each: 100,000 rows take some tenths of a second, and some megabytes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from operator import itemgetter
from typing import Any

from console.graphql.answers.nodes import Raw, Steps, quick_value_of
from console.spreadsheets import writing
from console.upstream.json_text import Number

MAX_COLUMNS = 500  # that are found
MAX_SHAPES = 1000  # that are remembered while columns are collected
MAX_DEPTH = 8  # of flattened objects


class Missing(Enum):
    """What stands in place of a cell's value."""

    NULL = "null"
    ABSENT = "absent"  # the row has no such key


Columns = tuple[Steps, ...]


def columns_of(rows: Iterable[Raw]) -> Columns:
    """The columns of all `rows`, in the order they appear; MAX_COLUMNS of them at most.

    A key that is null in one row and an object in another has the columns of the object alone.
    """
    filled: dict[Steps, bool] = {}
    seen: set[Any] = set()
    for row in rows:
        shape = _shape(quick_value_of(row), MAX_DEPTH)
        if shape in seen:
            continue
        if len(seen) < MAX_SHAPES:
            seen.add(shape)
        for steps, has_value in _leaves(shape, ()):
            if steps in filled or len(filled) < MAX_COLUMNS:
                filled[steps] = filled.get(steps, False) or has_value
    objects = {steps[:end] for steps in filled for end in range(len(steps))}
    return tuple(steps for steps, is_filled in filled.items() if is_filled or steps not in objects)


def value_at(row: Any, steps: Steps) -> Any:
    """The value of a column in a row, or Missing. Within a null all is null."""
    for step in steps:
        if row is None:
            return Missing.NULL
        if type(row) is not dict or step not in row:
            return Missing.ABSENT
        row = row[step]
    return Missing.NULL if row is None else row


def text_of_cell(value: Any) -> str:
    """A value in a cell, as a spreadsheet has it. Missing is empty."""
    return writing.text_of_cell(None if isinstance(value, Missing) else value)


def filtered(
    rows: Sequence[Raw],
    may_hold: Callable[[Raw], object],
    holds: Callable[[str], bool],
    in_: Steps | None,
) -> list[int]:
    """The numbers of the rows of which a cell holds what is looked for; that of the column `in_`,
    if one is named. `may_hold` judges the JSON of a row before it is read."""
    found = []
    for number, raw in enumerate(rows):
        if not may_hold(raw):
            continue
        row = quick_value_of(raw)
        cells = _values(row) if in_ is None else (value_at(row, in_),)
        if any(holds(text_of_cell(cell)) for cell in cells):
            found.append(number)
    return found


def sorted_by(
    rows: Sequence[Raw], numbers: Iterable[int], column: Steps, *, descending: bool
) -> list[int]:
    """`numbers` of rows in the order of a column: numbers by value, texts without regard to case,
    truth values, all else by its JSON, and last, either way, what is null or absent."""
    groups: tuple[list[tuple[Any, int]], ...] = ([], [], [], [], [], [])
    for number in numbers:
        group, key = _sort_key(value_at(quick_value_of(rows[number]), column))
        groups[group].append((key, number))
    kinds, last = groups[:4], groups[4:]
    for kind in kinds:
        kind.sort(key=itemgetter(0), reverse=descending)
    ordered = (*reversed(kinds), *last) if descending else groups
    return [number for group in ordered for _, number in group]


def _sort_key(value: Any) -> tuple[int, Any]:
    kind = type(value)
    if kind is str:
        return 1, value.casefold()
    if kind is int:
        return 0, value
    if kind is Number:
        return 0, float(value)
    if kind is bool:
        return 2, value
    if kind is Missing:
        return (4 if value is Missing.NULL else 5), None
    return 3, text_of_cell(value)


def _shape(value: Any, depth: int) -> Any:
    """The keys of a row: of each object a tuple; None for null, True for any other value."""
    if value is None:
        return None
    if type(value) is not dict or not value or not depth:
        return True
    return tuple([
        (key, _shape(inside, depth - 1))
        if inside is None or type(inside) is dict
        else key
        for key, inside in value.items()
    ])  # fmt: skip


def _leaves(shape: Any, steps: Steps) -> Iterator[tuple[Steps, bool]]:
    """The columns of a shape, and whether each holds a value there."""
    if type(shape) is not tuple:
        yield steps, shape is True
        return
    for entry in shape:
        if type(entry) is tuple:
            yield from _leaves(entry[1], (*steps, entry[0]))
        else:
            yield (*steps, entry), True


def _values(value: Any) -> Iterator[Any]:
    """The leaves of a row; a list is one."""
    if type(value) is dict:
        for inside in value.values():
            yield from _values(inside)
    else:
        yield Missing.NULL if value is None else value
