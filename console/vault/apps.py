from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

from console.vault.keyset import KeysetUnusable
from console.vault.sealing import probe


class VaultConfig(AppConfig):
    name = "console.vault"

    def ready(self) -> None:
        """Refuse to start without a keyset that seals and opens."""
        try:
            probe()
        except KeysetUnusable as error:
            raise ImproperlyConfigured(
                f"VAULT_KEYSET cannot be used: {error}. {error.advice}"
            ) from None
