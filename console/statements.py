"""Questions that every page asks, whose SQL is written once.

Django takes longer to write SQL than the database to answer it, and writes it anew each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet, UUIDField
from django.db.models.expressions import Expression

Row = TypeVar("Row", bound=Model)

SOMEBODY = UUID("5eb0d1e5-0000-4000-8000-000000000000")  # in whose name the SQL is written


class WrittenOnce(Generic[Row]):
    """A question about one id: `WrittenOnce(lambda owner: Profile.objects.filter(owner=owner))`.

    Nothing but the id may differ from one asking to the next: everything else in the queryset is
    written down with the SQL, at the first asking in each process.
    """

    def __init__(self, write: Callable[[UUID], QuerySet[Row]]) -> None:
        self._write = write
        self._written: dict[str, _Written[Row]] = {}  # by the kind of database

    def rows(self, about: UUID) -> list[Row]:
        """What the queryset would give: model instances with their annotations."""
        written = self._on_this_database()
        rows = list(written.model.objects.raw(written.sql, written.params(about)))
        for name, expression in written.annotations.items():
            converters = expression.get_db_converters(connection)
            converters = [*connection.ops.get_db_converters(expression), *converters]
            for row in rows:
                for convert in converters:
                    setattr(row, name, convert(getattr(row, name), expression, connection))
        return rows

    def exists(self, about: UUID) -> bool:
        """Would the queryset give anything?"""
        written = self._on_this_database()
        with connection.cursor() as cursor:
            cursor.execute(written.sql, written.params(about))
            return cursor.fetchone() is not None

    def _on_this_database(self) -> "_Written[Row]":
        written = self._written.get(connection.vendor)
        if written is None:
            written = self._written[connection.vendor] = _Written.of(self._write(SOMEBODY))
        return written


@dataclass(frozen=True, slots=True)
class _Written(Generic[Row]):
    model: Any
    sql: str
    written_with: Sequence[Any]
    annotations: dict[str, Expression]

    @classmethod
    def of(cls, queryset: QuerySet[Row]) -> "_Written[Row]":
        sql, params = queryset.query.sql_with_params()
        return cls(queryset.model, sql, params, dict(queryset.query.annotations))

    def params(self, about: UUID) -> list[Any]:
        return [
            _adapted(about) if each == _adapted(SOMEBODY) else each for each in self.written_with
        ]


def _adapted(value: UUID) -> Any:
    """As this database takes a UUID: SQLite has no such type."""
    return UUIDField().get_db_prep_value(value, connection)
