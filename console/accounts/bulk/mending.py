"""Rows of a job brought back to be mended: in the form, or as the rows of a file.

They have the columns that were brought, and one that says what is wrong, which no operation reads.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from django.db.models import QuerySet

from console.accounts.bulk.models import Job, JobRow, JobState, RowState
from console.accounts.bulk.preparing.mapping import field_of
from console.accounts.bulk.preparing.operations import BULK_OPERATIONS, CREATE, NAME, RENAME
from console.accounts.bulk.sealed import open_brought, open_table
from console.spreadsheets.tables import Table

# Headings of our files that no operation reads.
STATE, ID, PROBLEM = OURS = ("State", "ID in DPaaS", "Problem")
MAX_ROWS = 2_000  # in a form; more come as a file alone
MAX_CHARACTERS = 500_000


@dataclass(frozen=True, slots=True)
class Mending:
    """`initial`: of the form. `reasons`: the name and the problem of each row that was rejected."""

    initial: dict[str, str]
    rows: int
    reasons: list[tuple[str, str]]


def mending_of(job: Job) -> Mending | None:
    """All rows of a draft, or those of another job that were rejected. None where there is nothing
    to mend, or more than a form holds."""
    if job.state == JobState.DRAFT:
        table = open_table(job)
        reasons = []
    else:
        rejected = list(rejected_rows(job)[: MAX_ROWS + 1])
        table = table_of_rejected(job, rejected)
        name_rows(job, rejected)
        reasons = [(row.name or row.account_id, reason_of(row)) for row in rejected]
    if table is None or not 0 < table.count <= MAX_ROWS:
        return None
    initial = _initial(job, table)
    if sum(map(len, initial.values())) > MAX_CHARACTERS:
        return None
    if job.state == JobState.DRAFT:
        initial["replaces"] = str(job.pk)
    return Mending(initial, table.count, reasons)


def rejected_rows(job: Job) -> QuerySet[JobRow]:
    return JobRow.objects.filter(job=job, state=RowState.REJECTED).order_by("number")


def table_of_rejected(job: Job, rejected: Iterable[JobRow]) -> Table | None:
    """As they were brought, each with its problem. None where what was brought does not open."""
    brought = open_brought(job)
    if brought is None:
        return None
    columns = own_columns(job, brought)
    rows = [
        [*(cell_at(cells, at) for at in columns), reason_of(row)]
        for row in rejected
        for cells in [cells_of(brought, row.number)]
    ]
    return Table([*columns.values(), PROBLEM], rows, 2)


def own_columns(job: Job, brought: Table) -> dict[int, str]:
    """The columns that were brought, without those that a file of ours has: number and heading.

    A column without a heading gets that of the field that it was read as.
    """
    labels = {field.key: field.label for field in BULK_OPERATIONS[job.operation].fields}
    fields = {at: labels[key] for key, at in job.mapping.items() if key in labels}
    found = {}
    for at in range(brought.width):
        has_heading = at < len(brought.columns) and brought.columns[at].strip()
        found[at] = brought.label(at) if has_heading else fields.get(at, brought.label(at))
    return {at: heading for at, heading in found.items() if heading not in OURS}


def cells_of(table: Table, number: int) -> list[str]:
    """Those of the row that the spreadsheet calls `number`."""
    at = number - table.first_number
    return table.rows[at] if 0 <= at < len(table.rows) else []


def cell_at(cells: list[str], column: int) -> str:
    """Empty where the row has fewer cells."""
    return cells[column] if column < len(cells) else ""


def name_rows(job: Job, rows: Iterable[JobRow]) -> None:
    """Give a name to `rows` of changes that send none: that of a column which was brought."""
    if job.operation in (CREATE, RENAME):
        return
    brought = open_brought(job)
    headings = brought.columns if brought else []
    column = next((at for at, each in enumerate(headings) if field_of(each) == NAME), None)
    if brought is None or column is None:
        return
    for row in rows:
        row.name = row.name or cell_at(cells_of(brought, row.number), column)


def reason_of(row: JobRow) -> str:
    """Why a row was not carried out, in one line: what is wrong where, and the sentence."""
    said = [
        f"{place}: {each}" if each.endswith((".", "!", "?")) else f"{place}: {each}."
        for place, sentences in row.details.items()
        for each in sentences
        if each not in row.explanation
    ]
    return " ".join(each for each in (*said, row.explanation) if each)


def _initial(job: Job, table: Table) -> dict[str, str]:
    is_typed = job.operation == CREATE and not job.source
    own = [heading for heading in table.columns if heading != PROBLEM]
    if is_typed and table.width - (PROBLEM in table.columns) < 2:
        heading = own if job.state == JobState.DRAFT and own else []
        lines = [*heading, *(row[0] if row else "" for row in table.rows)]
        return {"names": "\n".join(lines)}
    text = StringIO(newline="")
    writer = csv.writer(text, dialect="excel-tab", lineterminator="\n")
    if table.columns:
        writer.writerow(table.columns)
    writer.writerows(table.rows)
    return {"rows": text.getvalue(), "operation": job.operation}
