"""Tags that draw an answer: the cells of a table, the branches of a tree, the links between looks.

Values stand in a <bdi>: one in another direction of writing moves nothing beside it. Drawn in
Python, as there may be ten thousand cells.
"""

import re
from html import escape
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from console.graphql.answers.look import Look
from console.graphql.answers.nodes import path_of
from console.graphql.answers.reading import Column, Reading, TablePage
from console.graphql.answers.tables import Missing, text_of_cell, value_at
from console.graphql.answers.tree import MAX_SHOWN, Branch
from console.graphql.models import StoredResult
from console.profiles.selection import Selection
from console.upstream.json_text import Number, escape_hidden, whole_letters
from console.web.templatetags.ui import balanced, icon

register = template.Library()

STRING = re.compile(r'("(?:[^"\\\n]|\\.)*+")')
MISSING = {
    Missing.NULL: '<td class="missing">null</td>',
    Missing.ABSENT: '<td class="missing" title="Not in this row">–</td>',
}
EMPTY = '<td class="missing" title="Empty string">""</td>'


@register.filter
def json_markup(text: str) -> SafeString:
    """Indented JSON, each of its texts isolated: one in Hebrew would change places with its key."""
    pieces = STRING.split(text)
    pieces[::2] = map(escape, pieces[::2])
    pieces[1::2] = map(isolated, pieces[1::2])
    return SafeString("".join(pieces))


def isolated(text: str) -> str:
    return escape(text) if text.isascii() else f"<bdi>{escape(balanced(text))}</bdi>"


# --- links ----------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def look(context: template.Context, name: str, **changes: Any) -> SafeString:
    """The attributes of a link to another look at this answer: `{% look "tree" view="tree" %}`.

    From the first page on, unless `page` is given. `name`: ends its id, by which htmx keeps focus.
    """
    return _Links.of(context).attributes(name, **{"page": 1, **changes})


@register.simple_tag(takes_context=True)
def fresh_look(context: template.Context, name: str, **asked: Any) -> SafeString:
    """As look(), of nothing but what is asked for."""
    links = _Links.of(context)
    return links.attributes_of(name, links.look.fresh(**asked))


@register.simple_tag(takes_context=True)
def look_form(context: template.Context, name: str) -> SafeString:
    """The attributes of a form that changes the look; it works without htmx too."""
    return _Links.of(context).form(name)


@register.simple_tag(takes_context=True)
def download(
    context: template.Context, kind: str, *, whole: bool = False, bom: bool = False
) -> str:
    """The address of a download of what is looked at."""
    links, more = _Links.of(context), {"format": kind}
    more |= {"whole": "1"} if whole else {}
    more |= {"bom": "1"} if bom else {}
    look = links.look.changed(page=1) if kind != "json" else Look()
    address = reverse("graphql_download", args=[links.stored.target, links.stored.pk])
    return address + links.query(look, **more)


class _Links:
    """Links of an answer: to its page, and for htmx into the part that stands here."""

    def __init__(
        self, stored: StoredResult, look: Look, *, on_page: bool, kept: dict[str, str]
    ) -> None:
        """`kept`: what each address carries of the page's own."""
        self.stored, self.look, self.on_page, self.kept = stored, look, on_page, kept
        self.id = f"answer-{stored.pk}"
        self.page = reverse("graphql_result", args=[stored.target, stored.pk])
        self.branch = reverse("graphql_branch", args=[stored.target, stored.pk])

    @classmethod
    def of(cls, context: template.Context) -> "_Links":
        reading: Reading = context["reading"]
        selection: Selection | None = context.get("selection")
        kept = selection.query if selection else {}
        return cls(context["stored"], reading.look, on_page=bool(context.get("on_page")), kept=kept)

    def query(self, look: Look, **more: str) -> str:
        return look.query(**more, **self.kept)

    def attributes(self, name: str, **changes: Any) -> SafeString:
        return self.attributes_of(name, self.look.changed(**changes))

    def attributes_of(self, name: str, look: Look) -> SafeString:
        url = escape(self.page + self.query(look))
        push = ' hx-push-url="true"' if self.on_page else ""
        return SafeString(
            f'id="{self.id}-{name}" href="{url}" hx-get="{url}" hx-target="#{self.id}"{push}'
        )

    def form(self, name: str) -> SafeString:
        url = escape(self.page + self.query(self.look))
        return SafeString(
            f'id="{self.id}-{name}" method="post" action="{url}" hx-post="{url}"'
            f' hx-target="#{self.id}"'
        )


