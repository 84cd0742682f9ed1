"""The life of an upstream token: who gets which token, and who may fetch a new one.

One row for each profile, one lease in it, compare-and-set, and no lock or transaction across the
wire. The states and their ways out are drawn in docs/architecture.md; the guarded UPDATEs are in
console/profiles/lifecycle/lease.py, and what is done under the lease in console/profiles/lifecycle/refresh.py.
"""

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.database.connection import release_connection
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle.lease import LeaseLost
from console.profiles.lifecycle.refresh import CANNOT_OPEN, MIN_REFRESH_SECONDS, TokenRefresh
from console.profiles.models import CredentialProfile, TokenState
from console.upstream.errors import (
    CredentialNeedsOwner,
    ProfileChanged,
    SignInPaused,
    TokenUnavailable,
    TokenWaitTimedOut,
    UpstreamError,
)
from console.upstream.network.egress import Egress
from console.upstream.timeline import Timeline
from console.upstream.tokens import AccessToken
from console.vault.sealing import CannotUnseal

LONGEST_WAIT = 12.0  # seconds that a caller waits for a token, whoever fetches it
POLL = (0.05, 0.25)
OLD = 0.02  # seconds: a place may have been waited for, and much may have happened since
MIN_FORCED_REFRESH_INTERVAL = timedelta(
    seconds=60
)  # a 401 that means 'forbidden' must not become a storm


