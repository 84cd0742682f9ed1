"""The cells of jobs and of their rows.

Rows are written in Python and not in the template, as the cells of other tables are.
"""

from html import escape

from django import template
from django.utils.safestring import SafeString

from console.accounts.bulk.jobs import Progress
from console.accounts.bulk.mending import reason_of
from console.accounts.bulk.models import Job, JobRow, JobState
from console.accounts.bulk.wording import TONE_OF_JOB, TONE_OF_ROW, WORDS, Wording, counted, tally
from console.web.templatetags.tables import RowLinks
from console.web.templatetags.ui import badge, identifier, isolate

MAX_NAME, MAX_REASON = 300, 1_000  # characters that are shown; files have all of them

register = template.Library()


@register.simple_tag
def job_row(row: JobRow, words: Wording, links: RowLinks) -> SafeString:
    """A row of the table in bulk/done.html, whose heads name its cells."""
    state = badge(TONE_OF_ROW[row.state], words.state(row.state))  # type: ignore[index]
    reason = reason_of(row)
    url = links.url_of(row.account_id)
    name = _cut(row.name or row.account_id or "–", MAX_NAME)
    linked = f'<a class="row-link" href="{escape(url)}">{name}</a>' if url else name
    cells = (
        f'<td class="tight number" data-label="Row">{row.number}</td>',
        f'<td class="main">{linked}</td>',
        f'<td class="tight" data-label="State">{state}</td>',
        f'<td class="tight" data-label="ID">{identifier(row.account_id) if url else "–"}</td>',
        f'<td class="wide bulk-reason" data-label="Reason">{_cut(reason, MAX_REASON)}</td>'
        if reason
        else "<td></td>",
    )
    return SafeString(f"<tr>{''.join(cells)}</tr>")


@register.filter
def title_of_job(job: Job) -> str:
    """What it does: "Create 97 accounts"."""
    return WORDS[job.operation].button_for(job.total)


@register.simple_tag
def job_state(job: Job) -> SafeString:
    return badge(TONE_OF_JOB[job.state], job.get_state_display())  # type: ignore[index]


@register.simple_tag
def job_tally(job: Job, progress: Progress) -> str:
    """ "95 created, 2 rejected"."""
    if job.state == JobState.DRAFT:
        return counted(job.total, "row")
    return tally(progress, WORDS[job.operation])


def _cut(text: str, most: int) -> SafeString:
    return isolate(text if len(text) <= most else f"{text[: most - 1]}…")
