from django.apps import AppConfig

from console.database import expiry
from console.vault import columns

REMEDY = "Only this answer is lost; it would expire within an hour anyway."


class GraphqlConfig(AppConfig):
    name = "console.graphql"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.graphql import runs, stored
        from console.graphql.models import StoredResult

        expiry.register(stored.delete_expired)
        expiry.register(runs.delete_expired)
        for name, field, context in (
            ("results", "sealed", stored.sealing_context),
            ("outlines of results", "sealed_outline", stored.outline_context),
        ):
            columns.register(columns.SealedColumn(name, StoredResult, field, context, REMEDY))
