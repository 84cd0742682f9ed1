"""Questions that every page asks, whose SQL is written once.

Django takes longer to write SQL than the database to answer it, and writes it anew each time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model, QuerySet, UUIDField

Row = TypeVar("Row", bound=Model)

SOMEBODY = UUID("5eb0d1e5-0000-4000-8000-000000000000")  # in whose name the SQL is written
UUID_FIELD: "Field[Any, Any]" = UUIDField()


class CompiledQuery(Generic[Row]):
    """A question about one id: `CompiledQuery(lambda owner: Profile.objects.filter(owner=owner))`.

    `id_field`: the kind of that id. Nothing but the id may differ from one asking to the next:
    everything else in the queryset is written down with the SQL, at the first asking in a process.
    """

    def __init__(
        self, write: Callable[[Any], QuerySet[Row]], *, id_field: "Field[Any, Any]" = UUID_FIELD
    ) -> None:
        self._write = write
        self._id_field = id_field
        self._written: dict[str, _Written[Row]] = {}  # by the kind of database

    def rows(self, about: Any) -> list[Row]:
        """What the queryset would give: model instances with their annotations."""
        written = self._on_this_database()
        with connection.cursor() as cursor:
            cursor.execute(written.sql, written.params(self._adapted(about)))
            return [written.instance(values) for values in cursor.fetchall()]

    def first(self, about: Any) -> Row | None:
        """The first of the rows; None where there is none."""
        return next(iter(self.rows(about)), None)

    def exists(self, about: Any) -> bool:
        """Would the queryset give anything?"""
        written = self._on_this_database()
        with connection.cursor() as cursor:
            cursor.execute(written.sql, written.params(self._adapted(about)))
            return cursor.fetchone() is not None

    def _on_this_database(self) -> "_Written[Row]":
        written = self._written.get(connection.vendor)
        if written is None:
            somebody = self._id_field.to_python(SOMEBODY)
            written = _Written.of(self._write(somebody), self._adapted(somebody))
            self._written[connection.vendor] = written
        return written

    def _adapted(self, value: Any) -> Any:
        """As this database takes an id: SQLite has no UUIDs."""
        return self._id_field.get_db_prep_value(value, connection)


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
    def of(cls, queryset: QuerySet[Row], somebody: Any) -> "_Written[Row]":
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [expression for expression, _, _ in compiler.select]
        annotations = list(queryset.query.annotations)
        return cls(
            model=queryset.model,
            sql=sql,
            written_with=params,
            places=[at for at, each in enumerate(params) if each == somebody],
            fields=[each.target.attname for each in columns[: len(columns) - len(annotations)]],
            annotations=annotations,
            converters=compiler.get_converters(columns),
        )

    def params(self, about: Any) -> list[Any]:
        params = list(self.written_with)
        for place in self.places:
            params[place] = about
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
