"""Tags of the schema's documentation, which a page uses hundreds of times."""

from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString

from console.graphql.schema import markdown
from console.graphql.schema.access import RoleNotAllowed, visible_schema
from console.graphql.schema.indexing import DIRECTIVE, summary_of
from console.graphql.schema.introspection import SPECIFIED_SCALARS, Field, TypeRef
from console.graphql.schema.links import SchemaLinks
from console.graphql.schema.reading import KIND
from console.graphql.schema.search import Found
from console.profiles.models import TokenState
from console.profiles.selection import Selection
from console.web.templatetags.ui import balanced

register = template.Library()

MAX_ARGUMENTS = 4  # that a list of fields names of one


@register.simple_tag
def type_ref(links: SchemaLinks, ref: TypeRef) -> SafeString:
    """A type as GraphQL writes it, its name a link: `[users!]!`. What is the same in every schema
    (String, Int …) is no link."""
    before, after = ref.around
    name = ref.named.name or "…"
    if ref.named.name is None or name in SPECIFIED_SCALARS:
        return SafeString(f"{before}{escape(name)}{after}")
    return SafeString(f'{before}<a href="{escape(links.type(name))}">{escape(name)}</a>{after}')


@register.simple_tag
def field_link(links: SchemaLinks, type_name: str, field: str) -> SafeString:
    href = escape(links.field(type_name, field))
    return SafeString(f'<a href="{href}">{escape(field or type_name)}</a>')


@register.simple_tag
def type_link(links: SchemaLinks, name: str) -> SafeString:
    return SafeString(f'<a href="{escape(links.type(name))}">{escape(name)}</a>')


@register.simple_tag
def use_link(links: SchemaLinks, type_name: str, field: str) -> SafeString:
    """Where a type is used: a field, or a union that holds it."""
    return field_link(links, type_name, field) if field else type_link(links, type_name)


@register.simple_tag
def member_link(links: SchemaLinks, found: Found) -> SafeString:
    """What a search found in a type: a field has a page, a value and an argument have none."""
    if found.kind in ("ENUM", DIRECTIVE):
        return SafeString(f'<a href="{escape(links.type(found.type))}">{escape(found.member)}</a>')
    return field_link(links, found.type, found.member)


@register.simple_tag
def type_url(links: SchemaLinks, name: str) -> str:
    return links.type(name)


@register.simple_tag
def field_url(links: SchemaLinks, type_name: str, field: str) -> str:
    return links.field(type_name, field)


@register.simple_tag
def kind_url(links: SchemaLinks, kind: str) -> str:
    return links.overview(kind=kind)


@register.simple_tag(takes_context=True)
def window_url(context: template.Context, name: str, number: int) -> str:
    """The address of another window of the list on this page; `name`: of its parameter."""
    links: SchemaLinks = context["links"]
    doc = context.get("doc")
    here = {name: number}
    return links.type(doc.row.name, **here) if doc else links.overview(kind=context["kind"], **here)


@register.simple_tag(takes_context=True)
def schema_url(context: template.Context, role: str | None = "") -> str:
    """The first page of the documentation, from another screen of the target."""
    return SchemaLinks.of(context["selection"], role or "").overview()


@register.inclusion_tag("graphql/schema/background.html", takes_context=True)
def schema_in_background(context: template.Context, role: str | None = "") -> dict[str, Any]:
    """Has the browser fetch the schema beside the page, where it is due."""
    selection: Selection = context["selection"]
    if selection.profile is None or selection.profile.state == TokenState.NEEDS_USER:
        return {}
    try:
        schema = visible_schema(selection.profile, role or "")
    except RoleNotAllowed:
        return {}
    is_due = schema is None or schema.is_due
    links = SchemaLinks.of(selection, role or "")
    return {
        "url": links.overview() if is_due else "",
        "csrf_token": context.get("csrf_token"),
        "opened_with": selection.opened_with,
    }


@register.filter
def argument_names(field: Field) -> str:
    """`(limit, where)`; empty where there are none."""
    names = [each.name for each in getattr(field, "args", ())]
    if not names:
        return ""
    more = ", …" if len(names) > MAX_ARGUMENTS else ""
    return f"({', '.join(names[:MAX_ARGUMENTS])}{more})"


@register.filter
def markdown_blocks(text: str | None) -> SafeString:
    return markdown.render(balanced(text or ""))


@register.filter
def summary(text: str | None) -> SafeString:
    """The first paragraph in one line, as it is written."""
    return SafeString(escape(balanced(summary_of(text))))


@register.filter
def kind_word(kind: str) -> str:
    return KIND.get(kind, kind.lower())
