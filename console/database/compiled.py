"""Hot queries, compiled to SQL once per process.

Django takes longer to write the SQL of a query than the database to answer it, and writes it anew
each time: compiled, a page's own queries take a third of the processor time or less
(docs/performance.md). What this uses of Django's SQL compiler is stable, but not documented, so
tests/database/test_compiled.py holds every compiled query against its plain queryset.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Field, Model, QuerySet, UUIDField

Row = TypeVar("Row", bound=Model)

PLACEHOLDER = UUID("5eb0d1e5-0000-4000-8000-000000000000")  # the id that the SQL is compiled with
UUID_FIELD: "Field[Any, Any]" = UUIDField()


class CompiledQuery(Generic[Row]):
    """A query by one id: `CompiledQuery(lambda owner: Profile.objects.filter(owner=owner))`.

    `id_field`: the field that converts the id. Only the id may differ from one call to the next:
    everything else in the queryset is fixed when it is compiled.
    """

    def __init__(
        self, queryset: Callable[[Any], QuerySet[Row]], *, id_field: "Field[Any, Any]" = UUID_FIELD
    ) -> None:
        self.queryset = queryset  # the plain one, by id
        self._id_field = id_field
        self._compiled: dict[str, _Compiled[Row]] = {}  # by database vendor

    def rows(self, id: Any) -> list[Row]:
        """What the queryset gives: model instances with their annotations."""
        compiled = self._for_this_database()
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.params(self._db_value(id)))
            return [compiled.instance(values) for values in cursor.fetchall()]

    def first(self, id: Any) -> Row | None:
        """The first of the rows; None where there is none."""
        return next(iter(self.rows(id)), None)

    def _for_this_database(self) -> "_Compiled[Row]":
        compiled = self._compiled.get(connection.vendor)
        if compiled is None:
            placeholder = self._id_field.to_python(PLACEHOLDER)
            compiled = _Compiled.of(self.queryset(placeholder), self._db_value(placeholder))
            self._compiled[connection.vendor] = compiled
        return compiled

    def _db_value(self, value: Any) -> Any:
        """An id as this database takes it: SQLite has no UUIDs."""
        return self._id_field.get_db_prep_value(value, connection)


@dataclass(frozen=True, slots=True)
class _Compiled(Generic[Row]):
    model: type[Row]
    sql: str
    placeholder_params: Sequence[Any]
    positions: list[int]  # of the id among them
    fields: list[str]
    annotations: list[str]  # come after the fields
    converters: dict[int, tuple[list[Callable[..., Any]], Any]]  # of a column, and its expression

    @classmethod
    def of(cls, queryset: QuerySet[Row], placeholder: Any) -> "_Compiled[Row]":
        compiler = queryset.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        columns = [expression for expression, _, _ in compiler.select]
        annotations = list(queryset.query.annotations)
        return cls(
            model=queryset.model,
            sql=sql,
            placeholder_params=params,
            positions=[at for at, each in enumerate(params) if each == placeholder],
            fields=[each.target.attname for each in columns[: len(columns) - len(annotations)]],
            annotations=annotations,
            converters=compiler.get_converters(columns),
        )

    def params(self, id: Any) -> list[Any]:
        params = list(self.placeholder_params)
        for position in self.positions:
            params[position] = id
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
