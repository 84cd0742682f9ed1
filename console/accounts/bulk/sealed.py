"""What a job keeps sealed: its table until the rows are stored, and what each row sends."""

from typing import Any

import msgspec

from console.accounts.bulk.models import BroughtTable, Job, JobRow
from console.accounts.bulk.preparing.tables import Table, pack, unpack
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes


def seal_table(job: Job, table: Table) -> None:
    job.sealed = seal_bytes(pack(table), context=context_of_job(job))


def open_table(job: Job) -> Table | None:
    """None where there is none any more, or it does not open."""
    if job.sealed is None:
        return None
    try:
        return unpack(unseal_bytes(bytes(job.sealed), context=context_of_job(job)))
    except CannotUnseal:
        return None


def keep_brought(job: Job) -> None:
    """Keep the table of a draft that is started, after its rows are stored too."""
    table = open_table(job)
    if table is not None:
        kept = BroughtTable(job=job)
        kept.sealed = seal_bytes(pack(table), context=context_of_brought(kept))
        kept.save()


def open_brought(job: Job) -> Table | None:
    """None where it was not kept, or does not open."""
    kept = BroughtTable.objects.filter(job=job).first()
    if kept is None:
        return None
    try:
        return unpack(unseal_bytes(bytes(kept.sealed), context=context_of_brought(kept)))
    except CannotUnseal:
        return None


def seal_values(row: JobRow, values: dict[str, Any]) -> None:
    """Most rows have a name alone: for these nothing is sealed."""
    if values:
        row.sealed = seal_bytes(msgspec.json.encode(values), context=context_of_row(row))


def open_values(row: JobRow) -> dict[str, Any] | None:
    """None where they do not open."""
    if row.sealed is None:
        return {}
    try:
        content = unseal_bytes(bytes(row.sealed), context=context_of_row(row))
    except CannotUnseal:
        return None
    values: dict[str, Any] = msgspec.json.decode(content)
    return values


def context_of_job(job: Job) -> Context:
    return Context(job._meta.db_table, str(job.pk), "sealed", str(job.owner_id))


def context_of_brought(kept: BroughtTable) -> Context:
    return Context(kept._meta.db_table, str(kept.job_id), "sealed", str(kept.job.owner_id))


def context_of_row(row: JobRow) -> Context:
    """Bound to its job and number: rows are sealed before the database gives them a key."""
    place = f"{row.job_id}/{row.number}"
    return Context(row._meta.db_table, place, "sealed", str(row.job.owner_id))
