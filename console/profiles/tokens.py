"""The life of an upstream token: who gets which token, and who may fetch a new one.

One row for each profile, one lease in it, compare-and-set, and no lock or transaction across the
wire. The states and their ways out are drawn in docs/architecture.md; the guarded UPDATEs are in
console/profiles/lease.py. A refresh token is spent from the moment that its lease is claimed: for
DPaaS it is never sent again, whatever happens (upstreams.md: replaying one may revoke the session).
"""

import random
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.profiles import lease as leases
from console.profiles.grants import refresh_grant, sign_in_grant
from console.profiles.lease import Lease, LeaseLost
from console.profiles.models import CredentialProfile, Kind, TokenState
from console.profiles.slots import (
    note_sign_in,
    seconds_until_profile_may,
    take_slot,
    with_sign_in,
)
from console.upstream.egress import Egress
from console.upstream.errors import (
    CredentialNeedsOwner,
    CredentialRefused,
    NotSent,
    ProfileChanged,
    RateLimited,
    Refused,
    SignInPaused,
    SignInsLimited,
    TokenWaitTimedOut,
    UpstreamError,
)
from console.upstream.timeline import Timeline
from console.upstream.tokens import AccessToken, TokenSet
from console.vault.sealing import CannotUnseal
from console.vault.secret import Secret

