from django.apps import AppConfig

from console.database import expiry
from console.vault import columns

REMEDY = "Only the text in this tab is lost; runs of it are in the history."


class DeskConfig(AppConfig):
    name = "console.graphql.desk"
    label = "desk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.graphql.desk import tabs
        from console.graphql.desk.models import Tab, sealing_context

        expiry.register(tabs.delete_expired)
        columns.register(columns.SealedColumn("drafts", Tab, "sealed", sealing_context, REMEDY))
