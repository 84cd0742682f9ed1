from typing import Any

from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_delete, post_migrate


class TeamConfig(AppConfig):
    name = "console.team"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.team.expired_sessions import clear_once_a_day
        from console.team.groups import create_operations_group

        post_migrate.connect(create_operations_group, sender=apps.get_app_config("accounts"))
        user_logged_in.connect(clear_once_a_day)
        post_delete.connect(_remember, sender=self.get_model("User"))


def _remember(instance: Any, **kwargs: Any) -> None:
    """Keep who a deleted teammate was, in the transaction that deletes them."""
    from console.team.models import FormerTeammate

    FormerTeammate.objects.create(pk=instance.pk, email=instance.email)
