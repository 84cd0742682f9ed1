"""The guarded UPDATEs of the token lifecycle: claim the lease, store what came, give it back.

Every write names the owner and the epoch of the lease that it was made under, so a holder that was
stopped past the lease's end writes nothing. No function here calls an upstream, and none opens a
transaction: each statement commits by itself.
"""

import json
import random
import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q

from console.database.clock import DatabaseNow, seconds_from_now
from console.database.compiled import CompiledQuery
from console.profiles.lifecycle.failpoints import fail_point
from console.profiles.models import CredentialProfile, CredentialProfileQuerySet, TokenState
from console.upstream.tokens import TokenSet
from console.vault.sealing import seal, unseal
from console.vault.secret import Secret

CALL_SECONDS = settings.TOKEN_CALL_SECONDS  # for one call to an auth server, in all
LEASE_SECONDS = settings.LEASE_SECONDS
ADVISORY_SECONDS = 300.0  # a token is refreshed when less than this is left, or a third of its life
ADVISORY_JITTER = 0.2

PROFILE = CompiledQuery(
    lambda profile: CredentialProfile.objects.with_clock().filter(pk=profile).order_by()
)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to spend a profile's refresh token, or to sign in for it, until given back."""

    row: CredentialProfile  # as it was when claimed
    owner: uuid.UUID
    epoch: int

    def held(self) -> CredentialProfileQuerySet:
        return CredentialProfile.objects.filter(
            pk=self.row.pk,
            state=TokenState.REFRESHING,
            lease_owner=self.owner,
            lease_epoch=self.epoch,
        )

    @property
    def prior_state(self) -> str:
        """The state that the lease was claimed in. A lease that ran out left UNKNOWN behind."""
        return TokenState.UNKNOWN if self.row.state == TokenState.REFRESHING else self.row.state


class LeaseLost(Exception):
    """Somebody else took over; what we hold is dropped, and the row is read again."""


def read(profile_id: uuid.UUID) -> CredentialProfile | None:
    """Return the row with the database's time in `.now`, or None where it was deleted."""
    return PROFILE.first(profile_id)


def claim(row: CredentialProfile) -> Lease | None:
    """Claim the lease in one conditional UPDATE; None where somebody else was first.

    Once this has committed, the refresh token in the row counts as spent.
    """
    fail_point("before-claim")
    lease = Lease(row=row, owner=uuid.uuid4(), epoch=row.lease_epoch + 1)
    claimed = (
        CredentialProfile.objects.filter(
            Q(lease_until=None) | Q(lease_until__lt=DatabaseNow()),
            pk=row.pk,
            generation=row.generation,
            lease_epoch=row.lease_epoch,
            backoff_until=row.backoff_until,  # a late holder may have set it since the row was read
        )
        .exclude(state=TokenState.NEEDS_USER)
        .update(
            state=TokenState.REFRESHING,
            lease_owner=lease.owner,
            lease_epoch=lease.epoch,
            lease_until=seconds_from_now(LEASE_SECONDS),
        )
    )
    if not claimed:
        return None
    fail_point("claimed")
    return lease


def store(lease: Lease, tokens: TokenSet, *, started_at: datetime, **also: Any) -> int:
    """Store one answer's tokens and end the lease; return the new generation. Raises LeaseLost.

    `started_at`: when our request began, on the database's clock; the token's life counts from it.
    """
    generation = lease.row.generation + 1
    stored = lease.held().update(
        generation=generation, **fresh_columns(lease.row, tokens, started_at=started_at), **also
    )
    if not stored:
        raise LeaseLost
    fail_point("stored")
    return generation


def fresh_columns(
    profile: CredentialProfile, tokens: TokenSet, *, started_at: datetime
) -> dict[str, Any]:
    """The columns of a profile whose tokens have just come. The bundle is sealed whole."""
    life = tokens.expires_in
    jitter = random.uniform(1 - ADVISORY_JITTER, 1 + ADVISORY_JITTER)  # noqa: S311
    advisory = min(ADVISORY_SECONDS, life / 3) * jitter
    identity = tokens.identity
    return {
        "state": TokenState.VALID,
        "sealed_tokens": seal(_bundle(tokens), context=profile.sealing_context("tokens")),
        "stored_at": started_at,
        "advisory_refresh_at": started_at + timedelta(seconds=life - advisory),
        "access_expires_at": started_at + timedelta(seconds=life),
        "lease_owner": None,
        "lease_until": None,
        "backoff_until": None,
        "failures": 0,
        "last_error": "",
        "identity": {
            "name": identity.name,
            "roles": list(identity.roles),
            "default_role": identity.default_role,
        }
        if identity
        else profile.identity,
    }


def give_back(lease: Lease, *, state: str, **columns: Any) -> None:
    """End the lease without tokens. Raises LeaseLost."""
    ended = lease.held().update(state=state, lease_owner=None, lease_until=None, **columns)
    if not ended:
        raise LeaseLost


def empty_columns() -> dict[str, Any]:
    """The columns of a profile that has a credential and no tokens, whatever it had before.

    With a new generation and epoch, the holder of a lease or of an old read is too late.
    """
    return {
        "state": TokenState.EMPTY,
        "generation": F("generation") + 1,
        "lease_epoch": F("lease_epoch") + 1,
        "sealed_tokens": None,
        "advisory_refresh_at": None,
        "access_expires_at": None,
        "lease_owner": None,
        "lease_until": None,
        "backoff_until": None,
        "failures": 0,
        "last_error": "",
        "recent_sign_ins": [],
        "forced_at": None,
    }


def open_tokens(row: CredentialProfile) -> tuple[Secret, Secret | None]:
    """Return (access token, refresh token or None). Raises CannotUnseal."""
    bundle = json.loads(
        unseal(bytes(row.sealed_tokens or b""), context=row.sealing_context("tokens")).reveal()
    )
    refresh = bundle["refresh"]
    return Secret(bundle["access"]), Secret(refresh) if refresh else None


def open_credential(row: CredentialProfile) -> Secret:
    """Return the personal access token or the password. Raises CannotUnseal."""
    return unseal(bytes(row.sealed_credential), context=row.sealing_context("credential"))


def seal_credential(profile: CredentialProfile, secret: Secret) -> bytes:
    return seal(secret, context=profile.sealing_context("credential"))


def database_time(row: CredentialProfile) -> datetime:
    """The database's time now: what it was when `row` was read, and what has passed since."""
    return row.now + timedelta(seconds=time.monotonic() - row.read_at)


def _bundle(tokens: TokenSet) -> Secret:
    refresh = tokens.refresh_token.reveal() if tokens.refresh_token else None
    return Secret(json.dumps({"access": tokens.access_token.reveal(), "refresh": refresh}))