# --- table ----------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def table_heads(context: template.Context, table: TablePage) -> SafeString:
    """The names of the columns, as links that sort by them or reverse the order."""
    links = _Links.of(context)
    return SafeString("".join(_head(links, column) for column in table.shown_columns))


def _head(links: _Links, column: Column) -> str:
    number = str(column.number)
    order, aria, arrow = number, "", "arrow-up-down"
    if links.look.sort == number:
        order, aria, arrow = f"-{number}", ' aria-sort="ascending"', icon("arrow-up")
    elif links.look.sort == f"-{number}":
        order, aria, arrow = "", ' aria-sort="descending"', icon("arrow-down")
    else:
        arrow = icon("arrow-up-down")
    link = links.attributes(f"sort-{number}", sort=order, page=1)
    name = isolated(column.name)
    return f'<th scope="col"{aria}><a class="sort" {link}>{name}{arrow}</a></th>'


@register.simple_tag(takes_context=True)
def table_rows(context: template.Context, table: TablePage) -> SafeString:
    links = _Links.of(context)
    columns = [column.steps for column in table.shown_columns]
    lines = []
    for number, row in table.rows:
        place = f"{table.found.at}.{number}" if table.found.at else str(number)
        cells = "".join([_td(value_at(row, steps), links, place, row, steps) for steps in columns])
        lines.append(f"<tr>{cells}</tr>")
    return SafeString("\n".join(lines))


def _td(cell: Any, links: _Links, place: str, row: Any, steps: tuple[Any, ...]) -> str:
    if type(cell) is str:
        if not cell:
            return EMPTY
        if len(cell) <= MAX_SHOWN:
            return f"<td>{isolated(cell)}</td>"
    elif isinstance(cell, Missing):
        return MISSING[cell]
    elif isinstance(cell, int | Number) and not isinstance(cell, bool):
        return f'<td class="number">{cell}</td>'
    elif isinstance(cell, list) and cell:
        name = f"{len(cell):,} item{'' if len(cell) == 1 else 's'}"
        is_table = any(isinstance(each, dict) for each in cell[:100])
        view = "table" if is_table else "tree"
        return f"<td>{_link_within(links, place, row, steps, name, view)}</td>"
    text = text_of_cell(cell)
    if len(text) <= MAX_SHOWN:
        return f"<td>{isolated(text)}</td>"
    more = _link_within(links, place, row, steps, "…", "text")
    return f"<td>{isolated(text[: MAX_SHOWN - 1])}{more}</td>"


def _link_within(
    links: _Links, place: str, row: Any, steps: tuple[Any, ...], name: str, view: str
) -> str:
    """A link to the value of a column in a row."""
    for step in steps:
        place += f".{list(row).index(step)}"
        row = row[step]
    label = ' aria-label="Show the whole value"' if name == "…" else ""
    look = Look(view=view, at=place)
    return f"<a {links.attributes_of(f'at-{place}', look)}{label}>{name}</a>"


@register.simple_tag
def facts(reading: Reading) -> SafeString:
    """The terms of a list of names and values."""
    terms = []
    for name, value in reading.facts:
        text = "–" if isinstance(value, Missing) else text_of_cell(value)
        terms.append(f"<div><dt>{isolated(name)}</dt><dd>{isolated(text)}</dd></div>")
    return SafeString("".join(terms))


# --- tree -----------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def tree_children(context: template.Context, branch: Branch) -> SafeString:
    """What an open branch holds: a list, which may end with a link to the next window."""
    return SafeString(_children(_Links.of(context), branch))


@register.simple_tag(takes_context=True)
def tree_branch(context: template.Context, branch: Branch) -> SafeString:
    """One branch, as htmx puts it in its place; of a later window the values alone."""
    links = _Links.of(context)
    if branch.first:
        return SafeString(_entries(links, branch))
    return SafeString(_item(links, branch))


