"""The findings of `manage.py doctor`: what is wrong, and what to do. None contains a secret."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db.models import Q

from console.database.clock import DatabaseNow
from console.database.readiness import pending_migrations
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
    pending = pending_migrations()
    if pending:
        what = "1 migration is" if pending == 1 else f"{pending} migrations are"
        yield Finding(f"{what} pending. Run manage.py migrate, then manage.py doctor again.")
        return
    keys = keys_of(read_handle(settings.VAULT_KEYSET, settings.VAULT_KEYSET_KEK_URI))
    yield from _key_findings(keys)
    for column in sealed_columns():
        yield from _column_findings(column, {key.id: key for key in keys})
    yield from _profile_findings()


def _key_findings(keys: list[Key]) -> Iterator[Finding]:
    counts: Counter[int | None] = Counter()
    for column in sealed_columns():
        counts += column.count_by_key()
    for key in keys:
        if key.enabled and not key.primary and counts[key.id]:
            yield Finding(
                f"Key {key.id} is not the primary, and {_values(counts[key.id])} still sealed "
                "with it. Run manage.py keys reseal."
            )
        elif key.enabled and not key.primary:
            yield Finding(
                f"Key {key.id} is not in use. If it is new, run manage.py keys promote {key.id}. "
                f"If it is old, run manage.py keys disable {key.id}.",
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
        what = f"The {column.name} of {row} ({pk}), {row.owner}, cannot be decrypted"
        if key_id is None:
            yield Finding(f"{what}: they name no key. {column.remedy}")
        elif key is None:
            yield Finding(
                f"{what}: key {key_id} is not in the keyset. Deploy a keyset that has it. If there "
                f"is none: {column.remedy}"
            )
        elif not key.enabled:
            yield Finding(f"{what}: key {key_id} is disabled. Run manage.py keys enable {key_id}.")
        else:
            yield Finding(
                f"{what}: they are damaged, or were copied from another row. {column.remedy}"
            )


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
        return Finding(
            f"{who}: sign-in refused. Its owner can edit it, or try again on its page. "
            f"{profile.last_error}"
        )
    if profile.failures:
        place = profile.auth_url or profile.base_url
        times = "time" if profile.failures == 1 else "times in a row"
        return Finding(
            f"{who}: no token, failed {profile.failures} {times}. Check that {place} responds. "
            f"Next try: {_when(profile)}. {profile.last_error}"
        )
    if profile.backoff_until and profile.now < profile.backoff_until:
        return Finding(
            f"{who}: paused. Next try: {_when(profile)}. {profile.last_error}", urgent=False
        )
    return Finding(
        f"{who}: a process ended while refreshing its token (lease expired at "
        f"{_clock(profile.lease_until)}). The next call takes over.",
        urgent=False,
    )


def _when(profile: CredentialProfile) -> str:
    late = profile.backoff_until is None or profile.backoff_until <= profile.now
    return "at the next call" if late else f"after {_clock(profile.backoff_until)}"


def _clock(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%H:%M:%S UTC") if moment else "an unknown time"


def _values(count: int) -> str:
    return "1 value is" if count == 1 else f"{count} values are"
