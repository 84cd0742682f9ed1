"""The columns that hold sealed values. Each app registers its own, in AppConfig.ready."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import BinaryField, Count, Model, QuerySet
from django.db.models.functions import Substr

from console.vault.sealing import (
    MARK_BYTES,
    CannotUnseal,
    Context,
    key_ids,
    mark_of,
    seal_bytes,
    sealed_by,
    unseal_bytes,
)

BATCH_SIZE = 100  # primary keys


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of sealed values.

    `name`: what it holds, in the plural. `context`: what the value of a row is bound to. `remedy`:
    a sentence that says what to do about a value that does not open.
    """

    name: str
    model: type[Model]
    field: str
    context: Callable[[Any], Context]
    remedy: str

    def filled(self) -> QuerySet[Any]:
        return self.model._base_manager.filter(**{f"{self.field}__isnull": False})

    def count_by_key(self) -> Counter[int | None]:
        """How many values each key has sealed, by its id; None: without a key's mark."""
        counts: Counter[int | None] = Counter()
        marks = self._marked(self.filled()).order_by().values("mark")
        for row in marks.annotate(rows=Count("pk")):
            counts[sealed_by(bytes(row["mark"]))] += row["rows"]
        return counts

    def count_others(self, key_id: int) -> int:
        """How many values another key than `key_id` has sealed."""
        return self._others(key_id).count()

    def pks(self) -> Iterator[Any]:
        """The primary keys of all rows that hold a value, read in batches."""
        yield from _in_batches(self.filled())

    def pks_of_others(self, key_id: int) -> Iterator[Any]:
        """The primary keys of the rows whose value another key than `key_id` has sealed."""
        yield from _in_batches(self._others(key_id))

    @property
    def is_required(self) -> bool:
        """Whether a row is nothing without its value."""
        return not self.model._meta.get_field(self.field).null

    def unreadable(self) -> Iterator[Any]:
        """The rows whose value does not open."""
        rows = (self.filled().filter(pk=pk).first() for pk in self.pks())
        yield from (row for row in rows if row is not None and not self.opens(row))

    def opens(self, row: Any) -> bool:
        try:
            unseal_bytes(self.value(row), context=self.context(row))
        except CannotUnseal:
            return False
        return True

    def opens_one_of(self, key_id: int) -> bool:
        """Whether one value at least opens of those that `key_id` has sealed."""
        marked = self._marked(self.filled()).filter(mark=mark_of(key_id))
        rows = (marked.filter(pk=pk).first() for pk in _in_batches(marked))
        return any(row is not None and self.opens(row) for row in rows)

    def reseal(self, pk: Any) -> bool:
        """Seal the value of one row again, with the primary key. Raises CannotUnseal.

        Compare and set in one UPDATE of this column: False where a refresh or an edit has changed
        the value since it was read.
        """
        row = self.filled().filter(pk=pk).first()
        if row is None:
            return False
        old, context = self.value(row), self.context(row)
        new = seal_bytes(unseal_bytes(old, context=context), context=context)
        as_read = self.filled().filter(pk=pk, **{self.field: old})
        return as_read.update(**{self.field: new}) == 1

    def value(self, row: Any) -> bytes:
        return bytes(getattr(row, self.field))

    def _marked(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        start = Substr(self.field, 1, MARK_BYTES, output_field=BinaryField())
        marked: QuerySet[Any] = rows.annotate(mark=start)
        return marked

    def _others(self, key_id: int) -> QuerySet[Any]:
        others: QuerySet[Any] = self._marked(self.filled()).exclude(mark=mark_of(key_id))
        return others


_registered: dict[tuple[type[Model], str], SealedColumn] = {}


def register(column: SealedColumn) -> None:
    """Include `column` in counting, resealing and `manage.py doctor`."""
    _registered[column.model, column.field] = column


def sealed_columns() -> list[SealedColumn]:
    return list(_registered.values())


def opens_nothing() -> bool:
    """True where values are stored, and the keyset opens none of them."""
    ours, stored = key_ids(), False
    for column in sealed_columns():
        for key_id in column.count_by_key():
            stored = True
            if key_id is not None and key_id in ours and column.opens_one_of(key_id):
                return False
    return stored


def _in_batches(rows: QuerySet[Any]) -> Iterator[Any]:
    """Primary keys in order, in short queries: no cursor stays open while rows are changed."""
    last = None
    while True:
        rest = rows if last is None else rows.filter(pk__gt=last)
        batch = list(rest.order_by("pk").values_list("pk", flat=True)[:BATCH_SIZE])
        yield from batch
        if len(batch) < BATCH_SIZE:
            return
        last = batch[-1]
