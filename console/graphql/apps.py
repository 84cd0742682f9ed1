from django.apps import AppConfig

from console.vault import columns

REMEDY = "Nothing is lost but this download: it goes by itself within an hour."


class GraphqlConfig(AppConfig):
    name = "console.graphql"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.graphql.models import StoredResult
        from console.graphql.stored import sealing_context

        columns.register(
            columns.SealedColumn("results", StoredResult, "sealed", sealing_context, REMEDY)
        )
