"""Tags for the templates of every screen: icons, times, badges, ids.

What appears in every row of a table is a tag and not an include, which costs as much as ten
variables. For the same reason these tags escape with Python's `html.escape` and return a
SafeString: `format_html` takes several times as long.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from html import escape
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince
from django.utils.timezone import get_current_timezone, now

from console.web.drafts import OWNER, owner_mark

register = template.Library()

SHAPES = "dist/icons.json"  # by the icon's name
STANDS_OUT = ("warning", "bad", "production")  # kinds of badges
TONES = 4  # the colours --tone-1 to --tone-4
MIN_STEP_WIDTH = 0.6  # of 100: even the shortest step is visible
REST = "other"  # the step of a timeline that nobody measured
MAX_ID = 48  # characters
BEGIN_OF_ISOLATE, END_OF_ISOLATE = "\u2068", "\u2069"
ISOLATE_MARKS = re.compile("[\u2066-\u2069]")
EXACT_TIME = '<time datetime="%Y-%m-%dT%H:%M:%SZ" title="%A %-d %B %Y, %H:%M:%S UTC">'
NEAR_DAYS = ("Today", "Yesterday")


@register.simple_tag
@cache
def icon(name: str, label: str = "") -> SafeString:
    """An icon (`{% icon "check" %}`). Screen readers read its `label`, if it has one.

    The build collects the icons' names from templates and from Python: write them as literals.
    The shapes stand in the page: a browser lays a page out a second time when shapes come from
    another file, cached or not.
    """
    hidden = mark_safe('aria-hidden="true"')  # a literal
    spoken = format_html('role="img" aria-label="{}"', label) if label else hidden
    # The size is for pages without our styles: the admin shows errors of forms with icons too.
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" width="16" height="16" {}>{}</svg>',
        spoken,
        _shapes(name),
    )


@cache
def _shapes(name: str) -> SafeString:
    """What an icon draws, as the build wrote it. Read for each: a new one needs no restart."""
    built = find(SHAPES) if settings.DEBUG else staticfiles_storage.path(SHAPES)
    return SafeString(json.loads(Path(str(built)).read_text())[name])


@register.simple_tag(takes_context=True)
def draft_owner(context: template.Context) -> SafeString:
    """Names the teammate in a form whose draft is kept (console/web/drafts.py)."""
    return format_html(
        '<input type="hidden" name="{}" value="{}">', OWNER, owner_mark(context["user"])
    )


@register.simple_tag
def moment(
    value: datetime | None,
    otherwise: str = "–",
    *,
    seconds: bool = False,
    relative: bool = False,
) -> SafeString | str:
    """A point in time as `<time>`, in the reader's zone (console/web/time_zone.py), and in UTC to
    who points at it; `otherwise` where there is none. `relative`: "Today", "Yesterday"."""
    if value is None:
        return otherwise
    value = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    zone = get_current_timezone()
    here = value.astimezone(zone)
    days = (datetime.now(zone).date() - here.date()).days if relative else -1
    day = NEAR_DAYS[days] if 0 <= days < len(NEAR_DAYS) else "%-d %b %Y"
    clock = "%H:%M:%S" if seconds else "%H:%M"
    # Digits, and names of days and months.
    return SafeString(f"{value.strftime(EXACT_TIME)}{here.strftime(f'{day}, {clock}')}</time>")


@register.simple_tag
def clock(value: datetime, *, seconds: bool = False) -> SafeString:
    """As moment(), without the day, which stands elsewhere."""
    here = value.astimezone(get_current_timezone())
    shown = here.strftime("%H:%M:%S" if seconds else "%H:%M")
    return SafeString(f"{value.astimezone(UTC).strftime(EXACT_TIME)}{shown}</time>")


@register.simple_tag
def moment_and_age(value: datetime) -> SafeString:
    """A point in time to the second, and how long ago that is."""
    age = timesince(value, depth=1)
    told = "less than a minute ago" if age.startswith("0") else f"{age} ago"
    if value > now():
        return SafeString(moment(value, seconds=True))
    return SafeString(f'{moment(value, seconds=True)} <span class="soft">{told}</span>')


def full_text(text: str) -> SafeString:
    """A name at full length, in either direction of writing."""
    return SafeString(f'<bdi class="long">{escape(balanced(text))}</bdi>')


def balanced(text: str) -> str:
    """`text` with as many ends of isolates as beginnings. Browsers make a <bdi> of such marks too,
    so an end too many, or too few, would let the text out of it (Unicode UAX 9)."""
    open_, unopened = 0, 0
    for mark in ISOLATE_MARKS.findall(text):
        if mark != END_OF_ISOLATE:
            open_ += 1
        elif open_:
            open_ -= 1
        else:
            unopened += 1
    return BEGIN_OF_ISOLATE * unopened + text + END_OF_ISOLATE * open_


@register.filter
def isolate(text: str) -> SafeString:
    """A value from outside within a line of ours: it moves nothing that stands beside it."""
    return SafeString(f"<bdi>{escape(balanced(str(text)))}</bdi>")


@register.simple_tag
def badge(kind: str, text: str) -> SafeString:
    """A state in a word or two; `kind`: "good", "warning", "bad", "info" or "quiet"."""
    return format_html('<span class="badge is-{}">{}</span>', kind, text)


@register.simple_tag
def state(kind: str, text: str) -> SafeString | str:
    """A state: as a badge where it stands out, so that names lead; `kind` as in `badge`."""
    return badge(kind, text) if kind in STANDS_OUT else text


@register.simple_tag
def copy(text: str, what: str = "this") -> SafeString:
    """A button that copies `text`, shown if the browser lets us use its clipboard (app.js).

    `what` is for screen readers: `{% copy account.id "the ID" %}`.
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
        f'<span class="id"><bdi class="mono">{escape(balanced(shown))}</bdi>'
        f"{copy(text, 'the ID')}</span>"
    )


