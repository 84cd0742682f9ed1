"""The state of a profile, and the result of a check, in words for its owner."""

from dataclasses import dataclass

from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle.refresh import CANNOT_OPEN
from console.profiles.models import CredentialProfile, TokenState
from console.upstream.errors import (
    CertificateRefused,
    ConnectFailed,
    ConnectionCut,
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
        UpstreamFailed,
    )
}


def status_of(profile: CredentialProfile) -> Status:
    """The state of a profile that was read `with_clock()` and `with_last_outcome()`."""
    if profile.state == TokenState.NEEDS_USER:
        return Status("bad", "credential refused", profile.last_error)
    if not _opens(profile):
        return Status("bad", "needs you", CANNOT_OPEN)
    if profile.failures:
        return Status("warning", "upstream unreachable", profile.last_error)
    if profile.backoff_until and profile.now < profile.backoff_until:
        return Status("warning", "paused", profile.last_error)
    if getattr(profile, "last_outcome", None) in UNREACHABLE:
        sentence = "The last call with it got no answer: its line under Calls says more."
        return Status("warning", "upstream unreachable", sentence)
    if profile.state == TokenState.EMPTY and profile.stored_at is None:
        return Status("quiet", "never used", "It signs in by itself at its first call.")
    if profile.state == TokenState.EMPTY:
        return Status("quiet", "signed out", "It signs in by itself at its next call.")
    return Status("good", "ready", "Its token is refreshed by itself when it is needed.")


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
    default = f" (by default {identity.default_role})" if identity.default_role else ""
    noun = "role" if len(identity.roles) == 1 else "roles"
    return f"signed in as {identity.name}, {noun} {', '.join(identity.roles)}{default}; "
