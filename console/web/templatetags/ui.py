"""What templates of every screen draw with: icons, times, badges, ids, navigation.

What stands in every row of a table is drawn here and not included: an include costs as much as ten
variables, and a list has dozens. For the same reason those few are put together from what is
escaped already, each text once: `format_html` takes three times as long.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any

from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

TONES = 4  # the colours --tone-1 to --tone-4
NARROWEST_STEP = 0.6  # of 100: a step that took next to nothing still shows
LONGEST_ID = 48  # characters
TIME = (
    '<time datetime="%Y-%m-%dT%H:%M:%SZ" title="%A %-d %B %Y, %H:%M:%S UTC">%-d %b %Y, %H:%M</time>'
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a timeline as it is written, and where its piece of the bar is; tone 0: none."""

    name: str
    ms: str = ""
    tone: int = 0
    left: str = ""  # percent
    width: str = ""


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite (`{% icon "check" %}`); with `label` it is read out, else hidden.

    The build takes the icons from the templates and from here: write the name as a literal. A list
    draws dozens, always the same few, so each is made once.
    """
    hidden = mark_safe('aria-hidden="true"')  # a literal
    spoken = format_html('role="img" aria-label="{}"', label) if label else hidden
    # The size is for pages without our styles: the admin draws errors of forms with it too.
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
    return mark_safe(value.strftime(TIME))  # noqa: S308 (digits, and names of days and months)


def full_text(text: str) -> SafeString:
    """A name as somebody typed it: whole, however long, and whichever way it is written."""
    return mark_safe(f'<bdi class="long">{escape(text)}</bdi>')  # noqa: S308 (escaped)


@register.simple_tag
def badge(kind: str, text: str) -> SafeString:
    """A state in a word or two; `kind`: "good", "warning", "bad", "info" or "quiet"."""
    return format_html('<span class="badge is-{}">{}</span>', kind, text)


@register.simple_tag
def copy(text: str, what: str = "this") -> SafeString:
    """A button that copies `text`; shown only where the browser has a clipboard for us (app.js).

    `what` is read out: `{% copy account.id "the id" %}`.
    """
    return mark_safe(  # noqa: S308 (escaped)
        f'<button class="copy" type="button" data-copy="{escape(text)}" {_label_of_copy(what)}>'
        f"{icon('copy')}{icon('check')}</button>"
    )


@lru_cache(maxsize=64)
def _label_of_copy(what: str) -> SafeString:
    return format_html('aria-label="{what}" title="{what}"', what=f"Copy {what}")


@register.simple_tag
def identifier(text: str) -> SafeString:
    """An upstream's id, cut where it is overlong, with a button that copies it whole."""
    shown = text if len(text) <= LONGEST_ID else f"{text[: LONGEST_ID - 1]}…"
    return mark_safe(  # noqa: S308 (escaped)
        f'<span class="id"><span class="mono">{escape(shown)}</span>{copy(text, "the id")}</span>'
    )


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, name: str, label: str) -> SafeString:
    """An entry of the main navigation; the one that holds this page is marked as current."""
    url = reverse(name)
    request: HttpRequest | None = context.get("request")
    here = request.path if request else ""
    if not here.startswith(url):
        return format_html('<li><a href="{}">{}</a></li>', url, label)
    current = "page" if here == url else "true"
    return format_html('<li><a href="{}" aria-current="{}">{}</a></li>', url, current, label)


@register.inclusion_tag("components/timeline.html")
def timeline(steps: Iterable[tuple[str, float | None]], total_ms: float | None) -> dict[str, Any]:
    """The steps of a call in one line, with a bar in proportion.

    `steps` are (name, milliseconds or None) in order: `{% timeline steps total_ms %}`.
    """
    steps = list(steps)
    whole = max(sum(ms or 0 for _, ms in steps), total_ms or 0) or 1
    drawn, left, measured = [], 0.0, 0
    for name, ms in steps:
        if ms is None:
            drawn.append(Step(name))
            continue
        width = max(ms * 100 / whole, NARROWEST_STEP)
        tone = measured % TONES + 1
        drawn.append(Step(name, f"{ms:.0f}", tone, f"{left:.2f}", f"{width:.2f}"))
        left, measured = left + width, measured + 1
    return {"steps": drawn, "total_ms": None if total_ms is None else f"{total_ms:.0f}"}


@register.filter
def words(text: str) -> list[str]:
    """The words of a literal, to loop over: `{% for kind in "dxtra dpaas"|words %}`."""
    return text.split()
