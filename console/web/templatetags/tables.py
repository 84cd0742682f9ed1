"""Lists as tables: column heads that sort, and a pager.

Cells are rendered in Python and not in templates: a page of twenty rows has more than a hundred.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

from django import template
from django.http import QueryDict
from django.utils.safestring import SafeString

from console.upstream.pages import UnreadableRow
from console.web.templatetags.ui import icon

register = template.Library()

NOT_IN_PATHS = set("/\\\0")
MAX_ID_LENGTH = 200  # characters, in an address
OF_ONE_VISIT = ("created",)
QUANTITIES = (20, 50, 100)  # rows of a page to choose from
TICK = "ticked"  # the field of a ticked row
TICK_CELL = '<td class="tick">'
# The box that ticks all rows works by static/src/ticks.js, which shows it.
TICKS_HEAD = (
    '<th scope="col" class="tick"><span class="unseen">Select</span>'
    '<input type="checkbox" data-tick-all hidden aria-label="Select all on this page"></th>'
)

Row = TypeVar("Row")
Query = dict[str, list[Any]]  # values by name


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """`field` is its name in URLs (`order_by`); `cell` renders the value of a row."""

    field: str
    label: str
    cell: Callable[[Row], str]
    is_main: bool = False  # the title of a row's card on narrow screens

    @property
    def td(self) -> str:
        """The opening tag of a cell."""
        if self.is_main:
            return '<td class="main">'
        return f'<td class="tight" data-label="{self.label}">'


@dataclass(frozen=True, slots=True)
class RowLinks:
    """The addresses of rows' own pages, which differ in the id alone."""

    before: str
    after: str

    def url(self, row: Any) -> str:
        return self.url_of(row.id)

    def url_of(self, row_id: Any) -> str:
        """Empty where the id makes no address."""
        if not _is_plain_id(row_id):
            return ""
        return f"{self.before}{quote(row_id, safe='')}{self.after}"


@register.simple_tag(takes_context=True)
def table(
    context: template.Context,
    rows: Iterable[Row],
    columns: Sequence[Column[Row]],
    order_by: str,
    target: str,
    marked: str = "",
    links: "RowLinks | None" = None,
    is_dense: bool = False,
    ticks: str = "",
) -> SafeString:
    """`{% table accounts columns order_by target="#list-rows" %}`.

    `order_by`: a column's field, with `-` in front if descending. `target`: what the links in the
    heads replace. The row whose `id` is `marked` is shown as new.
    `links`: where the main cell of a row leads. `ticks`: the id of a form outside of the table; a
    box in each row sends the row's id and name along with it (TICK).
    """
    query = _lasting(context["request"].GET)
    heads = "\n".join(_head(column, order_by, query, target) for column in columns)
    cells = [(column.td, column.cell) for column in columns]
    if ticks:
        heads = f"{TICKS_HEAD}\n{heads}"
        cells = [(TICK_CELL, lambda row: _tick(row, ticks)), *cells]
    body = "\n".join(_row(row, cells, marked, links) for row in rows)
    density = " is-dense" if is_dense else ""
    return SafeString(
        f'<div class="table is-cards{density}"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


@register.simple_tag
def plain_table(
    rows: Iterable[Row], columns: Sequence[Column[Row]], links: "RowLinks | None" = None
) -> SafeString:
    """A few rows within a page: nothing to sort, and no pages."""
    heads = "".join(f'<th scope="col">{escape(column.label)}</th>' for column in columns)
    cells = [(column.td, column.cell) for column in columns]
    body = "\n".join(_row(row, cells, "", links) for row in rows)
    return SafeString(
        f'<div class="table is-cards"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(
    row: Any,
    cells: list[tuple[str, Callable[[Row], str]]],
    marked: str,
    links: "RowLinks | None",
) -> str:
    if isinstance(row, UnreadableRow):
        return (
            f'<tr class="is-unreadable"><td class="main" colspan="{len(cells)}">'
            f'This row cannot be read: <bdi class="mono">{escape(row.text)}</bdi></td></tr>'
        )
    tr = '<tr class="is-new">' if marked and row.id == marked else "<tr>"
    shown = [f"{td}{_escaped(cell(row))}</td>" for td, cell in cells]
    if links and (url := links.url(row)):
        main = next(at for at, (td, _) in enumerate(cells) if td != TICK_CELL)
        td, cell = cells[main]
        shown[main] = f'{td}<a class="row-link" href="{escape(url)}">{_escaped(cell(row))}</a></td>'
    return tr + "".join(shown) + "</tr>"


def _tick(row: Any, form: str) -> SafeString:
    """A box whose value is the row's id and name, as JSON; none where the id makes no address."""
    if not _is_plain_id(row.id):
        return SafeString("")
    name = row.name if isinstance(row.name, str) else ""
    value = escape(json.dumps([row.id, name], ensure_ascii=False))
    return SafeString(
        f'<input type="checkbox" name="{TICK}" value="{value}" form="{form}"'
        f' aria-label="Select {escape(name or row.id)}">'
    )


def _is_plain_id(row_id: Any) -> bool:
    if not isinstance(row_id, str) or row_id in ("", ".", ".."):
        return False
    return len(row_id) <= MAX_ID_LENGTH and not NOT_IN_PATHS & set(row_id)


def _head(column: Column[Any], order_by: str, query: Query, target: str) -> str:
    """A column head whose link sorts by it, or reverses the order, from the first page on."""
    next_order, aria_sort, arrow = column.field, "", icon("arrow-up-down")
    if order_by == column.field:
        next_order, aria_sort = f"-{column.field}", ' aria-sort="ascending"'
        arrow = icon("arrow-up")
    elif order_by == f"-{column.field}":
        aria_sort, arrow = ' aria-sort="descending"', icon("arrow-down")
    url = escape(_changed(query, page=None, order_by=next_order))
    return (
        f'<th scope="col"{aria_sort}><a id="sort-{column.field}" class="sort" href="{url}"'
        f' hx-get="{url}" hx-target="{escape(target)}" hx-push-url="true">'
        f"{escape(column.label)}{arrow}</a></th>"
    )


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Any, target: str = "") -> dict[str, Any]:
    """Position in a list, and links to other pages: `{% pager accounts target="#list" %}`."""
    query = _lasting(context["request"].GET)
    following: dict[str, int] = {"page": page.page + 1}
    # Other pages are asked for by the same number of rows, unless DPaaS sends another one.
    if page.next_quantity != page.quantity:
        following["quantity"] = page.next_quantity
    return {
        "page": page,
        "target": target,
        "quantities": [(each, _changed(query, quantity=each, page=None)) for each in QUANTITIES],
        "previous_url": _changed(query, page=page.page - 1) if page.page > 1 else "",
        "next_url": _changed(query, **following) if page.has_next else "",
    }


def _lasting(query: QueryDict) -> Query:
    """The query without what belongs to one visit, such as the notice of a new account."""
    return {name: values for name, values in query.lists() if name not in OF_ONE_VISIT}


def _changed(query: Query, **changes: str | int | None) -> str:
    """The query string with other values; None leaves a name out."""
    changed = query | {name: [value] for name, value in changes.items()}
    kept = {name: values for name, values in changed.items() if values != [None]}
    return f"?{urlencode(kept, doseq=True)}"


def _escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(text)
