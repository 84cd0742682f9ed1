"""Fetching new tokens under a profile's lease: refresh, else sign in, then store.

A refresh token is spent from the moment that its lease is claimed: for DPaaS it is never sent
again, whatever happens (upstreams.md: replaying one may revoke the session). Only a request that
was certainly not sent leaves everything as it was.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from console.database.connection import release_connection
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle.failpoints import fail_point
from console.profiles.lifecycle.grants import refresh_grant, sign_in_grant
from console.profiles.lifecycle.lease import Lease, LeaseLost
from console.profiles.lifecycle.sign_in_limits import (
    note_sign_in,
    seconds_until_profile_may,
    take_slot,
    with_sign_in,
)
from console.profiles.lifecycle.sign_out import end_session
from console.profiles.models import TokenState
from console.upstream.errors import (
    CredentialNeedsOwner,
    CredentialRefused,
    NotSent,
    RateLimited,
    Refused,
    SignInsLimited,
    UpstreamBusy,
    UpstreamError,
)
from console.upstream.network.egress import Egress
from console.upstream.systems import System
from console.upstream.timeline import Timeline
from console.upstream.tokens import AccessToken, TokenSet
from console.vault.sealing import CannotUnseal
from console.vault.secret import Secret

MAX_WAIT_SECONDS = 12.0  # that a caller waits for a token, its own refresh or another
MIN_REFRESH_SECONDS = 4.0  # with less time left, a refresh would be begun and not waited for
MIN_SIGN_IN_SECONDS = 2.0  # that a sign-in gets, however long the refresh took
MIN_BACKOFF_SECONDS = 2.0  # from the end of a failed refresh
MAX_BACKOFF_SECONDS = 600.0  # that an upstream may ask to be left alone
# From the start of one failed refresh to the next; the last one repeats. The first may refresh and
# then sign in, so nine of them, ten minutes, are ten calls at most.
BACKOFF_SECONDS = (5.0, 50.0, 60.0, 70.0, 80.0, 85.0)
# Nothing reached the upstream, so it is not burdened.
BACKOFF_SECONDS_NOT_SENT = (5.0, 15.0, 30.0, 45.0)
CANNOT_OPEN = "The stored credential cannot be decrypted. Edit the profile and enter it again."


@dataclass(frozen=True)
class TokenRefresh:
    """One attempt at new tokens, by the holder of the lease.

    `give_up_at`: when the caller stops waiting, in seconds of time.monotonic(). `forced`: an API
    refused the token before as expired. `by_hand`: a teammate asked for it, and no limit of ours
    holds it back.
    """

    lease: Lease
    egress: Egress
    timeline: Timeline
    give_up_at: float
    forced: bool = False
    by_hand: bool = False
    _began: float = field(default_factory=lambda: time.monotonic())  # tests move `time`

    def token(self) -> AccessToken:
        """Return the new access token; it is stored. Raises UpstreamError, or LeaseLost."""
        try:
            refresh_token = _spendable(self.lease)
            tokens = self._refresh(refresh_token) if refresh_token else None
            if tokens:
                return self._store(tokens, began=self._began)
            return self._sign_in(refreshed=refresh_token is not None)
        except CannotUnseal:
            raise self._cannot_open() from None

    def _refresh(self, refresh_token: Secret) -> TokenSet | None:
        """Return new tokens, or None where signing in is the way on. Raises UpstreamError."""
        release_connection()
        grant = refresh_grant(self.lease.row, refresh_token)
        fail_point("before-refresh")
        try:
            tokens = grant.fetch_token(
                self.egress, timeline=self.timeline, deadline=self._deadline(MIN_REFRESH_SECONDS)
            )
        except NotSent as error:
            # Certainly not sent, so not spent: all is as before.
            self._back_off(self.lease.prior_state, error)
            raise
        except RateLimited as error:
            # Asking in another way at once would only make it worse.
            self._back_off(TokenState.UNKNOWN, error)
            raise
        except UpstreamError as error:
            # Refused, or its answer lost: spent either way. Who took the lease over knows better.
            if not self.lease.held().exists():
                raise LeaseLost from None
            if self._failed_before and not isinstance(error, Refused):
                self._back_off(TokenState.UNKNOWN, error)
                raise
            fail_point("refresh-lost")
            return None
        fail_point("refreshed")
        return tokens

    def _deadline(self, at_least: float) -> float:
        """Seconds for the next call: what the caller still waits, and `at_least` in any case."""
        return min(leases.CALL_SECONDS, max(at_least, self.give_up_at - time.monotonic()))

    @property
    def _failed_before(self) -> bool:
        """Whether this is the second attempt after a failure: then one call is enough."""
        return self.lease.prior_state == TokenState.UNKNOWN and self.lease.row.failures > 0

    def _sign_in(self, *, refreshed: bool) -> AccessToken:
        # Spent is sticky: once a refresh was tried, no failure here makes its token usable again.
        had_tokens = refreshed or self.lease.prior_state != TokenState.EMPTY
        state = TokenState.UNKNOWN if had_tokens else TokenState.EMPTY
        credential = leases.open_credential(self.lease.row)
        self._keep_to_the_limits(state)
        release_connection()
        began = time.monotonic()
        fail_point("before-sign-in")
        try:
            tokens = sign_in_grant(self.lease.row, credential).fetch_token(
                self.egress, timeline=self.timeline, deadline=self._deadline(MIN_SIGN_IN_SECONDS)
            )
        except CredentialRefused as error:
            raise self._needs_owner(error.sentence) from None
        except UpstreamError as error:
            self._back_off(state, error)
            raise
        fail_point("signed-in")
        row = self.lease.row
        recent = with_sign_in(row.recent_sign_ins, now=leases.database_time(row))
        return self._store(tokens, began=began, recent_sign_ins=recent)

    def _keep_to_the_limits(self, state: str) -> None:
        """Raises SignInsLimited where this profile, or all of them, signed in too often of late."""
        row = self.lease.row
        now = leases.database_time(row)
        if self.by_hand:
            note_sign_in(row, now=now)
            return
        seconds = seconds_until_profile_may(row.recent_sign_ins, now=now) or take_slot(row, now=now)
        if not seconds:
            return
        error = SignInsLimited(row.get_kind_display(), retry_after=seconds)
        leases.give_back(
            self.lease,
            state=state,
            last_error=error.sentence_without_advice[:400],
            backoff_until=now + timedelta(seconds=seconds),
        )
        raise error

    def _store(self, tokens: TokenSet, *, began: float, **also: Any) -> AccessToken:
        now = leases.database_time(self.lease.row)
        started_at = now - timedelta(seconds=time.monotonic() - began)
        if self.forced:
            also["forced_at"] = now
        try:
            generation = leases.store(self.lease, tokens, started_at=started_at, **also)
        except LeaseLost:
            end_session(self.lease.row, tokens.refresh_token, self.egress)  # nobody will use it
            raise
        return AccessToken(tokens.access_token, generation)

    def _back_off(self, state: str, error: UpstreamError) -> None:
        """Give the lease back, and leave the upstream alone for a while."""
        row = self.lease.row
        pause = _backoff_after(row.failures, error) - (time.monotonic() - self._began)
        until = leases.database_time(row) + timedelta(seconds=max(pause, MIN_BACKOFF_SECONDS))
        failed = not isinstance(error, UpstreamBusy)  # that is our own limit, and no failure
        leases.give_back(
            self.lease,
            state=state,
            failures=row.failures + failed,
            last_error=error.sentence_without_advice[:400],
            backoff_until=until,
        )

    def _needs_owner(self, sentence: str) -> CredentialNeedsOwner:
        leases.give_back(self.lease, state=TokenState.NEEDS_USER, last_error=sentence[:400])
        return CredentialNeedsOwner(self.lease.row.get_kind_display(), reason=sentence)

    def _cannot_open(self) -> CredentialNeedsOwner:
        """The row stays as it was: the keyset of this process may be the wrong one."""
        leases.give_back(self.lease, state=self.lease.prior_state)
        return CredentialNeedsOwner(self.lease.row.get_kind_display(), reason=CANNOT_OPEN)


def _spendable(lease: Lease) -> Secret | None:
    """Return the refresh token that may be sent under this lease, if there is one.

    After a lost answer it is UNKNOWN whether it was spent. DPaaS may revoke a session whose spent
    token comes again; Dxtra refuses it and harms nothing, so there it is worth another try, in turn
    with signing in, which is dear (upstreams.md).
    """
    row = lease.row
    if row.sealed_tokens is None:
        return None
    in_turn = row.kind == System.DXTRA and (row.failures == 0 or row.failures % 2 == 1)
    return leases.open_tokens(row)[1] if lease.prior_state == TokenState.VALID or in_turn else None


def _backoff_after(failures: int, error: UpstreamError) -> float:
    """Seconds for which an upstream in trouble is left alone, from when the refresh began.

    `failures`: how many there were before this one, in a row.
    """
    backoffs = BACKOFF_SECONDS_NOT_SENT if isinstance(error, NotSent) else BACKOFF_SECONDS
    backoff = backoffs[min(failures, len(backoffs) - 1)]
    return max(backoff, min(error.retry_after or 0.0, MAX_BACKOFF_SECONDS))
