"""The accounts that rows of bulk jobs have created."""

from collections.abc import Collection

from console.accounts.bulk.models import JobRow, RowState
from console.accounts.bulk.preparing.operations import CREATE
from console.profiles.targets import Target


def rows_that_created(target: Target, account_ids: Collection[str]) -> list[JobRow]:
    """The rows that are known to have created one of `account_ids` at `target`."""
    rows = JobRow.objects.filter(
        account_id__in=account_ids,
        state=RowState.DONE,
        job__operation=CREATE,
        job__organization_slug=target.organization,
    ).select_related("job")
    few = rows.only("account_id", "finished_at", "job__organization_slug", "job__base_url")
    return [row for row in few if row.job.target == target]


def created_by_rows(target: Target, account_ids: Collection[str]) -> set[str]:
    return {row.account_id for row in rows_that_created(target, account_ids)}
