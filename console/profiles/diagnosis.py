"""The findings of `manage.py doctor`: what is wrong, and what to do. None contains a secret."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q

from console.database.clock import DatabaseNow
from console.profiles.models import CredentialProfile, TokenState
from console.vault.columns import SealedColumn, sealed_columns
from console.vault.keyset import read_handle
from console.vault.rotation import Key, keys_of
from console.vault.sealing import sealed_by


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. `urgent`: somebody must act; otherwise it resolves by itself, or can wait."""

    text: str
    urgent: bool = True


def findings() -> Iterator[Finding]:
    """All findings. Rows are read in chunks. Raises KeysetUnusable, DatabaseError."""
    pending = _pending_migrations()
    if pending:
        what = "1 migration is" if pending == 1 else f"{pending} migrations are"
        yield Finding(f"{what} pending: run manage.py migrate, then this again.")
        return
    keys = keys_of(read_handle(settings.VAULT_KEYSET, settings.VAULT_KEYSET_KEK_URI))
    yield from _key_findings(keys)
    for column in sealed_columns():
        yield from _column_findings(column, {key.id: key for key in keys})
    yield from _profile_findings()


def _pending_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _key_findings(keys: list[Key]) -> Iterator[Finding]:
    counts: Counter[int | None] = Counter()
    for column in sealed_columns():
        counts += column.count_by_key()
    for key in keys:
        if key.enabled and not key.primary and counts[key.id]:
            yield Finding(
                f"Key {key.id} is not the primary and still seals {_values(counts[key.id])}: "
                "run manage.py keys reseal."
            )
        elif key.enabled and not key.primary:
            yield Finding(
                f"Key {key.id} seals nothing: it waits for manage.py keys promote {key.id} "
                f"or, after a rotation, disable {key.id}.",
                urgent=False,
            )


def _column_findings(column: SealedColumn, keys: dict[int, Key]) -> Iterator[Finding]:
    """One for each value of `column` that does not open."""
    for pk in column.pks():
        row = column.filled().select_related("owner").filter(pk=pk).first()
        if row is None or column.opens(row):
            continue
        key_id = sealed_by(column.value(row))
        key = keys.get(key_id or 0)
        what = f"The {column.name} of {row} ({pk}), {row.owner}, do not open"
        if key_id is None:
            yield Finding(f"{what}: no key marked them. {column.remedy}")
        elif key is None:
            yield Finding(
                f"{what}: key {key_id} is not in the keyset. Deploy a keyset with it, if there is "
                f"one. Else: {column.remedy}"
            )
        elif not key.enabled:
            yield Finding(f"{what}: key {key_id} is disabled. manage.py keys enable {key_id}.")
        else:
            yield Finding(f"{what}: they were moved here, or damaged. {column.remedy}")


def _profile_findings() -> Iterator[Finding]:
    """One for each profile in trouble, and for each lease that expired with nothing stored."""
    overdue = Q(state=TokenState.REFRESHING, lease_until__lt=DatabaseNow())
    paused = Q(backoff_until__gt=DatabaseNow())
    troubled = (
        CredentialProfile.objects.with_clock()
        .filter(Q(state=TokenState.NEEDS_USER) | Q(failures__gt=0) | paused | overdue)
        .select_related("owner")
        .defer("sealed_credential", "sealed_tokens")
        .order_by("pk")
    )
    for profile in troubled.iterator():
        yield _profile_finding(profile)


def _profile_finding(profile: CredentialProfile) -> Finding:
    who = f"{profile} ({profile.pk}), {profile.owner}"
    if profile.state == TokenState.NEEDS_USER:
        return Finding(f"{who} needs its owner, who edits it. {profile.last_error}")
    if profile.failures:
        place = profile.auth_url or profile.base_url
        times = "time" if profile.failures == 1 else "times in a row"
        return Finding(
            f"{who} got no token, {profile.failures} {times}: look whether {place} answers. "
            f"It is asked again {_when(profile)}. {profile.last_error}"
        )
    if profile.backoff_until and profile.now < profile.backoff_until:
        return Finding(
            f"{who} goes on by itself {_when(profile)}. {profile.last_error}", urgent=False
        )
    return Finding(
        f"{who} has a lease that ran out at {_clock(profile.lease_until)}, because its process "
        "ended: the next call takes over by itself.",
        urgent=False,
    )


def _when(profile: CredentialProfile) -> str:
    late = profile.backoff_until is None or profile.backoff_until <= profile.now
    return "at its next call" if late else f"from {_clock(profile.backoff_until)} on"


def _clock(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%H:%M:%S UTC") if moment else "some time"


def _values(count: int) -> str:
    return "1 value" if count == 1 else f"{count} values"
