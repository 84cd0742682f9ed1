"""The database's clock: the one clock that all processes and machines share."""

from datetime import timedelta
from typing import Any

from django.db.models import DateTimeField, ExpressionWrapper, Func, Value
from django.db.models.expressions import Combinable


class DatabaseNow(Func):
    """The time on the database's clock at the moment of asking, not of the transaction's start."""

    output_field = DateTimeField()

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[()]]:
        # As Django writes a time, to compare equal: without a fraction where that is nought.
        return "REPLACE(STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f000', 'now'), '.000000', '')", ()

    def as_postgresql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, tuple[()]]:
        return "CLOCK_TIMESTAMP()", ()


def seconds_from_now(seconds: float) -> Combinable:
    """An expression: `seconds` from now on the database's clock."""
    moment: Combinable = DatabaseNow() + Value(timedelta(seconds=seconds))
    return ExpressionWrapper(moment, output_field=DateTimeField())
