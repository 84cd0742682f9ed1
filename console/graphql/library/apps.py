from typing import Any

from django.apps import AppConfig
from django.db.models.signals import pre_delete

from console.vault import columns

REMEDY = "This version of a saved query is lost; the others stay."


class LibraryConfig(AppConfig):
    name = "console.graphql.library"
    label = "library"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from django.contrib.auth import get_user_model

        from console.graphql.library.contents import sealing_context
        from console.graphql.library.models import SavedVersion

        pre_delete.connect(_leave_what_is_shared, sender=get_user_model())
        columns.register(
            columns.SealedColumn("saved", SavedVersion, "sealed", sealing_context, REMEDY)
        )


def _leave_what_is_shared(instance: Any, **kwargs: Any) -> None:
    """With a teammate goes what is private; reports that the team opens every morning stay."""
    from console.graphql.library.models import SavedQuery

    SavedQuery.objects.filter(owner=instance, is_shared=False).delete()
