"""The life of an upstream token: who gets which token, and who may fetch a new one.

One row for each profile, one lease in it, compare-and-set, and no lock or transaction across the
wire. The states and what leads out of them are drawn in docs/architecture.md. What a row offers is
computed in availability.py; the guarded UPDATEs are in lease.py; what is done under the lease is in
refresh.py.
"""

import random
import time
from dataclasses import dataclass

from console.database.connection import release_connection
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle.availability import (
    Availability,
    availability_of,
    is_alive,
    is_backing_off,
    is_leased,
    was_forced_lately,
)
from console.profiles.lifecycle.background import refresh_in_background
from console.profiles.lifecycle.lease import LeaseLost
from console.profiles.lifecycle.refresh import (
    CANNOT_OPEN,
    MAX_WAIT_SECONDS,
    MIN_REFRESH_SECONDS,
    TokenRefresh,
)
from console.profiles.models import CredentialProfile
from console.upstream.errors import (
    CredentialNeedsOwner,
    ProfileChanged,
    SignInPaused,
    TokenWaitTimedOut,
)
from console.upstream.network.egress import Egress
from console.upstream.timeline import Timeline
from console.upstream.tokens import AccessToken
from console.vault.sealing import CannotUnseal

POLL_SECONDS = (0.05, 0.25)
MAX_ROW_AGE = 0.02  # seconds; a call may have queued for a slot since its row was read


@dataclass
class ProfileTokens:
    """The tokens of one profile, for one proxied call. A TokenSource.

    `profile` must have been read with its clock (`with_clock()`): it is the first look.
    """

    profile: CredentialProfile
    egress: Egress
    timeline: Timeline

    def access_token(self) -> AccessToken:
        """Return a token that lives. Raises UpstreamError.

        Afterwards no database connection is held: the API is waited for next.
        """
        is_recent = time.monotonic() - self.profile.read_at <= MAX_ROW_AGE
        is_usable = is_recent and self.profile.has_clock
        return self._obtain(self.profile if is_usable else self._read())

    def renew(self, generation: int) -> AccessToken:
        """The API refused `generation` as expired: return a newer token. Raises UpstreamError.

        The same generation comes back where a refresh for the same reason has just not helped:
        the 401 means something else. Like access_token(), it holds no connection afterwards.
        """
        row = self._read()
        if row.generation == generation and is_alive(row) and was_forced_lately(row):
            return self._use(row)
        return self._obtain(row, rejected=generation)

    def proved(self, generation: int) -> None:
        """The API accepted the token that it had made us fetch: its 401 did mean 'expired'."""
        CredentialProfile.objects.filter(
            pk=self.profile.pk, generation=generation, forced_at__isnull=False
        ).update(forced_at=None)

    def refresh_now(self) -> AccessToken:
        """A teammate asks for a new token by hand: neither a backoff nor a limit holds it back."""
        profile = self.profile
        # Before the lease is claimed: that there is no slot is no failure of the upstream.
        with self.egress.acquire(
            profile.auth_url or profile.base_url,
            system=self._system,
            share=str(profile.owner_id),
            timeline=self.timeline,
        ):
            row = self._read()
            return self._obtain(row, rejected=row.generation, by_hand=True)

    @property
    def _system(self) -> str:
        return self.profile.get_kind_display()

    def _obtain(
        self, row: CredentialProfile, *, rejected: int | None = None, by_hand: bool = False
    ) -> AccessToken:
        give_up_at = time.monotonic() + MAX_WAIT_SECONDS
        waiting_since: float | None = None
        while True:
            match availability_of(row, rejected=rejected, by_hand=by_hand):
                case Availability.FRESH:
                    return self._use(row, waiting_since=waiting_since)
                case Availability.STALE:
                    # Alive still: the claim may have taken a while.
                    if self._refresh_in_background(row) and is_alive(row):
                        return self._use(row, waiting_since=waiting_since)
                case Availability.NEEDS_OWNER:
                    raise CredentialNeedsOwner(self._system, reason=row.last_error)
                case Availability.BACKING_OFF:
                    raise self._paused(row)
                case Availability.LEASED:
                    waiting_since = waiting_since or time.monotonic()
                    self._wait(give_up_at)
                case Availability.EXPIRED:
                    self._check_time_left(give_up_at, MIN_REFRESH_SECONDS)
                    forced = rejected is not None and not by_hand
                    token = self._refresh(row, give_up_at, forced=forced, by_hand=by_hand)
                    if token:
                        return token
            row = self._read()

    def _refresh(
        self, row: CredentialProfile, give_up_at: float, *, forced: bool, by_hand: bool
    ) -> AccessToken | None:
        """Claim the lease and fetch a token. None where somebody else was first, or took over."""
        lease = leases.claim(row)
        if lease is None:
            return None
        refresh = TokenRefresh(
            lease, self.egress, self.timeline, give_up_at, forced=forced, by_hand=by_hand
        )
        try:
            token = refresh.token()
        except LeaseLost:
            return None
        release_connection()
        return token

    def _refresh_in_background(self, row: CredentialProfile) -> bool:
        """Begin a refresh beside the call, unless one is under way or may not be begun now.

        False where the row has changed since it was read: its token may be another's by now.
        """
        if is_leased(row) or is_backing_off(row):
            return True
        lease = leases.claim(row)
        if lease is None:
            return False
        refresh_in_background(lease, self.egress)
        return True

    def _wait(self, give_up_at: float) -> None:
        """Wait a moment for the refresh of somebody else, holding no database connection."""
        self._check_time_left(give_up_at, 0.0)
        release_connection()
        time.sleep(random.uniform(*POLL_SECONDS))  # noqa: S311

    def _check_time_left(self, give_up_at: float, seconds: float) -> None:
        """Raises TokenWaitTimedOut where fewer than `seconds` are left."""
        left = give_up_at - time.monotonic()
        if left < seconds:
            waited = MAX_WAIT_SECONDS - left
            self.timeline.note("waited for token", waited * 1000)
            raise TokenWaitTimedOut(self._system, seconds=round(waited))

    def _paused(self, row: CredentialProfile) -> SignInPaused:
        assert row.backoff_until
        seconds = (row.backoff_until - leases.database_time(row)).total_seconds()
        return SignInPaused(self._system, reason=row.last_error, retry_after=seconds)

    def _use(self, row: CredentialProfile, *, waiting_since: float | None = None) -> AccessToken:
        try:
            access, _ = leases.open_tokens(row)
        except CannotUnseal:
            # The row stays as it is: the keyset of this process may be the wrong one.
            raise CredentialNeedsOwner(self._system, reason=CANNOT_OPEN) from None
        if waiting_since is None:
            self.timeline.note("token reused")
        else:
            self.timeline.note("waited for token", (time.monotonic() - waiting_since) * 1000)
        release_connection()
        return AccessToken(access, row.generation)

    def _read(self) -> CredentialProfile:
        row = leases.read(self.profile.pk)
        if row is None or row.signs_in != self.profile.signs_in:
            # Its token belongs to another address, user or organization than the call.
            raise ProfileChanged(self._system)
        return row
