"""Questions that every page asks, whose SQL is written once.

Django takes longer to write SQL than the database to answer it, and writes it anew each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet, UUIDField

Row = TypeVar("Row", bound=Model)

SOMEBODY = UUID("5eb0d1e5-0000-4000-8000-000000000000")  # in whose name the SQL is written
_UUID = UUIDField()


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
        with connection.cursor() as cursor:
            cursor.execute(written.sql, written.params(about))
            return [written.instance(values) for values in cursor.fetchall()]

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
    model: type[Row]
    sql: str
    written_with: Sequence[Any]
    places: list[int]  # of the id among them
    fields: list[str]
    annotations: list[str]  # come after the fields
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]  # of a column, and its expression

    @classmethod
    def of(cls, queryset: QuerySet[Row]) -> "_Written[Row]":
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [expression for expression, _, _ in compiler.select]
        annotations = list(queryset.query.annotations)
        return cls(
            model=queryset.model,
            sql=sql,
            written_with=params,
            places=[at for at, each in enumerate(params) if each == _adapted(SOMEBODY)],
            fields=[each.target.attname for each in columns[: len(columns) - len(annotations)]],
            annotations=annotations,
            converters=compiler.get_converters(columns),
        )

    def params(self, about: UUID) -> list[Any]:
        params = list(self.written_with)
        for place in self.places:
            params[place] = _adapted(about)
        return params

    def instance(self, values: Sequence[Any]) -> Row:
        values = list(values)
        for column, (converters, expression) in self.converters.items():
            for convert in converters:
                values[column] = convert(values[column], expression, connection)
        row = self.model.from_db(connection.alias, self.fields, values[: len(self.fields)])
        for name, value in zip(self.annotations, values[len(self.fields) :], strict=True):
            setattr(row, name, value)
        return row


def _adapted(value: UUID) -> Any:
    """As this database takes a UUID: SQLite has no such type."""
    return _UUID.get_db_prep_value(value, connection)
