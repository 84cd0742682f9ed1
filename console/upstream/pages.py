"""One page of a DPaaS list, and where it is in the list (upstreams.md, "lists")."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from console.upstream.field_values import odd
from console.upstream.json_text import Number

T = TypeVar("T")

MAX_QUANTITY = 100  # rows of a page


@dataclass(frozen=True, slots=True)
class UnreadableRow:
    """Something among the results that is no record. `text`: what came, shortened."""

    text: str


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and where it is in the list, computed from what came.

    `total`: the whole list's rows by DPaaS's count, if it gives one. `quantity`: the rows that were
    asked for; DPaaS may send fewer, or more, and does not say how many make a full page.
    """

    total: int | None
    page: int
    quantity: int
    items: tuple[T | UnreadableRow, ...]

    @property
    def size(self) -> int | None:
        """How many rows make a full page; None if what came allows more than one answer.

        A first page that is short of rows, while more are counted or nothing is, shows the size of
        an upstream that caps it. On a later page the same may also mean that the list ends here.
        """
        rows = len(self.items)
        if rows == self.quantity or not rows:
            return self.quantity
        if self.page == 1:
            return self.quantity if self.total == rows < self.quantity else rows
        if rows > self.quantity:
            return None
        ends_at = (self.page - 1) * self.quantity + rows
        fits = self.total is None or self.total < rows or self.total == ends_at
        return self.quantity if fits else None

    @property
    def first(self) -> int | None:
        """The number of the first row, from 1; 0 if there is none, None if it is not known."""
        if not self.items:
            return 0
        return None if self.size is None else (self.page - 1) * self.size + 1

    @property
    def last(self) -> int | None:
        """The number of the last row; 0 if there is none, None if it is not known."""
        return self.first + len(self.items) - 1 if self.first else self.first

    @property
    def count(self) -> int:
        """The rows of the whole list: DPaaS's count unless more came; at least, if `open_ended`."""
        return max(self.total or 0, self.last or len(self.items))

    @property
    def counted(self) -> int | None:
        """The rows of the whole list; None where nobody has counted them."""
        return None if self.total is None or self.open_ended else self.count

    @property
    def open_ended(self) -> bool:
        """Whether more may follow that nobody has counted."""
        is_counted = self.total is not None and self.total >= (self.last or len(self.items))
        return self.has_next and not is_counted

    @property
    def has_next(self) -> bool:
        """Whether more rows may follow. Without a count of them, only an empty page is the end."""
        rows = len(self.items)
        if not rows:
            return False
        if self.last is None:
            return self.total is None or rows < self.total
        if self.total is not None and self.total >= self.last:
            return self.last < self.total
        return self.page == 1 or rows >= self.quantity

    @property
    def next_quantity(self) -> int:
        """The rows to ask for on other pages, so that none is left out."""
        return min(self.size or self.quantity, MAX_QUANTITY)

    @property
    def end(self) -> int:
        """The page to go to from one that is past the end of the list."""
        if not self.total:
            return 1
        return max(1, min(-(-self.total // self.quantity), self.page - 1))


def page_from(
    body: object, parse: Callable[[Mapping[str, Any]], T], page: int, quantity: int
) -> Page[T]:
    """Read the envelope `{"total", "page", "results"}`. Raises ValueError with a reason.

    `page` and `quantity` are those that were asked for.
    """
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(results, list):
        raise ValueError("it has no list of results")
    items = tuple(_row(item, parse) for item in results)
    total = _count(body.get("total"))
    page = _page_number(_count(body.get("page")), page, total, quantity)
    return Page(total, page, quantity, items)


def _page_number(told: int | None, asked: int, total: int | None, quantity: int) -> int:
    """The page that came. Asked for one past the end, DPaaS may send the last one and say so;
    any other number than the one asked for is not believed (it may count from 0)."""
    last = max(1, -(-total // quantity)) if total is not None else None
    return last if last is not None and told == last < asked else asked


def _row(item: object, parse: Callable[[Mapping[str, Any]], T]) -> T | UnreadableRow:
    return parse(item) if isinstance(item, dict) else UnreadableRow(odd(item).text)


def _count(value: object) -> int | None:
    """A whole number from 0, also one written as a text or with ".0"; None for anything else, and
    for one of more than 12 digits, which counts no rows."""
    if isinstance(value, Number):
        value = float(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 13:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 10**12 else None
