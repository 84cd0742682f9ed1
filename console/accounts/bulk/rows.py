"""One page of a job's rows, which begins at a number: no row is skipped, however far it goes."""

from dataclasses import dataclass

from django.db.models import QuerySet

from console.accounts.bulk.models import JobRow
from console.web.paging import PAGE_SIZE


@dataclass(frozen=True, slots=True)
class NumberedRows:
    """`previous` and `next`: the numbers that the pages around this one begin at, or None."""

    rows: list[JobRow]
    previous: int | None
    next: int | None

    @property
    def first(self) -> int:
        return self.rows[0].number

    @property
    def last(self) -> int:
        return self.rows[-1].number


def rows_from(found: QuerySet[JobRow], text: str) -> NumberedRows:
    """`text`: the number, as an address holds it."""
    begin = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    rows = list(found.filter(number__gte=begin).defer("sealed")[: PAGE_SIZE + 1])
    before = found.filter(number__lt=begin).order_by("-number").values_list("number", flat=True)
    numbers = list(before[:PAGE_SIZE]) if begin else []
    following = rows[PAGE_SIZE].number if len(rows) > PAGE_SIZE else None
    return NumberedRows(rows[:PAGE_SIZE], numbers[-1] if numbers else None, following)
