from django.apps import AppConfig

from console.accounts import created


class AccountsConfig(AppConfig):
    name = "console.accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.accounts import submissions

        created.register(submissions.created_by_forms)
