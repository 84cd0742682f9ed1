from functools import partial

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from console.upstream.network.origins import AllowedOrigins
from console.vault import columns

RETYPE = "Its owner edits the profile and types the secret again."
SIGN_OUT = "Its owner signs the profile out; it signs in anew at its next call."


class ProfilesConfig(AppConfig):
    name = "console.profiles"

    def ready(self) -> None:
        try:
            AllowedOrigins(settings.UPSTREAM_ORIGINS, internal=settings.UPSTREAM_INTERNAL_ORIGINS)
        except ValueError as error:
            raise ImproperlyConfigured(
                f"UPSTREAM_ORIGINS or UPSTREAM_INTERNAL_ORIGINS cannot be used: {error}."
            ) from None
        _register_sealed_columns()


def _register_sealed_columns() -> None:
    from console.profiles.models import CredentialProfile

    for name, field, remedy in (
        ("credentials", "credential", RETYPE),
        ("tokens", "tokens", SIGN_OUT),
    ):
        context = partial(CredentialProfile.sealing_context, field=field)
        columns.register(
            columns.SealedColumn(name, CredentialProfile, f"sealed_{field}", context, remedy)
        )
