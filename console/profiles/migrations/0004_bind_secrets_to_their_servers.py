"""Credentials and tokens are sealed anew, bound to the servers that they were given for.

It needs the keyset, as `manage.py` does anyway. A value that does not open is left as it is. Where
none opens and other keys have sealed them, the keyset is the wrong one, and nothing is migrated.
"""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import migrations

from console.upstream.network.origins import origin_of
from console.vault.sealing import (
    CannotUnseal,
    Context,
    key_ids,
    seal_bytes,
    sealed_by,
    unseal_bytes,
)

FIELDS = ("credential", "tokens")
Row = dict[str, Any]


def unbound(row: Row, field: str) -> Context:
    return Context("profiles_credentialprofile", str(row["pk"]), field, str(row["owner_id"]))


def bound(row: Row, field: str) -> Context:
    urls = (row["auth_url"], row["graphql_url"], row["base_url"])
    origins = tuple(dict.fromkeys(origin_of(url) for url in urls if url))
    return Context(
        "profiles_credentialprofile", str(row["pk"]), field, str(row["owner_id"]), origins
    )


def bind(apps: Any, schema_editor: Any) -> None:
    _reseal(apps, unbound, bound)


def unbind(apps: Any, schema_editor: Any) -> None:
    _reseal(apps, bound, unbound)


def _reseal(
    apps: Any, before: Callable[[Row, str], Context], after: Callable[[Row, str], Context]
) -> None:
    rows = apps.get_model("profiles", "CredentialProfile").objects.order_by("pk")
    columns = ("pk", "owner_id", "auth_url", "graphql_url", "base_url")
    opened, unopened = 0, set()
    for row in rows.values(*columns, *(f"sealed_{field}" for field in FIELDS)):
        for field in FIELDS:
            name, sealed = f"sealed_{field}", row[f"sealed_{field}"]
            if sealed is None:
                continue
            try:
                content = unseal_bytes(sealed, context=before(row, field))
            except CannotUnseal:
                unopened.add(sealed_by(bytes(sealed)))
                continue
            new = seal_bytes(content, context=after(row, field))
            rows.filter(pk=row["pk"], **{name: sealed}).update(**{name: new})
            opened += 1
    if not opened and unopened - key_ids() - {None}:
        raise CommandError(
            "VAULT_KEYSET opens none of the stored credentials, so nothing was migrated. "
            "Set the keyset that sealed them, and migrate again."
        )


class Migration(migrations.Migration):
    dependencies = [("profiles", "0003_environment")]

    operations = [migrations.RunPython(bind, unbind)]