@register.simple_tag(takes_context=True)
def crumbs(context: template.Context, branch: Branch) -> SafeString:
    """The way from the whole answer to a branch."""
    links, node = _Links.of(context), branch.node
    places = node.at.split(".") if node.at else []
    found = [f"<li><a {links.attributes_of('crumb', Look(view='tree'))}>Result</a></li>"]
    for depth, step in enumerate(node.steps, start=1):
        name = isolated(path_of((step,)))
        if depth == len(node.steps):
            found.append(f'<li aria-current="location">{name}</li>')
        else:
            look = Look(view="tree", at=".".join(places[:depth]))
            found.append(f"<li><a {links.attributes_of(f'crumb-{depth}', look)}>{name}</a></li>")
    return SafeString("".join(found))


def _children(links: _Links, branch: Branch) -> str:
    return f'<ul class="tree">{_entries(links, branch)}</ul>'


def _entries(links: _Links, branch: Branch) -> str:
    entries = "".join(_item(links, child) for child in branch.children or ())
    if not branch.next_page:
        return entries
    assert branch.count is not None
    left = branch.count - (branch.next_page - 1) * 100
    look = Look(view="tree", at=branch.node.at, page=branch.next_page)
    return f"{entries}<li>{_toggle(links, look, f'{left:,} more…')}</li>"


def _item(links: _Links, branch: Branch) -> str:
    mark = ' class="is-hit"' if branch.is_marked else ""
    key, node = _key(branch), branch.node
    if branch.count is None:
        return f"<li{mark}><span>{key}{_value(links, branch)}</span>{_copy_path(node.path)}</li>"
    is_open = branch.children is not None
    arrow = icon("chevron-down") if is_open else icon("chevron-right")
    look = Look(view="tree", at=node.at)
    size = f'<span class="soft">{branch.size}</span>'
    if not branch.count:
        row = f"<span>{key}<code>{'[]' if branch.is_list else '{}'}</code></span>"
    else:
        row = _toggle(links, look, f"{arrow}{key}{size}", is_open=is_open)
    more = _more_looks(links, branch) + _copy_path(node.path)
    inside = _children(links, branch) if is_open and branch.count else ""
    return f"<li{mark}>{row}{more}{inside}</li>"


def _toggle(links: _Links, look: Look, content: str, *, is_open: bool | None = None) -> str:
    """A link that opens or closes a branch in its place; without htmx, it shows that branch."""
    here = links.branch + links.query(look, **({"closed": "1"} if is_open else {}))
    state = "" if is_open is None else f' aria-expanded="{str(is_open).lower()}"'
    kind = "branch" if is_open is not None else "more"
    return (
        f'<a id="{links.id}-{kind}-{look.at}-{look.page}" class="branch"'
        f' href="{escape(links.page + links.query(look))}" hx-get="{escape(here)}"'
        f' hx-target="closest li"{state}>{content}</a>'
    )


def _key(branch: Branch) -> str:
    key = branch.node.key
    if key is None:
        return '<span class="key">Result</span>'
    if isinstance(key, int):
        return f'<span class="index">{key}</span>'
    return f'<span class="key">{isolated(escape_hidden(key)) or "&quot;&quot;"}</span>'


def _value(links: _Links, branch: Branch) -> str:
    text = branch.value
    if len(text) > MAX_SHOWN:
        look = Look(view="text", at=branch.node.at)
        link = links.attributes_of(f"at-{branch.node.at}", look)
        words = f"{len(text):,} characters"
        return f"<code>{isolated(text[:MAX_SHOWN])}</code><a {link}>… {words}</a>"
    kind = "is-text" if text.startswith('"') else "is-literal"
    copied = _copy(whole_letters(branch.copied), "value", "copy")
    return f'<code class="{kind}">{isolated(text)}</code>{copied}'


def _more_looks(links: _Links, branch: Branch) -> str:
    found: list[tuple[str, str]] = [("text", "JSON")]
    if branch.is_list:
        found.insert(0, ("table", "Table"))
    if not branch.count:
        return ""
    at = branch.node.at
    return "".join(
        f'<a class="soft" {links.attributes_of(f"{view}-{at}", Look(view=view, at=at))}>{name}</a>'
        for view, name in found
    )


def _copy_path(path: str) -> str:
    return _copy(path, "path", "route") if path else ""


def _copy(text: str, what: str, name: str) -> str:
    drawn = icon("route") if name == "route" else icon("copy")
    return (
        f'<button class="copy" type="button" data-copy="{escape(text)}"'
        f' aria-label="Copy the {what}" title="Copy the {what}">{drawn}</button>'
    )
