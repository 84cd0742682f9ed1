from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class TeamConfig(AppConfig):
    name = "console.team"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.team.groups import create_operations_group

        post_migrate.connect(create_operations_group, sender=apps.get_app_config("accounts"))
