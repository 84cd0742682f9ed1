from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "console.accounts.bulk"
    label = "account_bulk"
    default_auto_field = "django.db.models.BigAutoField"
