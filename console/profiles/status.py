"""What a profile's row means to its owner, in words."""

from dataclasses import dataclass

from console.profiles.lifecycle.refresh import CANNOT_OPEN
from console.profiles.models import CredentialProfile, TokenState
from console.upstream.errors import (
    CertificateRefused,
    ConnectFailed,
    ConnectionCut,
    HostUnknown,
    TimedOut,
    UpstreamFailed,
)
from console.upstream.tokens import Identity, TokenSet


@dataclass(frozen=True, slots=True)
class Status:
    kind: str  # of a badge (console/web/templatetags/ui.py)
    text: str
    sentence: str


# How a call ended that got no answer to work with, as its record says.
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
        refused = profile.last_error != CANNOT_OPEN
        return Status("bad", "credential refused" if refused else "needs you", profile.last_error)
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


def told(tokens: TokenSet, *, system: str) -> str:
    """What came of a check that went well: who, which roles, how long."""
    who = _who(tokens.identity)
    return f"{system} accepted the credential: {who}the token lasts {lifetime(tokens.expires_in)}."


def lifetime(seconds: float) -> str:
    """How long, in words that are exact enough: "15 minutes", "1 hour", "45 seconds"."""
    for size, unit in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size and (seconds % size == 0 or seconds >= 2 * size):
            count = round(seconds / size)
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "less than a second"


def _who(identity: Identity | None) -> str:
    if identity is None or not identity.name:
        return ""
    if not identity.roles:
        return f"signed in as {identity.name}; "
    default = f" (by default {identity.default_role})" if identity.default_role else ""
    noun = "role" if len(identity.roles) == 1 else "roles"
    return f"signed in as {identity.name}, {noun} {', '.join(identity.roles)}{default}; "
