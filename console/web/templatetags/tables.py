"""Lists as tables: heads that sort, and a cell of each row for each column.

Drawn here and not in templates: a page of twenty rows has more than a hundred cells.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django import template
from django.http import QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from console.web.templatetags.ui import icon

register = template.Library()

Row = TypeVar("Row")
NOTHING = "–"
IS_NEW, NOT_NEW = mark_safe(' class="is-new"'), mark_safe("")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """`field` is what the URL calls it (`order_by`); `cell` draws one row's value."""

    field: str
    label: str
    cell: Callable[[Row], str]
    is_main: bool = False  # on narrow screens the title of a row's card

    @property
    def td(self) -> str:
        """The cell's element, with a place for its content."""
        if self.is_main:
            return '<td class="main">{}</td>'
        return f'<td class="tight" data-label="{self.label}">{{}}</td>'


def yes_or_no(value: bool | None, yes: str, no: str) -> str:
    """`yes` or `no`; a dash where the upstream did not say."""
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
    """`{% table accounts columns order_by target="#accounts-list" %}`; see sort_header.

    The row whose `id` is `marked` is shown as new.
    """
    heads = ((sort_header(context, each.field, each.label, order_by, target),) for each in columns)
    tr = f"<tr{{}}>{''.join(column.td for column in columns)}</tr>"
    cells = ((_mark(row, marked), *(column.cell(row) for column in columns)) for row in rows)
    return format_html(
        '<div class="table is-cards"><table>\n<thead><tr>{}</tr></thead>\n'
        "<tbody>{}</tbody></table></div>",
        format_html_join("\n", "{}", heads),
        format_html_join("\n", tr, cells),
    )


@register.simple_tag(takes_context=True)
def sort_header(
    context: template.Context, field: str, label: str, order_by: str = "", target: str = ""
) -> SafeString:
    """A column head that sorts: `{% sort_header "name" "Name" order_by target="#accounts-list" %}`.

    `order_by` is what the table is sorted by now (`-` in front: descending). Sorting by another
    column, or turning the order, goes back to the first page. `target` is htmx's.
    """
    upwards, downwards = order_by == field, order_by == f"-{field}"
    url = _sorted_url(context["request"].GET, f"-{field}" if upwards else field)
    if upwards:
        sorted_now, arrow = mark_safe(' aria-sort="ascending"'), icon("arrow-up")
    elif downwards:
        sorted_now, arrow = mark_safe(' aria-sort="descending"'), icon("arrow-down")
    else:
        sorted_now, arrow = mark_safe(""), icon("arrow-up-down")
    hx = ' hx-get="{url}" hx-target="{target}" hx-push-url="true"' if target else ""
    return format_html(
        f'<th scope="col"{{}}><a id="sort-{{}}" class="sort" href="{{url}}"{hx}>{{}}{{}}</a></th>',
        sorted_now,
        field,
        label,
        arrow,
        url=url,
        target=target,
    )


def _sorted_url(query: QueryDict, order_by: str) -> str:
    kept = {name: values for name, values in query.lists() if name != "page"}
    return f"?{urlencode(kept | {'order_by': [order_by]}, doseq=True)}"


def _mark(row: Any, marked: str) -> SafeString:
    return IS_NEW if marked and row.id == marked else NOT_NEW
