from django.apps import AppConfig

from console.database import expiry
from console.vault import columns

REMEDY = "What this run sent can no longer be read; the rest of its row can."


class HistoryConfig(AppConfig):
    name = "console.graphql.history"
    label = "history"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.graphql.history import record
        from console.graphql.history.models import Run
        from console.graphql.history.sent import sealing_context

        expiry.register(record.delete_expired)
        columns.register(columns.SealedColumn("runs", Run, "sealed", sealing_context, REMEDY))
