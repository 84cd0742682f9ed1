"""Hasura's list arguments over rows: ``where``, ``order_by``, ``limit``, ``offset``."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.data import Row
from sandbox.hasura_errors import HasuraError

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
UUID_COLUMNS = frozenset({"id", "dataControllerId", "dataSubjectId"})


def select(
    rows: Sequence[Row],
    *,
    where: Mapping[str, Any] | None = None,
    order_by: Sequence[Mapping[str, str]] | None = None,
    limit: int | None = None,
    offset: int | None = None,
) -> list[Row]:
    """The rows asked for; raises HasuraError for what PostgreSQL would refuse."""
    if min(limit or 0, offset or 0) < 0:
        raise HasuraError("unexpected", "expecting a non-negative 32-bit integer")
    chosen = [row for row in rows if _fits(row, where or {})]
    for order in reversed(order_by or ()):
        for column, direction in reversed(list(order.items())):
            chosen = _ordered(chosen, column, direction)
    start = offset or 0
    return chosen[start : None if limit is None else start + limit]


def checked_uuid(value: Any) -> str:
    """A UUID as text; raises HasuraError as PostgreSQL does for anything else."""
    if not isinstance(value, str) or not UUID.fullmatch(value):
        raise HasuraError("data-exception", f'invalid input syntax for type uuid: "{value}"')
    return value.lower()


def _fits(row: Row, where: Mapping[str, Any]) -> bool:
    for name, wanted in where.items():
        if name == "_and":
            fits = all(_fits(row, part) for part in wanted)
        elif name == "_or":
            fits = any(_fits(row, part) for part in wanted)
        elif name == "_not":
            fits = not _fits(row, wanted)
        else:
            fits = _compares(name, row[name], wanted or {})
        if not fits:
            return False
    return True


def _compares(column: str, value: Any, wanted: Mapping[str, Any]) -> bool:
    for operator, operand in wanted.items():
        if column in UUID_COLUMNS and operator != "_is_null":
            operands = operand if isinstance(operand, list) else [operand]
            checked = [checked_uuid(one) for one in operands]
            operand = checked if isinstance(operand, list) else checked[0]
        if not COMPARISONS[operator](value, operand):
            return False
    return True


def _known(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """As in SQL, a null on the left fits nothing."""
    return lambda value, operand: value is not None and test(value, operand)


def _like(pattern: str, flags: int = 0) -> re.Pattern[str]:
    parts = [{"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern]
    return re.compile("".join(parts), flags | re.DOTALL)


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "_eq": _known(lambda value, operand: bool(value == operand)),
    "_neq": _known(lambda value, operand: bool(value != operand)),
    "_gt": _known(lambda value, operand: bool(value > operand)),
    "_gte": _known(lambda value, operand: bool(value >= operand)),
    "_lt": _known(lambda value, operand: bool(value < operand)),
    "_lte": _known(lambda value, operand: bool(value <= operand)),
    "_in": _known(lambda value, operand: value in operand),
    "_nin": _known(lambda value, operand: value not in operand),
    "_like": _known(lambda value, operand: bool(_like(operand).fullmatch(value))),
    "_ilike": _known(lambda value, operand: bool(_like(operand, re.I).fullmatch(value))),
    "_is_null": lambda value, operand: (value is None) == operand,
}


def _ordered(rows: list[Row], column: str, direction: str) -> list[Row]:
    """PostgreSQL's order: nulls last when ascending, first when descending."""
    descending = direction.startswith("desc")
    nulls_first = direction.endswith("nulls_first") or direction == "desc"
    nulls = [row for row in rows if row[column] is None]
    known = sorted(
        (row for row in rows if row[column] is not None),
        key=lambda row: row[column],
        reverse=descending,
    )
    return nulls + known if nulls_first else known + nulls