@dataclass
class ProfileTokens:
    """The tokens of one profile, for one proxied call. A TokenSource.

    `profile` must have been read with its clock (`with_clock()`): it is the first look.
    """

    profile: CredentialProfile
    egress: Egress
    timeline: Timeline
    _row: CredentialProfile | None = field(default=None, repr=False)

    def access_token(self) -> AccessToken:
        """Return a token that is good now. Raises UpstreamError.

        Afterwards no database connection is held: the API is waited for next.
        """
        token = self._obtain(rejected=None)
        release_connection()
        return token

    def renew(self, generation: int) -> AccessToken:
        """The API refused `generation` as expired: return a newer token. Raises UpstreamError.

        The same generation comes back where a refresh for the same reason has just not helped:
        the 401 means something else. Like access_token(), it holds no connection afterwards.
        """
        token = self._obtain(rejected=generation)
        release_connection()
        return token

    def proved(self, generation: int) -> None:
        """The API accepted the token that it had made us fetch: its 401 did mean 'expired'."""
        CredentialProfile.objects.filter(
            pk=self.profile.pk, generation=generation, forced_at__isnull=False
        ).update(forced_at=None)

    def refresh_now(self) -> AccessToken:
        """A teammate asks for a new token by hand: neither a pause nor a limit holds it back."""
        profile = self.profile
        # Before the lease is claimed: that there is no place is no failure of the upstream.
        with self.egress.acquire(
            profile.auth_url or profile.base_url, system=self._system, timeline=self.timeline
        ):
            return self._obtain(rejected=self._read().generation, by_hand=True)

    @property
    def _system(self) -> str:
        return self.profile.get_kind_display()

    # --- who fetches ---

    def _obtain(self, *, rejected: int | None, by_hand: bool = False) -> AccessToken:
        give_up_at = time.monotonic() + LONGEST_WAIT
        waiting_since: float | None = None
        row = self._read() if rejected is not None else self._row or self.profile
        while True:
            self._check(row)
            spare = self._spare(row, rejected)
            if spare and (rejected is not None or not _due(row)):
                return self._use(row, waiting_since)
            if row.generation == rejected and not by_hand and _forced_lately(row):
                return self._use(row, waiting_since)
            held_back = self._held_back(row, give_up_at, by_hand=by_hand)
            if held_back:
                if spare:
                    return self._use(row, waiting_since)
                raise held_back
            leased = _leased(row)
            if leased and spare and leases.database_time(row) < _moment(row.mandatory_refresh_at):
                return self._use(row, waiting_since)
            if time.monotonic() - row.read_at > OLD:
                # Costs less than a wait in vain, or a claim that is too late.
                row = self._read()
                continue
            if not leased:
                token = self._try_to_fetch(row, rejected, give_up_at, by_hand=by_hand, spare=spare)
                if token:
                    return token
                row = self._read()  # somebody was faster: look at once what they are about
                continue
            waiting_since = waiting_since or time.monotonic()
            release_connection()
            time.sleep(random.uniform(*POLL))  # noqa: S311
            row = self._read()

    def _held_back(
        self, row: CredentialProfile, give_up_at: float, *, by_hand: bool
    ) -> TokenUnavailable | None:
        """Why nothing more is done for a new token now, if so; a spare one is used then."""
        left = give_up_at - time.monotonic()
        if left < (0 if _leased(row) else MIN_REFRESH_SECONDS):
            return TokenWaitTimedOut(self._system, seconds=LONGEST_WAIT)
        if by_hand or _leased(row) or not _paused(row):
            return None
        seconds = _seconds_left(row.backoff_until, row)
        return SignInPaused(self._system, reason=row.last_error, retry_after=seconds)

    def _spare(self, row: CredentialProfile, rejected: int | None) -> bool:
        """Is there a token in the row that has not run out, nor been refused?"""
        if row.sealed_tokens is None or row.generation == rejected:
            return False
        return leases.database_time(row) < _moment(row.access_expires_at)

    def _try_to_fetch(
        self,
        row: CredentialProfile,
        rejected: int | None,
        give_up_at: float,
        *,
        by_hand: bool,
        spare: bool,
    ) -> AccessToken | None:
        """Claim and fetch. None where somebody else was first, or has overtaken us."""
        lease = leases.claim(row)
        if lease is None:
            return None
        forced = rejected is not None and not by_hand
        fetch = TokenRefresh(
            lease, self.egress, self.timeline, give_up_at, forced=forced, by_hand=by_hand
        )
        try:
            return fetch.token()
        except LeaseLost:
            return None
        except CredentialNeedsOwner:
            raise
        except UpstreamError:
            # The upstream is in trouble; the token that we have is used until it truly runs out.
            if spare and self._spare(row, rejected):
                return self._use(row, None)
            raise

    def _use(self, row: CredentialProfile, waiting_since: float | None) -> AccessToken:
        try:
            access, _ = leases.open_tokens(row)
        except CannotUnseal:
            raise self._cannot_open(row) from None
        if waiting_since is None:
            self.timeline.note("token reused")
        else:
            self.timeline.note("token waited for", (time.monotonic() - waiting_since) * 1000)
        return AccessToken(access, row.generation)

    # --- reading ---

    def _read(self) -> CredentialProfile:
        return self._own(leases.read(self.profile.pk))

    def _own(self, row: CredentialProfile | None) -> CredentialProfile:
        if row is None or row.addresses != self.profile.addresses:
            # Its token belongs to another address than the call that asked for it.
            raise ProfileChanged(self._system)
        self._row = row
        return row

    def _check(self, row: CredentialProfile) -> None:
        if row.state == TokenState.NEEDS_USER:
            raise CredentialNeedsOwner(self._system, reason=row.last_error)

    def _cannot_open(self, row: CredentialProfile) -> CredentialNeedsOwner:
        CredentialProfile.objects.filter(
            pk=row.pk, generation=row.generation, lease_epoch=row.lease_epoch
        ).update(state=TokenState.NEEDS_USER, last_error=CANNOT_OPEN)
        return CredentialNeedsOwner(self._system, reason=CANNOT_OPEN)


def _moment(value: datetime | None) -> datetime:
    if value is None:
        raise AssertionError("a profile with tokens has their times")
    return value


def _due(row: CredentialProfile) -> bool:
    """Is it time to refresh: inside the advisory window?"""
    return leases.database_time(row) >= _moment(row.advisory_refresh_at)


def _leased(row: CredentialProfile) -> bool:
    return row.lease_until is not None and row.now < row.lease_until


def _paused(row: CredentialProfile) -> bool:
    return row.backoff_until is not None and leases.database_time(row) < row.backoff_until


def _forced_lately(row: CredentialProfile) -> bool:
    return (
        row.forced_at is not None
        and leases.database_time(row) < row.forced_at + MIN_FORCED_REFRESH_INTERVAL
    )


def _seconds_left(moment: datetime | None, row: CredentialProfile) -> float:
    return (_moment(moment) - leases.database_time(row)).total_seconds()
