"""What a profile's row offers a call now: computed in one place, and branched on in one place."""

from datetime import timedelta
from enum import Enum, auto

from console.profiles.lifecycle.lease import database_time
from console.profiles.models import CredentialProfile, TokenState

MIN_FORCED_REFRESH_INTERVAL = timedelta(seconds=60)  # a 401 that means 'forbidden' is no storm


class Availability(Enum):
    FRESH = auto()  # the token lives
    STALE = auto()  # it lives, and is due to be refreshed
    EXPIRED = auto()  # there is none that lives, and one may be fetched now
    LEASED = auto()  # there is none that lives, and somebody is fetching one
    BACKING_OFF = auto()  # there is none that lives, and the upstream is left alone
    NEEDS_OWNER = auto()  # the credential was refused


def availability_of(
    row: CredentialProfile, *, rejected: int | None = None, by_hand: bool = False
) -> Availability:
    """`rejected`: the generation whose token counts as expired, whatever the row says.
    `by_hand`: a teammate asked for a new token, and no backoff holds that back."""
    if row.state == TokenState.NEEDS_USER:
        return Availability.NEEDS_OWNER
    if is_alive(row) and row.generation != rejected:
        return Availability.STALE if _is_due(row) else Availability.FRESH
    if is_leased(row):
        return Availability.LEASED
    if is_backing_off(row) and not by_hand:
        return Availability.BACKING_OFF
    return Availability.EXPIRED


def is_alive(row: CredentialProfile) -> bool:
    return row.access_expires_at is not None and database_time(row) < row.access_expires_at


def is_leased(row: CredentialProfile) -> bool:
    return row.lease_until is not None and row.now < row.lease_until


def is_backing_off(row: CredentialProfile) -> bool:
    return row.backoff_until is not None and database_time(row) < row.backoff_until


def was_forced_lately(row: CredentialProfile) -> bool:
    """Whether the last refresh that an API's 401 asked for was a moment ago."""
    if row.forced_at is None:
        return False
    return database_time(row) < row.forced_at + MIN_FORCED_REFRESH_INTERVAL


def _is_due(row: CredentialProfile) -> bool:
    return row.advisory_refresh_at is None or database_time(row) >= row.advisory_refresh_at
