from django.apps import AppConfig

from console.database import expiry
from console.vault import columns

WALK_REMEDY = "The rows are read again when the list is searched next."
VIEW_REMEDY = "This saved view is lost; delete it and save it again."


class ListsConfig(AppConfig):
    name = "console.accounts.lists"
    label = "lists"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.accounts.lists import saved_views, walks
        from console.accounts.lists.models import SavedView, Walk

        for column in (
            columns.SealedColumn("rows", Walk, "sealed", walks.context_of, WALK_REMEDY),
            columns.SealedColumn("views", SavedView, "sealed", saved_views.context_of, VIEW_REMEDY),
        ):
            columns.register(column)
        expiry.register(walks.prune)
