from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from console.vault.keyset import KeysetUnusable, read_keyset


class VaultConfig(AppConfig):
    name = "console.vault"

    def ready(self) -> None:
        """Fail closed: without a keyset that seals and opens, nothing starts."""
        try:
            read_keyset(settings.VAULT_KEYSET)
        except KeysetUnusable as error:
            raise ImproperlyConfigured(
                f"VAULT_KEYSET cannot be used: {error}. Make one with: python -m console.vault."
            ) from None