LONGEST_WAIT = 12.0  # seconds that a caller waits for a token, whoever fetches it
POLL = (0.05, 0.25)
FORCED_PAUSE = timedelta(seconds=60)  # a 401 that means 'forbidden' must not become a storm
SHORTEST_SIGN_IN = 2.0
CANNOT_OPEN = "The stored credential cannot be opened. Edit the profile and type its secret again."


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
        leases.let_go_of_the_database()
        return token

    def renew(self, generation: int) -> AccessToken:
        """The API refused `generation` as expired: return a newer token. Raises UpstreamError.

        The same generation comes back where a refresh for the same reason has just not helped:
        the 401 means something else. Like access_token(), it holds no connection afterwards.
        """
        token = self._obtain(rejected=generation)
        leases.let_go_of_the_database()
        return token

    def proved(self, generation: int) -> None:
        """The API accepted the token that it had made us fetch: its 401 did mean 'expired'."""
        CredentialProfile.objects.filter(
            pk=self.profile.pk, generation=generation, forced_at__isnull=False
        ).update(forced_at=None)

    def refresh_now(self) -> AccessToken:
        """A teammate asks for a new token by hand: neither a pause nor a limit holds it back."""
        return self._obtain(rejected=self._read().generation, by_hand=True)

    @property
    def _system(self) -> str:
        return self.profile.get_kind_display()

    # --- who fetches ---

    def _obtain(self, *, rejected: int | None, by_hand: bool = False) -> AccessToken:
        give_up_at = time.monotonic() + LONGEST_WAIT
        waiting_since: float | None = None
        row = self._row or self.profile
        if rejected is not None:
            row = self._read()
        while True:
            self._check(row)
            spare = self._spare(row, rejected)
            if spare and (rejected is not None or not _due(row)):
                return self._use(row, waiting_since)
            if row.generation == rejected and not by_hand and _forced_lately(row):
                return self._use(row, waiting_since)
            if not _leased(row):
                if _paused(row) and not by_hand:
                    if spare:
                        return self._use(row, waiting_since)
                    raise SignInPaused(
                        self._system,
                        reason=row.trouble,
                        retry_after=_seconds_left(row.not_before, row),
                    )
                token = self._try_to_fetch(row, rejected=rejected, by_hand=by_hand, spare=spare)
                if token:
                    return token
            elif spare and leases.database_time(row) < _moment(row.wait_after):
                return self._use(row, waiting_since)
            waiting_since = waiting_since or time.monotonic()
            self._pause(give_up_at)
            row = self._read()

    def _spare(self, row: CredentialProfile, rejected: int | None) -> bool:
        """Is there a token in the row that has not run out, nor been refused?"""
        if row.sealed_tokens is None or row.generation == rejected:
            return False
        return leases.database_time(row) < _moment(row.access_expires_at)

    def _try_to_fetch(
        self, row: CredentialProfile, *, rejected: int | None, by_hand: bool, spare: bool
    ) -> AccessToken | None:
        """Claim and fetch. None where somebody else was first, or has overtaken us."""
        lease = leases.claim(row)
        if lease is None:
            return None
        leases.let_go_of_the_database()
        try:
            return self._fetch(lease, forced=rejected is not None, by_hand=by_hand)
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

    def _pause(self, give_up_at: float) -> None:
        if time.monotonic() > give_up_at:
            raise TokenWaitTimedOut(self._system, seconds=LONGEST_WAIT)
        leases.let_go_of_the_database()
        time.sleep(random.uniform(*POLL))  # noqa: S311

    # --- fetching, under the lease ---

    def _fetch(self, lease: Lease, *, forced: bool, by_hand: bool) -> AccessToken:
        started = time.monotonic()
        try:
            refresh_token = _spendable(lease)
            if refresh_token:
                tokens = self._refresh(lease, refresh_token)
                if tokens:
                    return self._store(lease, tokens, started, forced=forced)
            tried_refresh = refresh_token is not None
            return self._sign_in(
                lease, after=started, forced=forced, by_hand=by_hand, refreshed=tried_refresh
            )
        except CannotUnseal:
            leases.give_back(lease, state=TokenState.NEEDS_USER, trouble=CANNOT_OPEN)
            raise CredentialNeedsOwner(self._system, reason=CANNOT_OPEN) from None

    def _refresh(self, lease: Lease, refresh_token: Secret) -> TokenSet | None:
        """Return new tokens, or None where signing in is the way on. Raises UpstreamError."""
        grant = refresh_grant(lease.row, refresh_token)
        try:
            return grant.fetch_token(
                self.egress, timeline=self.timeline, deadline=leases.UPSTREAM_CALL
            )
        except NotSent as error:
            # Certainly not sent, so not spent: all is as before.
            self._give_back(lease, lease.prior_state, error)
            raise
        except RateLimited as error:
            # Asking in another way at once would only make it worse.
            self._give_back(lease, TokenState.UNKNOWN, error)
            raise
        except UpstreamError:
            # Refused, or its answer lost: spent either way. Who overtook us may know better.
            if not lease.held().exists():
                raise LeaseLost from None
            return None

    def _sign_in(
        self, lease: Lease, *, after: float, forced: bool, by_hand: bool, refreshed: bool
    ) -> AccessToken:
        # Spent is sticky: once a refresh was tried, no failure here makes its token usable again.
        never_had_tokens = lease.prior_state == TokenState.EMPTY and not refreshed
        state = TokenState.EMPTY if never_had_tokens else TokenState.UNKNOWN
        credential = leases.open_credential(lease.row)
        self._take_a_sign_in(lease, state, by_hand=by_hand)
        leases.let_go_of_the_database()
        began = time.monotonic()
        left = max(SHORTEST_SIGN_IN, LONGEST_WAIT - 0.5 - (began - after))
        grant = sign_in_grant(lease.row, credential)
        try:
            tokens = grant.fetch_token(
                self.egress, timeline=self.timeline, deadline=min(leases.UPSTREAM_CALL, left)
            )
        except CredentialRefused as error:
            leases.give_back(lease, state=TokenState.NEEDS_USER, trouble=error.sentence[:400])
            raise CredentialNeedsOwner(self._system, reason=error.sentence) from None
        except UpstreamError as error:
            self._give_back(lease, state, error)
            raise
        recent = with_sign_in(lease.row.recent_sign_ins, now=leases.database_time(lease.row))
        return self._store(lease, tokens, began, forced=forced, recent_sign_ins=recent)

    def _take_a_sign_in(self, lease: Lease, state: str, *, by_hand: bool) -> None:
        """Raises SignInsLimited where this profile, or all of them, signed in too often of late."""
        now = leases.database_time(lease.row)
        if by_hand:
            note_sign_in(lease.row, now=now)
            return
        seconds = seconds_until_profile_may(lease.row.recent_sign_ins, now=now)
        seconds = seconds or take_slot(lease.row, now=now)
        if not seconds:
            return
        error = SignInsLimited(self._system, retry_after=seconds)
        leases.give_back(
            lease,
            state=state,
            not_before=now + timedelta(seconds=seconds),
            trouble=error.sentence[:400],
        )
        raise error

    def _store(
        self,
        lease: Lease,
        tokens: TokenSet,
        started: float,
        *,
        forced: bool,
        recent_sign_ins: list[float] | None = None,
    ) -> AccessToken:
        also: dict[str, object] = (
            {} if recent_sign_ins is None else {"recent_sign_ins": recent_sign_ins}
        )
        now = leases.database_time(lease.row)
        seconds = time.monotonic() - started
        if forced:
            also["forced_at"] = now
        generation = leases.store(
            lease, tokens, started_at=now - timedelta(seconds=seconds), **also
        )
        return AccessToken(tokens.access_token, generation)

    def _give_back(self, lease: Lease, state: str, error: UpstreamError) -> None:
        failures = lease.row.failures + 1
        pause = _pause_after(failures, error)
        leases.give_back(
            lease,
            state=state,
            failures=failures,
            trouble=error.sentence[:400],
            not_before=leases.database_time(lease.row) + timedelta(seconds=pause),
        )

    # --- reading ---

    def _read(self) -> CredentialProfile:
        row = leases.read(self.profile.pk)
        if row is None or row.addresses != self.profile.addresses:
            # Its token belongs to another address than the call that asked for it.
            raise ProfileChanged(self._system)
        self._row = row
        return row

    def _check(self, row: CredentialProfile) -> None:
        if row.state == TokenState.NEEDS_USER:
            raise CredentialNeedsOwner(self._system, reason=row.trouble)

    def _cannot_open(self, row: CredentialProfile) -> CredentialNeedsOwner:
        CredentialProfile.objects.filter(
            pk=row.pk, generation=row.generation, lease_epoch=row.lease_epoch
        ).update(state=TokenState.NEEDS_USER, trouble=CANNOT_OPEN)
        return CredentialNeedsOwner(self._system, reason=CANNOT_OPEN)


