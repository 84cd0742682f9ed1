"""How often we sign in by ourselves: few times an hour for a profile, few in five minutes at all.

Sources: upstreams.md, "sign-in is dear" (Nhost Auth: 10 in 5 minutes from one address, then 429).
"""

from datetime import datetime, timedelta

from console.database.clock import DatabaseNow
from console.profiles.models import CredentialProfile, SignInSlot
from console.upstream.network.origins import parse_url

MAX_SIGN_INS_PER_HOUR = 5  # by ourselves, for one profile
MAX_SIGN_INS_PER_SERVER = (
    6  # by ourselves, over all profiles of one Dxtra auth server, in SLOT_SECONDS
)
SLOT_SECONDS = 300

LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def seconds_until_profile_may(recent: list[float], *, now: datetime) -> float:
    """Return how long a profile with these recent sign-ins must wait; 0 where it need not."""
    last_hour = [moment for moment in recent if moment > now.timestamp() - 3600]
    if len(last_hour) < MAX_SIGN_INS_PER_HOUR:
        return 0.0
    return last_hour[-MAX_SIGN_INS_PER_HOUR] + 3600 - now.timestamp()


def with_sign_in(recent: list[float], *, now: datetime) -> list[float]:
    """Return `recent` with one sign-in more, and no more than are ever looked at."""
    return [*recent, now.timestamp()][-MAX_SIGN_INS_PER_HOUR:]


def take_slot(profile: CredentialProfile, *, now: datetime) -> float:
    """Take one of the auth server's slots; return 0, or the seconds until the next one is free.

    `now` is the database's time. DPaaS counts nothing that we know of, and needs no slot.
    """
    if not profile.auth_url:
        return 0.0
    slots = SignInSlot.objects.filter(auth_origin=_origin(profile.auth_url))
    free_before = now - timedelta(seconds=SLOT_SECONDS)
    for slot in _all_slots(profile):
        if slot.used_at >= free_before:
            continue
        # Of two that saw the slot free, one updates nothing.
        if slots.filter(pk=slot.pk, used_at__lt=free_before).update(used_at=DatabaseNow()):
            return 0.0
    oldest = min(slots.values_list("used_at", flat=True))
    return max(1.0, (oldest - free_before).total_seconds())


def note_sign_in(profile: CredentialProfile, *, now: datetime) -> None:
    """A teammate signed in by hand: never held back, but it takes a slot where one is free."""
    take_slot(profile, now=now)


def _all_slots(profile: CredentialProfile) -> list[SignInSlot]:
    origin = _origin(profile.auth_url)
    slots = list(SignInSlot.objects.filter(auth_origin=origin).order_by("used_at"))
    if len(slots) < MAX_SIGN_INS_PER_SERVER:
        SignInSlot.objects.bulk_create(
            [
                SignInSlot(auth_origin=origin, number=n, used_at=LONG_AGO)
                for n in range(MAX_SIGN_INS_PER_SERVER)
            ],
            ignore_conflicts=True,
        )
        slots = list(SignInSlot.objects.filter(auth_origin=origin).order_by("used_at"))
    return slots


def _origin(url: str) -> str:
    """One spelling for each server: with ":443" or in capitals it is the same one."""
    return str(parse_url(url)[0])
