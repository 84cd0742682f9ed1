"""The files of a job: all rows with their states and ids, and those that were rejected."""

from collections.abc import Callable, Iterator
from typing import Any

from console.accounts.bulk.mending import (
    OURS,
    cell_at,
    cells_of,
    own_columns,
    reason_of,
    rejected_rows,
    table_of_rejected,
)
from console.accounts.bulk.models import Job, JobRow
from console.accounts.bulk.sealed import open_brought
from console.accounts.bulk.wording import WORDS
from console.accounts.lists.exports import write_file
from console.spreadsheets.writing import File

BATCH = 2_000  # rows


def file_of_all(job: Job, form: str) -> File:
    """Every row with its state, its id and what is wrong. `form`: a key of FORMS."""
    brought, words = open_brought(job), WORDS[job.operation]
    own = own_columns(job, brought) if brought else {}

    def rows() -> Iterator[list[Any]]:
        for row in JobRow.objects.filter(job=job).order_by("number").iterator(BATCH):
            cells = cells_of(brought, row.number) if brought else []
            shown = [cell_at(cells, at) for at in own] if brought else [row.name]
            yield [row.number, *shown, words.state(row.state), row.account_id, reason_of(row)]

    return write_file(form, ["Row", *(own.values() if brought else ["Name"]), *OURS], rows())


def file_of_rejected(job: Job, form: str) -> File | None:
    """To be mended and sent again: the columns as they were brought, and the problem.

    None where what was brought does not open.
    """
    table = table_of_rejected(job, rejected_rows(job).iterator(BATCH))
    return None if table is None else write_file(form, table.columns, iter(table.rows))


FILES: dict[str, Callable[[Job, str], File | None]] = {
    "all": file_of_all,
    "rejected": file_of_rejected,
}
