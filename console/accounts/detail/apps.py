from django.apps import AppConfig

from console.database import expiry
from console.vault import columns

REMEDY = "What this change sent can no longer be read; the rest of its row can."


class DetailConfig(AppConfig):
    name = "console.accounts.detail"
    label = "account_detail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from console.accounts.detail import changing
        from console.accounts.detail.models import AccountChange
        from console.accounts.detail.sent import context_of

        columns.register(
            columns.SealedColumn("changes", AccountChange, "sealed", context_of, REMEDY)
        )
        expiry.register(changing.prune)
