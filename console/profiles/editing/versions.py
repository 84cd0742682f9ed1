"""The version of a profile that a form or a confirmation was opened with, which it carries signed:
what was saved or deleted in another tab meanwhile is neither overwritten nor deleted unseen."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.core import signing

from console.profiles.models import CredentialProfile

SALT = "console.profiles.version"
STORED_AT = "secret_stored_at"
FORM_FIELDS = [
    "name",
    "environment",
    "read_only",
    "auth_url",
    "graphql_url",
    "role",
    "base_url",
    "email",
    "organization_slug",
]
Version = Mapping[str, Any]  # each of FORM_FIELDS, and under STORED_AT when the secret was stored


def version_of(profile: CredentialProfile) -> Version:
    """What an edit can change, as it is stored."""
    changed_at = {STORED_AT: profile.credential_changed_at.isoformat()}
    return {name: getattr(profile, name) for name in FORM_FIELDS} | changed_at


def signed_version(profile: CredentialProfile) -> str:
    return signing.dumps(dict(version_of(profile)), salt=_salt(profile.pk))


def read_version(signed: str, pk: uuid.UUID) -> Version | None:
    """The version of the profile `pk` that a form carried; None if it carried none of it."""
    try:
        version: Version = signing.loads(signed, salt=_salt(pk))
    except signing.BadSignature:
        return None
    return version


def changed_fields(profile: CredentialProfile, seen: Version) -> list[str]:
    """The names of what `profile` holds now and `seen` did not."""
    now = version_of(profile)
    return [name for name in now if now[name] != seen.get(name)]


def was_deleted(signed: str, pk: uuid.UUID) -> bool:
    """Whether a form was opened with the profile `pk`, which is gone by now."""
    was_opened = read_version(signed, pk) is not None
    return was_opened and not CredentialProfile.objects.filter(pk=pk).exists()


def _salt(pk: uuid.UUID) -> str:
    return f"{SALT}.{pk}"
