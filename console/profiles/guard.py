"""Whether a write may be sent with a profile: the one place that decides.

Every way in ends in a service that asks here before it sends: console/graphql/services.py for
mutations, console/accounts/services.py for creates. So no view can forget it; views only ask for
what is missing, and show why nothing was sent.

A read-only profile writes nothing. In production each write needs the target's name, typed by the
teammate, or an Unlock: ten minutes for which the name was typed once.
"""

import unicodedata
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from console.database.clock import DatabaseNow, seconds_from_now
from console.database.compiled import CompiledQuery
from console.profiles.models import CredentialProfile, Environment, Unlock
from console.profiles.targets import Target
from console.upstream.errors import ProfileReadOnly, TargetNotConfirmed

UNLOCKED_SECONDS = 600
MAX_SHOWN = 5  # unlocks on a profile's page

READ_ONLY = (
    "The profile {profile} is read-only, so nothing was sent. Turn that off in the profile, or use "
    "another one."
)
NOT_TYPED = "Nothing was sent. This is production: type {target} to confirm."
WRONG_NAME = "Nothing was sent. The name does not match: type {target} exactly."


def _running(profile_id: UUID) -> QuerySet[Unlock]:
    """The unlocks of a profile that have not ended, of any owner and target."""
    return Unlock.objects.filter(profile_id=profile_id, locked_at=None, until__gt=DatabaseNow())


# Each row of a bulk job asks for it.
AS_SET_NOW = CompiledQuery(
    lambda profile_id: (
        CredentialProfile.objects.filter(pk=profile_id)
        .only("name", "kind", "environment", "read_only")
        .order_by()
    )
)
# Every page of a production profile asks for them.
UNLOCKS_OF_PROFILE = CompiledQuery(
    lambda profile_id: _running(profile_id).annotate(database_now=DatabaseNow()).order_by("-until")
)


def check_write(profile: CredentialProfile, *, typed_name: str = "") -> None:
    """Return if a write may be sent with `profile` now. Raises WriteRefused.

    What its owner has set meanwhile counts too, so the row is read anew.
    """
    now = AS_SET_NOW.first(profile.pk)
    check_not_read_only(profile)
    if now:
        check_not_read_only(now)
    is_production = Environment.PRODUCTION in (profile.environment, now and now.environment)
    if is_production and not is_name_of(profile.target, typed_name) and not current_unlock(profile):
        raise _not_confirmed(profile, typed_name)


def check_not_read_only(profile: CredentialProfile) -> None:
    """Raises ProfileReadOnly."""
    if profile.read_only:
        raise ProfileReadOnly(
            profile.get_kind_display(), reason=READ_ONLY.format(profile=profile.name)
        )


def name_to_type(profile: CredentialProfile | None) -> str:
    """The target's name, where a write with `profile` needs it typed; else empty."""
    if profile is None or profile.read_only or profile.environment != Environment.PRODUCTION:
        return ""
    return "" if current_unlock(profile) else profile.target.name


def is_name_of(target: Target, typed: str) -> bool:
    """Whether `typed` is the target's name, but for blanks around it and Unicode's two spellings
    of one letter."""
    return bool(typed) and _spelled(typed) == _spelled(target.name)


def unlock(profile: CredentialProfile, *, typed_name: str) -> None:
    """Let a production profile write for UNLOCKED_SECONDS, and record it. Raises WriteRefused."""
    check_not_read_only(profile)
    if not is_name_of(profile.target, typed_name):
        raise _not_confirmed(profile, typed_name)
    oldest = DatabaseNow() - timedelta(days=settings.CALLS_KEPT_DAYS)
    Unlock.objects.filter(at__lt=oldest).delete()
    Unlock.objects.create(
        user_id=profile.owner_id,
        profile=profile,
        profile_name=profile.name,
        target=profile.target.slug,
        at=DatabaseNow(),
        until=seconds_from_now(UNLOCKED_SECONDS),
    )


def lock_again(profile: CredentialProfile) -> None:
    """End the profile's unlocks now."""
    unlocks = _running(profile.pk).filter(user_id=profile.owner_id, target=profile.target.slug)
    unlocks.update(locked_at=DatabaseNow())


def current_unlock(profile: CredentialProfile) -> Unlock | None:
    """The unlock that counts now, with `seconds_left`; None if the profile is locked.

    One for another target, where the profile led before it was edited, does not count.
    """
    bound_to = profile.owner_id, profile.target.slug
    unlocks = UNLOCKS_OF_PROFILE.rows(profile.pk)
    return next((each for each in unlocks if (each.user_id, each.target) == bound_to), None)


def seconds_left(unlock: Unlock) -> int:
    """Of an unlock that current_unlock() returned."""
    now: datetime = unlock.database_now  # type: ignore[attr-defined]
    return max(0, round((unlock.until - now).total_seconds()))


def latest_unlocks(profile: CredentialProfile) -> list[Unlock]:
    """The newest few, for the profile's page."""
    return list(Unlock.objects.filter(profile_id=profile.pk)[:MAX_SHOWN])


def _not_confirmed(profile: CredentialProfile, typed_name: str) -> TargetNotConfirmed:
    sentence = WRONG_NAME if typed_name.strip() else NOT_TYPED
    return TargetNotConfirmed(
        profile.get_kind_display(), reason=sentence.format(target=profile.target.name)
    )


def _spelled(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())