@register.simple_tag
def environment(name: str | None, read_only: bool = False) -> SafeString:
    """The environment of a target: production stands out, any other is plain text. `read_only`:
    nothing can be changed there with the profile."""
    shown = [badge("production", name)] if name == "production" else []
    plain = [name if name != "production" else "", "read-only" if read_only else ""]
    shown += [format_html('<span class="environment">{}</span>', each) for each in plain if each]
    return SafeString(" · ".join(shown))


@register.simple_tag
def timeline(
    steps: Iterable[tuple[str, float | None]], total_ms: float | None, *, show_total: bool = True
) -> SafeString:
    """The steps of a call in one line, and a bar in proportion: `{% timeline steps total_ms %}`.

    `steps`: (name, milliseconds or None) in order. What they leave of the total is a step too.
    """
    steps = list(steps)
    measured_ms = sum(ms or 0 for _, ms in steps)
    rest = (total_ms or 0) - measured_ms
    if round(rest) > 0:
        steps.append((REST, rest))
    whole = max(measured_ms, total_ms or 0) or 1
    bar, items, left, measured = [], [], 0.0, 0
    for name, ms in steps:
        if ms is None:
            items.append(f"<li>{escape(name)}</li>")
            continue
        width = max(ms * 100 / whole, MIN_STEP_WIDTH)
        tone = f'class="tone-{REST if name == REST else measured % TONES + 1}"'
        bar.append(f'<rect {tone} x="{left:.2f}" y="0" width="{width:.2f}" height="4"></rect>')
        items.append(f"<li {tone}>{escape(name)} <b>{ms:.0f} ms</b></li>")
        left, measured = left + width, measured + 1
    if show_total and total_ms is not None:
        items.append(f'<li class="timeline-total">total <b>{total_ms:.0f} ms</b></li>')
    return SafeString(
        '<div class="timeline"><svg class="timeline-bar" viewBox="0 0 100 4"'
        f' preserveAspectRatio="none" aria-hidden="true">{"".join(bar)}</svg>'
        f'<ol class="timeline-steps">{"".join(items)}</ol></div>'
    )
