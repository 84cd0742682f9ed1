from django.apps import AppConfig

from console.accounts import created
from console.database import expiry
from console.vault import columns

TABLE_REMEDY = (
    "The rows of this job can no longer be read. Delete the job, and send them in a new one."
)
BROUGHT_REMEDY = "The files of this job no longer have their original columns."
ROW_REMEDY = "What this row sends beside its name can no longer be read; the rest of it can."


class BulkConfig(AppConfig):
    name = "console.accounts.bulk"
    label = "account_bulk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.accounts.bulk import jobs, sealed
        from console.accounts.bulk.created import created_by_rows
        from console.accounts.bulk.models import BroughtTable, Job, JobRow
        from console.accounts.bulk.running.reviving import prune_tasks

        columns.register(
            columns.SealedColumn("jobs", Job, "sealed", sealed.context_of_job, TABLE_REMEDY)
        )
        columns.register(
            columns.SealedColumn(
                "job tables",
                BroughtTable,
                "sealed",
                sealed.context_of_brought,
                BROUGHT_REMEDY,
            )
        )
        columns.register(
            columns.SealedColumn("job rows", JobRow, "sealed", sealed.context_of_row, ROW_REMEDY)
        )
        created.register(created_by_rows)
        expiry.register(jobs.prune)
        expiry.register(prune_tasks)
