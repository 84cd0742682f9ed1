"""Tags of the saved queries: texts and their differences, in which nothing hides."""

from html import escape

from django import template
from django.utils.safestring import SafeString

from console.graphql.library.differences import Difference
from console.graphql.library.models import SavedQuery
from console.graphql.templatetags.answers import isolated
from console.upstream.json_text import escape_hidden

register = template.Library()


@register.filter
def plain_text(text: str) -> SafeString:
    """A query as it was typed; what would turn a line round or cannot be seen as an escape."""
    return SafeString("\n".join(map(isolated, escape_hidden(text).split("\n"))))


@register.simple_tag
def diff_lines(difference: Difference) -> SafeString:
    """Each line as an element: a tag and no loop, as there may be thousands."""
    return SafeString(
        "".join(
            f'<div class="diff-line {line.css_class}"><span class="diff-sign" aria-hidden="true">'
            f"{escape(line.sign)}</span>{_spoken(line.spoken)}<bdi>{escape(line.text)}</bdi></div>"
            for line in difference.lines
        )
    )


@register.simple_tag(takes_context=True)
def report_name(context: template.Context, report: str) -> str:
    """What a report is called, by its id; empty where the teammate may not see it."""
    visible = SavedQuery.objects.visible_to(context["request"].user)
    saved = visible.filter(pk=report).first() if report else None
    return saved.name if saved else ""


def _spoken(text: str) -> str:
    return f'<span class="unseen">{text}: </span>' if text else ""
