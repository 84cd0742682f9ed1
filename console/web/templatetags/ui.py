"""Tags for the templates of every screen: icons, times, badges, ids, navigation.

What appears in every row of a table is a tag and not an include, which costs as much as ten
variables. For the same reason these tags escape with Python's `html.escape` and return a
SafeString: `format_html` takes several times as long.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from html import escape

from django import template
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

TONES = 4  # the colours --tone-1 to --tone-4
MIN_STEP_WIDTH = 0.6  # of 100: even the shortest step is visible
MAX_ID = 48  # characters
TIME = (
    '<time datetime="%Y-%m-%dT%H:%M:%SZ" title="%A %-d %B %Y, %H:%M:%S UTC">%-d %b %Y, %H:%M</time>'
)


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite (`{% icon "check" %}`). Screen readers read its `label`, if it has one.

    The build collects the icons' names from templates and from Python: write them as literals.
    """
    hidden = mark_safe('aria-hidden="true"')  # a literal
    spoken = format_html('role="img" aria-label="{}"', label) if label else hidden
    # The size is for pages without our styles: the admin shows errors of forms with icons too.
    return format_html(
        '<svg class="icon" width="16" height="16" {}><use href="{}#{}"></use></svg>',
        spoken,
        static("dist/icons.svg"),
        name,
    )


@register.simple_tag
def moment(value: datetime | None, otherwise: str = "–") -> SafeString | str:
    """A point in time as `<time>`, in UTC to the minute; `otherwise` where there is none."""
    if value is None:
        return otherwise
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return SafeString(value.strftime(TIME))  # digits, and names of days and months


def full_text(text: str) -> SafeString:
    """A name at full length, in either direction of writing."""
    return SafeString(f'<bdi class="long">{escape(text)}</bdi>')


@register.simple_tag
def badge(kind: str, text: str) -> SafeString:
    """A state in a word or two; `kind`: "good", "warning", "bad", "info" or "quiet"."""
    return format_html('<span class="badge is-{}">{}</span>', kind, text)


@register.simple_tag
def copy(text: str, what: str = "this") -> SafeString:
    """A button that copies `text`, shown if the browser lets us use its clipboard (app.js).

    `what` is for screen readers: `{% copy account.id "the id" %}`.
    """
    return SafeString(
        f'<button class="copy" type="button" data-copy="{escape(text)}" '
        f'aria-label="Copy {escape(what)}" title="Copy {escape(what)}">{icon("copy")}</button>'
    )


@register.simple_tag
def identifier(text: str) -> SafeString:
    """An upstream's id, truncated if it is too long, with a button that copies it whole."""
    shown = text if len(text) <= MAX_ID else f"{text[: MAX_ID - 1]}…"
    return SafeString(
        f'<span class="id"><span class="mono">{escape(shown)}</span>{copy(text, "the id")}</span>'
    )


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, name: str, label: str) -> SafeString:
    """An entry of the main navigation, marked as current on its own pages."""
    url, here = reverse(name), context["request"].path
    if not here.startswith(url):
        return format_html('<li><a href="{}">{}</a></li>', url, label)
    current = "page" if here == url else "true"
    return format_html('<li><a href="{}" aria-current="{}">{}</a></li>', url, current, label)


@register.simple_tag
def timeline(steps: Iterable[tuple[str, float | None]], total_ms: float | None) -> SafeString:
    """The steps of a call in one line, and a bar in proportion: `{% timeline steps total_ms %}`.

    `steps`: (name, milliseconds or None) in order.
    """
    steps = list(steps)
    whole = max(sum(ms or 0 for _, ms in steps), total_ms or 0) or 1
    bar, items, left, measured = [], [], 0.0, 0
    for name, ms in steps:
        if ms is None:
            items.append(f"<li>{escape(name)}</li>")
            continue
        width = max(ms * 100 / whole, MIN_STEP_WIDTH)
        tone = f'class="tone-{measured % TONES + 1}"'
        bar.append(f'<rect {tone} x="{left:.2f}" y="0" width="{width:.2f}" height="4"></rect>')
        items.append(f"<li {tone}>{escape(name)} <b>{ms:.0f} ms</b></li>")
        left, measured = left + width, measured + 1
    if total_ms is not None:
        items.append(f'<li class="timeline-total">in all <b>{total_ms:.0f} ms</b></li>')
    return SafeString(
        '<div class="timeline"><svg class="timeline-bar" viewBox="0 0 100 4"'
        f' preserveAspectRatio="none" aria-hidden="true">{"".join(bar)}</svg>'
        f'<ol class="timeline-steps">{"".join(items)}</ol></div>'
    )


@register.filter
def words(text: str) -> list[str]:
    """The words of a literal, to loop over: `{% for kind in "dxtra dpaas"|words %}`."""
    return text.split()
