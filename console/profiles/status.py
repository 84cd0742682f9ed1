"""The state of a profile, and the result of a check, in words for its owner."""

from dataclasses import dataclass

from console.calls.models import OK
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle.refresh import CANNOT_OPEN
from console.profiles.models import CredentialProfile, TokenState
from console.upstream.errors import (
    CertificateRefused,
    ConnectFailed,
    ConnectionCut,
    CredentialNeedsOwner,
    CredentialRefused,
    GatewayRefused,
    HostUnknown,
    TimedOut,
    UpstreamFailed,
    in_words,
)
from console.upstream.tokens import Identity, TokenSet
from console.vault.sealing import CannotUnseal


@dataclass(frozen=True, slots=True)
class Status:
    kind: str  # of a badge (console/web/templatetags/ui.py)
    text: str
    sentence: str


# Outcomes in the record of calls that mean: the upstream could not be reached.
UNREACHABLE = {
    error.kind
    for error in (
        HostUnknown,
        ConnectFailed,
        CertificateRefused,
        TimedOut,
        ConnectionCut,
        GatewayRefused,
        UpstreamFailed,
    )
}

SIGN_IN_REFUSED = {CredentialRefused.kind, CredentialNeedsOwner.kind}
ANSWERED = {OK, "graphql_errors"}


def trouble_of(profile: CredentialProfile) -> Status | None:
    """Why a profile may not work now: by the call that this request has just made with it, else by
    its row alone, which was read `with_clock()`."""
    outcome = profile.outcome_now
    if outcome in ANSWERED:
        return None
    if outcome in SIGN_IN_REFUSED:
        return Status("bad", "Sign-in refused", profile.last_error)
    if outcome in UNREACHABLE:
        return Status("warning", "Unreachable", profile.last_error)
    if profile.state == TokenState.NEEDS_USER:
        return Status("bad", "Sign-in refused", profile.last_error)
    if profile.failures:
        return Status("warning", "Unreachable", profile.last_error)
    if profile.backoff_until and profile.now < profile.backoff_until:
        return Status("warning", "Paused", profile.last_error)
    return None


def status_of(profile: CredentialProfile) -> Status:
    """The state of a profile that was read `with_clock()` and `with_last_outcome()`."""
    trouble = trouble_of(profile)
    if trouble and trouble.kind == "bad":
        return trouble
    if not _opens(profile):
        return Status("bad", "Credential unreadable", CANNOT_OPEN)
    if trouble:
        return trouble
    if getattr(profile, "last_outcome", None) in UNREACHABLE:
        sentence = "The last call got no response. See Calls for details."
        return Status("warning", "Unreachable", sentence)
    if profile.state == TokenState.EMPTY and profile.stored_at is None:
        return Status("quiet", "Not used yet", "The first call signs in.")
    if profile.state == TokenState.EMPTY:
        return Status("quiet", "Session ended", "The next call signs in again.")
    return Status("good", "Ready", "The token is refreshed automatically.")


def _opens(profile: CredentialProfile) -> bool:
    """Whether the sealed values open; a row whose values do not is left unchanged by calls."""
    try:
        leases.open_credential(profile)
        if profile.sealed_tokens is not None:
            leases.open_tokens(profile)
    except CannotUnseal:
        return False
    return True


def accepted_sentence(tokens: TokenSet, *, system: str) -> str:
    """The result of a successful check: signed in as whom, with which roles, for how long."""
    return (
        f"{system} accepted the credential: {_identity_words(tokens.identity)}"
        f"the token lasts {in_words(tokens.expires_in)}."
    )


def _identity_words(identity: Identity | None) -> str:
    if identity is None or not identity.name:
        return ""
    if not identity.roles:
        return f"signed in as {identity.name}; "
    default = f" (default: {identity.default_role})" if identity.default_role else ""
    noun = "role" if len(identity.roles) == 1 else "roles"
    return f"signed in as {identity.name}, {noun} {', '.join(identity.roles)}{default}; "
