from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from console.upstream.origins import AllowedOrigins


class ProfilesConfig(AppConfig):
    name = "console.profiles"

    def ready(self) -> None:
        try:
            AllowedOrigins(settings.UPSTREAM_ORIGINS, internal=settings.UPSTREAM_INTERNAL_ORIGINS)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"UPSTREAM_ORIGINS or UPSTREAM_INTERNAL_ORIGINS cannot be used: {error}."
            ) from None
