"""A profile's row, read and pushed to where a test wants it."""

import threading
from typing import Any

from django.db import connection

from console.database.clock import seconds_from_now
from console.profiles.models import CredentialProfile
from console.vault.sealing import seal, unseal


def row_of(profile: CredentialProfile) -> CredentialProfile:
    return CredentialProfile.objects.with_clock().get(pk=profile.pk)


def change(profile: CredentialProfile, **columns: Any) -> None:
    CredentialProfile.objects.filter(pk=profile.pk).update(**columns)


def move(profile: CredentialProfile, **addresses: str) -> None:
    """Move it to other servers, with its secret and tokens sealed for those."""
    row = row_of(profile)
    opened = {
        field: unseal(bytes(sealed), context=row.sealing_context(field))
        for field in ("credential", "tokens")
        if (sealed := getattr(row, f"sealed_{field}")) is not None
    }
    for name, address in addresses.items():
        setattr(row, name, address)
    columns = {
        f"sealed_{field}": seal(secret, context=row.sealing_context(field))
        for field, secret in opened.items()
    }
    change(profile, **addresses, **columns)


def enter_advisory_window(profile: CredentialProfile) -> None:
    change(profile, advisory_refresh_at=seconds_from_now(-1))


def run_out(profile: CredentialProfile) -> None:
    change(
        profile,
        advisory_refresh_at=seconds_from_now(-9),
        access_expires_at=seconds_from_now(-1),
    )


def end_pause(profile: CredentialProfile) -> None:
    change(profile, backoff_until=seconds_from_now(-1))


def finish_background_refreshes() -> None:
    """Wait until no thread of this process refreshes a token any more."""
    for thread in threading.enumerate():
        if thread.name == "token refresh":
            thread.join(20)
            assert not thread.is_alive()


def connections_in_use() -> int:
    """How many connections are out of the pool. On SQLite none counts: an open one holds nothing
    between statements."""
    if connection.vendor == "sqlite":
        return 0
    stats = connection.pool.get_stats()
    return int(stats["pool_size"] - stats["pool_available"])
