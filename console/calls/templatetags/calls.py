"""The rows of the list of calls.

Written in Python and not in the template, as the cells of other tables are: there are fifty, and
they were two thirds of the page's time.
"""

from html import escape

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString

from console.calls.models import Call
from console.web.templatetags.ui import badge, moment, timeline

register = template.Library()


@register.simple_tag
def call_row(call: Call) -> SafeString:
    """A row of the table in calls/list.html, whose heads name its cells."""
    received = filesizeformat(call.received_bytes)
    steps = timeline(call.timeline, call.milliseconds, show_total=False)
    cells = (
        f'<td class="tight" data-label="When">{moment(call.at, seconds=True, relative=True)}</td>',
        f'<td class="call-what">{_what(call)}</td>',
        f'<td class="call-profile" data-label="Profile">{_profile(call)}</td>',
        f'<td class="tight" data-label="Outcome">{_outcome(call)}</td>',
        f'<td class="tight number" data-label="Received">{received}</td>',
        f'<td class="tight number" data-label="Duration">{call.milliseconds:.0f} ms</td>',
        f'<td class="call-time">{steps}</td>',
    )
    return SafeString(f"<tr>{''.join(cells)}</tr>")


def _what(call: Call) -> str:
    request = f"{escape(call.method)} {escape(call.path)}"
    return f'<b>{escape(call.operation)}</b> <span class="mono">{request}</span>'


def _profile(call: Call) -> str:
    name = escape(call.profile_name)
    return (
        f'<span><span class="call-profile-name" title="{name}">{name}</span> '
        f"<small>{call.system_name}</small></span>"
    )


def _outcome(call: Call) -> str:
    words = call.outcome_in_words
    shown = escape(words) if call.succeeded else badge(call.outcome_tone, words)
    status = f' <span class="mono">{call.status}</span>' if call.status else ""
    return f"<span>{shown}{status}</span>"
