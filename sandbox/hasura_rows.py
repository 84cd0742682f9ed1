"""Hasura's list arguments over rows: ``where``, ``order_by``, ``limit``, ``offset``."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.data import Row
from sandbox.hasura_errors import HasuraError

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def select(
    rows: Sequence[Row],
    *,
    where: Mapping[str, Any] | None = None,
    order_by: Sequence[dict[str, str]] | None = None,
    limit: int | None = None,
    offset: int | None = None,
) -> list[Row]:
    """The requested rows; raises HasuraError for a negative limit or offset."""
    if min(limit or 0, offset or 0) < 0:
        raise HasuraError("unexpected", "expecting a non-negative 32-bit integer")
    selected = [row for row in rows if _matches(row, where or {})]
    for order in reversed(order_by or ()):
        for column, direction in reversed(order.items()):
            selected = _ordered(selected, column, direction)
    start = offset or 0
    return selected[start : None if limit is None else start + limit]


def by_id(rows: Sequence[Row], identifier: str) -> Row | None:
    """The row with that id, or None; raises HasuraError, as PostgreSQL does, for no UUID."""
    if not isinstance(identifier, str) or not UUID.fullmatch(identifier):
        raise HasuraError("data-exception", f'invalid input syntax for type uuid: "{identifier}"')
    return next((row for row in rows if row["id"] == identifier.lower()), None)


def _matches(row: Row, where: Mapping[str, Any]) -> bool:
    return all(_matches_one(row, name, condition) for name, condition in where.items())


def _matches_one(row: Row, name: str, condition: Any) -> bool:
    match name:
        case "_and":
            return all(_matches(row, part) for part in condition)
        case "_or":
            return any(_matches(row, part) for part in condition)
        case "_not":
            return not _matches(row, condition)
        case column:
            return all(_compares(row[column], *each) for each in (condition or {}).items())


def _compares(value: Any, comparison: str, operand: Any) -> bool:
    """As in SQL, null matches ``_is_null`` only."""
    if comparison == "_is_null":
        return (value is None) is operand
    return value is not None and bool(COMPARISONS[comparison](value, operand))


def _like(value: str, pattern: str, flags: int = 0) -> bool:
    wildcards = {"%": ".*", "_": "."}
    parts = [wildcards.get(letter, re.escape(letter)) for letter in pattern]
    return re.fullmatch("".join(parts), value, flags | re.DOTALL) is not None


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "_eq": operator.eq,
    "_neq": operator.ne,
    "_gt": operator.gt,
    "_gte": operator.ge,
    "_lt": operator.lt,
    "_lte": operator.le,
    "_in": lambda value, operand: value in operand,
    "_nin": lambda value, operand: value not in operand,
    "_like": _like,
    "_ilike": lambda value, operand: _like(value, operand, re.IGNORECASE),
}


def _ordered(rows: list[Row], column: str, direction: str) -> list[Row]:
    """PostgreSQL's order: nulls last when ascending, first when descending."""
    nulls_first = direction.endswith("nulls_first") or direction == "desc"
    nulls = [row for row in rows if row[column] is None]
    known = [row for row in rows if row[column] is not None]
    known.sort(key=operator.itemgetter(column), reverse=direction.startswith("desc"))
    return nulls + known if nulls_first else known + nulls