def _spendable(lease: Lease) -> Secret | None:
    """Return the refresh token that may be sent under this lease, if there is one.

    After a lost answer it is UNKNOWN whether it was spent. DPaaS may revoke a session whose spent
    token comes again; Dxtra refuses it and harms nothing, so there it is worth one more try.
    """
    if lease.row.sealed_tokens is None:
        return None
    if lease.prior_state == TokenState.VALID or lease.row.kind == Kind.DXTRA:
        return leases.open_tokens(lease.row)[1]
    return None


def _pause_after(failures: int, error: UpstreamError) -> float:
    """Seconds for which an upstream in trouble is left alone: 5, 15, 45, then 60."""
    asked = getattr(error, "retry_after", None)
    if isinstance(error, Refused) and asked:
        return float(min(max(asked, 1.0), 600.0))
    return float(min(60.0, 5.0 * 3 ** min(failures - 1, 3)))


def _moment(value: datetime | None) -> datetime:
    if value is None:
        raise AssertionError("a profile with tokens has their times")
    return value


def _due(row: CredentialProfile) -> bool:
    """Is it time to refresh: inside the advisory window, or the tokens' fate unknown?"""
    return leases.database_time(row) >= _moment(row.refresh_after)


def _leased(row: CredentialProfile) -> bool:
    return row.lease_until is not None and row.now < row.lease_until


def _paused(row: CredentialProfile) -> bool:
    return row.not_before is not None and leases.database_time(row) < row.not_before


def _forced_lately(row: CredentialProfile) -> bool:
    return row.forced_at is not None and leases.database_time(row) < row.forced_at + FORCED_PAUSE


def _seconds_left(moment: datetime | None, row: CredentialProfile) -> float:
    return (_moment(moment) - leases.database_time(row)).total_seconds()
