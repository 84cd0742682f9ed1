"""Lists as tables: heads that sort, and a cell of each row for each column.

Drawn here and not in templates: a page of twenty rows has more than a hundred cells.
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
IS_NEW = ' class="is-new"'


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """`field` is what the URL calls it (`order_by`); `cell` draws one row's value."""

    field: str
    label: str
    cell: Callable[[Row], str]
    is_main: bool = False  # on narrow screens the title of a row's card

    @property
    def td(self) -> str:
        """The cell's element, as it opens."""
        if self.is_main:
            return '<td class="main">'
        return f'<td class="tight" data-label="{self.label}">'


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
    """`{% table accounts columns order_by target="#accounts-list" %}`: see _head.

    The row whose `id` is `marked` is shown as new.
    """
    query = context["request"].GET
    heads = "\n".join(_head(each.field, each.label, order_by, query, target) for each in columns)
    tds = [(column.td, column.cell) for column in columns]
    drawn = "\n".join(
        f"<tr{_mark(row, marked)}>"
        + "".join([f"{td}{_escaped(cell(row))}</td>" for td, cell in tds])
        + "</tr>"
        for row in rows
    )
    return SafeString(
        f'<div class="table is-cards"><table>\n<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>{drawn}</tbody></table></div>"
    )


def _head(field: str, label: str, order_by: str, query: QueryDict, target: str) -> SafeString:
    """A column head that sorts. `query` is the page's; `order_by` its order now, `-`: descending.

    Sorting by another column, or turning the order, goes back to the first page.
    """
    upwards, downwards = order_by == field, order_by == f"-{field}"
    if upwards:
        sorted_now, arrow = mark_safe(' aria-sort="ascending"'), icon("arrow-up")
    elif downwards:
        sorted_now, arrow = mark_safe(' aria-sort="descending"'), icon("arrow-down")
    else:
        sorted_now, arrow = mark_safe(""), icon("arrow-up-down")
    return format_html(
        '<th scope="col"{}><a id="sort-{}" class="sort" href="{url}" hx-get="{url}"'
        ' hx-target="{target}" hx-push-url="true">{}{}</a></th>',
        sorted_now,
        field,
        label,
        arrow,
        url=_sorted_url(query, f"-{field}" if upwards else field),
        target=target,
    )


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Any, target: str = "") -> dict[str, Any]:
    """Where in its list a page stands, and the way on: `{% pager accounts target="#list" %}`."""
    return {"page": page, "query": context["request"].GET, "target": target}


def _sorted_url(query: QueryDict, order_by: str) -> str:
    kept = {name: values for name, values in query.lists() if name != "page"}
    return f"?{urlencode(kept | {'order_by': [order_by]}, doseq=True)}"


def _mark(row: Any, marked: str) -> str:
    return IS_NEW if marked and row.id == marked else ""


def _escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(text)
