from functools import partial
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import pre_delete

from console.upstream.network.origins import AllowedOrigins
from console.vault import columns

RETYPE = "Its owner must edit the profile and enter the secret again."
SIGN_OUT = "Its owner must end its session. The next call signs in again."


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
        _sign_out_who_leaves()


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


def _sign_out_who_leaves() -> None:
    """A teammate who is deactivated or deleted, by whatever means, leaves no session open."""
    from console.profiles.services import sign_out_owner
    from console.team.models import User, deactivated

    def leaves(instance: User, **kwargs: Any) -> None:
        sign_out_owner(instance)

    deactivated.connect(leaves, sender=User, weak=False)
    pre_delete.connect(leaves, sender=User, weak=False)
