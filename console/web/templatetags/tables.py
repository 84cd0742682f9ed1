"""Lists as tables: column heads that sort, and a pager.

Cells are rendered in Python and not in templates: a page of twenty rows has more than a hundred.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django import template
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from console.web.templatetags.ui import icon

register = template.Library()

Row = TypeVar("Row")
NOTHING = "–"


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


def yes_or_no(value: bool | None, yes: str, no: str) -> str:
    """`yes` or `no`; a dash where the value is unknown."""
    return NOTHING if value is None else yes if value else no


@register.simple_tag(takes_context=True)
def table(
    context: template.Context,
    rows: Iterable[Row],
    columns: Sequence[Column[Row]],
    order_by: str,
    target: str,
    marked: str = "",
) -> SafeString:
    """`{% table accounts columns order_by target="#accounts-list" %}`.

    `order_by`: a column's field, with `-` in front if descending. `target`: what the links in the
    heads replace. The row whose `id` is `marked` is shown as new.
    """
    query = context["request"].GET
    heads = "\n".join(_head(column, order_by, query, target) for column in columns)
    cells = [(column.td, column.cell) for column in columns]
    body = "\n".join(_row(row, cells, marked) for row in rows)
    return SafeString(
        f'<div class="table is-cards"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(row: Any, cells: list[tuple[str, Callable[[Row], str]]], marked: str) -> str:
    tr = '<tr class="is-new">' if marked and row.id == marked else "<tr>"
    return tr + "".join([f"{td}{_escaped(cell(row))}</td>" for td, cell in cells]) + "</tr>"


def _head(column: Column[Any], order_by: str, query: QueryDict, target: str) -> SafeString:
    """A column head whose link sorts by it, or reverses the order, from the first page on."""
    next_order = column.field
    if order_by == column.field:
        aria_sort, arrow = mark_safe(' aria-sort="ascending"'), icon("arrow-up")
        next_order = f"-{column.field}"
    elif order_by == f"-{column.field}":
        aria_sort, arrow = mark_safe(' aria-sort="descending"'), icon("arrow-down")
    else:
        aria_sort, arrow = mark_safe(""), icon("arrow-up-down")
    return format_html(
        '<th scope="col"{}><a id="sort-{}" class="sort" href="{url}" hx-get="{url}"'
        ' hx-target="{target}" hx-push-url="true">{}{}</a></th>',
        aria_sort,
        column.field,
        column.label,
        arrow,
        url=_sorted_url(query, next_order),
        target=target,
    )


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Any, target: str = "") -> dict[str, Any]:
    """Position in a list, and links to other pages: `{% pager accounts target="#list" %}`."""
    return {"page": page, "query": context["request"].GET, "target": target}


def _sorted_url(query: QueryDict, order_by: str) -> str:
    others = {name: values for name, values in query.lists() if name != "page"}
    return f"?{urlencode(others | {'order_by': [order_by]}, doseq=True)}"


def _escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(text)
