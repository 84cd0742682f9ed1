"""One page of a list of rows, without counting them: one row more tells whether another follows."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

PAGE_SIZE = 50
MAX_PAGE = 200  # bounds how many rows the database has to skip

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class RowsPage(Generic[Row]):
    """`number` counts from 1; `previous` and `next` are None where there is no such page."""

    rows: list[Row]
    number: int
    has_next: bool

    @property
    def first(self) -> int:
        """The position of the first row in the list, from 1."""
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.has_next else None


def page_number(text: str) -> int:
    """The number of a page as an address names it, between 1 and MAX_PAGE."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), MAX_PAGE)


def page_of(found: QuerySet[Row], number: int) -> RowsPage[Row]:
    start = (number - 1) * PAGE_SIZE
    rows = list(found[start : start + PAGE_SIZE + 1])
    return RowsPage(rows[:PAGE_SIZE], number, len(rows) > PAGE_SIZE and number < MAX_PAGE)
