"""Everything that can go wrong between the console and an upstream: one tree.

    UpstreamError
      NotSent                 nothing reached the upstream; safe to send again
        TargetRefused         the address or the request is not one that may be sent
          AddressRefused      the host's IP address is inside the network, or none to be called
        HostUnknown           the host name has no address
        ConnectFailed         refused, unreachable, or no connection in time
        CertificateRefused    the host could not prove who it is
        UpstreamBusy          too many calls to this upstream are under way
      AnswerLost              the request may have been carried out
        TimedOut              the total deadline passed after sending began
        ConnectionCut         reset, half an answer, or nothing at all
      AnswerUnusable          an answer came that cannot be used; a write may have been carried out
        AnswerTooLarge        more bytes than the cap
        AnswerUnreadable      a web page, no JSON, or another shape than expected
        Redirected            3xx: never followed
      Refused                 the upstream said no, and did nothing
        CredentialRefused     a sign-in or a refresh was refused
        AccessExpired         401, also after the one repeat with a new token
        Forbidden             403
        NotFound              404
        Conflict              409
        ValidationFailed      422; `details` maps fields to messages
        RateLimited           429; `retry_after`
        RequestRefused        any other 4xx
      UpstreamFailed          5xx; a write may have been carried out; `retry_after`
      TokenUnavailable        no access token to be had now
        CredentialNeedsOwner  the stored credential was refused: its owner must edit it
        TokenWaitTimedOut     somebody else's refresh did not end in time
        SignInsLimited        as many automatic sign-ins as are allowed; `retry_after`
        SignInPaused          the upstream is left alone for a while after a failure; `retry_after`
        ProfileChanged        the profile was edited or deleted while the call was under way

A sentence names the system and the host, and may quote the upstream (`said`, masked and bounded by
console.upstream.answers); it never holds a secret or a URL with a query.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar, TypedDict

LOOK_FIRST = "It may have been done all the same: look before you try again."


class Facts(TypedDict):
    """What every error of one request has in common."""

    system: str
    host: str
    changes: bool


class UpstreamError(Exception):
    """A failed call to an upstream.

    `kind` is the machine word of the call record; `retryable` says whether trying again later may
    help; `may_have_happened` whether a write may have been carried out in spite of the error.
    """

    kind: ClassVar[str] = "upstream_error"
    retryable: ClassVar[bool] = False
    possibly_done: ClassVar[bool] = False
    profile_helps: ClassVar[bool] = False  # the way on is on the profile's own page

    # The sentence: what happened, what to do, and what to do instead where a write is in doubt.
    told: ClassVar[str] = "The call to {system} failed."
    advice: ClassVar[str] = "Try again; if it stays so, tell whoever runs it."
    advice_in_doubt: ClassVar[str] = LOOK_FIRST
    usual_wait: ClassVar[str] = "in a minute"

    def __init__(
        self,
        system: str,
        *,
        host: str = "",
        reason: str = "",
        said: str = "",
        status: int | None = None,
        seconds: float | None = None,
        retry_after: float | None = None,
        details: Mapping[str, list[str]] | None = None,
        changes: bool = False,
    ) -> None:
        """`system`: "DPaaS" or "Dxtra" (or a host); `host`: with its port where that is not the
        scheme's; `said`: the upstream's own words, already masked; `seconds`: the limit that
        passed; `retry_after`: seconds; `changes`: the request was a write.
        """
        self.system = system
        self.host = host
        self.reason = reason
        self.said = said
        self.status = status
        self.seconds = seconds
        self.retry_after = retry_after
        self.details: dict[str, list[str]] = dict(details or {})
        self.changes = changes
        super().__init__(self.sentence)

    @property
    def may_have_happened(self) -> bool:
        """Whether a write may have been carried out. Of a read it says nothing."""
        return self.possibly_done

    @property
    def sentence(self) -> str:
        """What happened and what to do: plain text for the user."""
        in_doubt = self.possibly_done and self.changes
        template = f"{self.told} {self.advice_in_doubt if in_doubt else self.advice}"
        quote = f" {self.system} says: “{self.said}”" if self.said else ""
        return template.format_map(self._words()).strip() + quote

    def _words(self) -> dict[str, str]:
        at_host = f" at {self.host}" if self.host and self.host != self.system else ""
        return {
            "system": self.system,
            "place": f"{self.system}{at_host}",
            "status": f"status {self.status}" if self.status else "no status",
            "with_status": f" (status {self.status})" if self.status else "",
            "reason": self.reason,
            "because": f": {self.reason}" if self.reason else "",
            "within": f"within {in_words(self.seconds)}" if self.seconds else "in time",
            "later": f"in {in_words(self.retry_after)}" if self.retry_after else self.usual_wait,
        }


def in_words(seconds: float) -> str:
    """A waiting time as people say it: "1 second", "40 seconds", "5 minutes", "2 hours"."""
    size, unit = 1, "second"
    if seconds >= 5400:
        size, unit = 3600, "hour"
    elif seconds >= 90:
        size, unit = 60, "minute"
    count = max(1, -int(-seconds // size))  # rounded up: too early would be refused again
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


# --- Nothing was sent -----------------------------------------------------------------------------


class NotSent(UpstreamError):
    """Nothing reached the upstream."""

    kind = "not_sent"


class TargetRefused(NotSent):
    kind = "target_refused"
    told = "Nothing was sent to {system}{because}."
    advice = ""


class AddressRefused(TargetRefused):
    kind = "address_refused"


class HostUnknown(NotSent):
    kind = "host_unknown"
    retryable = True
    told = "The host of {place} could not be found."
    advice = "Check the address in the profile; if it is right, the network's name service fails."


class ConnectFailed(NotSent):
    kind = "connect_failed"
    retryable = True
    told = "No connection to {place}{because}."
    advice = "Check that it is running and that the address in the profile is right."


class CertificateRefused(NotSent):
    kind = "certificate_refused"
    told = "{place} could not prove who it is, so nothing was sent{because}."
    advice = "Check the address in the profile, or tell whoever runs it."


class UpstreamBusy(NotSent):
    kind = "upstream_busy"
    retryable = True
    told = "Too many calls to {system} are waiting for an answer, so this one was not sent."
    advice = "Try again in a moment."


# --- Sent, and no answer --------------------------------------------------------------------------


class AnswerLost(UpstreamError):
    """The request went out; whether it was carried out is not known."""

    kind = "answer_lost"
    retryable = True
    possibly_done = True
    told = "The answer of {system} was lost."


class TimedOut(AnswerLost):
    kind = "timed_out"
    told = "{system} did not answer {within}."


class ConnectionCut(AnswerLost):
    kind = "connection_cut"
    told = "The connection to {system} was cut {reason}."


# --- An answer that cannot be used ----------------------------------------------------------------


class AnswerUnusable(UpstreamError):
    """An answer came, but nothing can be read from it."""

    kind = "answer_unusable"
    possibly_done = True
    told = "The answer of {system} cannot be used."


class AnswerTooLarge(AnswerUnusable):
    kind = "answer_too_large"
    told = "The answer of {system} is too large{because}."
    advice = "Ask for less: fewer rows, or fewer fields."


class AnswerUnreadable(AnswerUnusable):
    kind = "answer_unreadable"
    told = "The answer of {place}{with_status} cannot be read{because}."
    advice = "Check the address in the profile; if it is right, tell whoever runs it."


class Redirected(AnswerUnusable):
    kind = "redirected"
    told = "{place} answered with a redirect ({status}); redirects are never followed."
    advice = "Check the address in the profile: http or https, the host and the path must be exact."
    advice_in_doubt = f"{advice} {LOOK_FIRST}"


# --- The upstream said no -------------------------------------------------------------------------


class Refused(UpstreamError):
    """The upstream answered, refused, and did nothing."""

    kind = "refused"
    told = "{system} refused the request ({status})."


class CredentialRefused(Refused):
    kind = "credential_refused"
    profile_helps = True
    told = "{system} refused {reason} ({status})."
    advice = "Correct it in the profile; it is not tried again until then."


class AccessExpired(Refused):
    kind = "access_expired"
    profile_helps = True
    told = "{system} does not accept the access token ({status}), and a new one did not help."
    advice = "Refresh the profile in a minute; if it stays so, check the credential in it."


class Forbidden(Refused):
    kind = "forbidden"
    told = "{system} does not allow this to the user of the profile ({status})."
    advice = "Ask an administrator for the permission, or use another profile."


class NotFound(Refused):
    kind = "not_found"
    told = "{place} does not know what was asked for ({status})."
    advice = "It may have been deleted, or the address in the profile is not quite right."


class Conflict(Refused):
    kind = "conflict"
    told = "{system} refused this, because it conflicts with what is there already ({status})."
    advice = "Look at the list: the name may be taken, or somebody changed it meanwhile."


class ValidationFailed(Refused):
    kind = "validation_failed"
    told = "{system} did not accept what was entered ({status})."
    advice = "Correct it and send it again."


class RateLimited(Refused):
    kind = "rate_limited"
    retryable = True
    told = "{system} has had too many requests and refused this one ({status})."
    advice = "Try again {later}."
    usual_wait = "in a few minutes"


class RequestRefused(Refused):
    kind = "request_refused"
    advice = "Check what was entered; if it is right, tell whoever runs it."


class UpstreamFailed(UpstreamError):
    """5xx. A write may have been carried out before the failure."""

    kind = "upstream_failed"
    retryable = True
    possibly_done = True
    told = "{system} failed ({status}){because}."
    advice = "Try again {later}; if it stays so, tell whoever runs it."


# --- No token -------------------------------------------------------------------------------------


class TokenUnavailable(UpstreamError):
    """There is no access token to be had now; nothing was sent to the API."""

    kind = "token_unavailable"
    retryable = True
    told = "There is no access token for {system} just now."
    advice = "Try again {later}; if it stays so, open the profile and refresh it."


class CredentialNeedsOwner(TokenUnavailable):
    """`reason`: the sentence that was told when the credential was refused."""

    kind = "credential_needs_owner"
    profile_helps = True
    retryable = False
    told = "{reason}"
    advice = ""


class TokenWaitTimedOut(TokenUnavailable):
    kind = "token_wait_timed_out"
    told = "The token for {system} is being renewed, and the new one did not come {within}."
    advice = "Try again {later}."


class SignInsLimited(TokenUnavailable):
    kind = "sign_ins_limited"
    profile_helps = True
    told = "There were too many sign-ins to {system} lately; more could lock the user out."
    advice = "Try again {later}, or refresh the profile yourself now."
    usual_wait = "in a few minutes"


class SignInPaused(TokenUnavailable):
    """`reason`: the sentence of the failure that began the pause."""

    kind = "sign_in_paused"
    profile_helps = True
    told = "{reason}"
    advice = "It is asked again {later}, or when you refresh the profile."
    usual_wait = "in a moment"


class ProfileChanged(TokenUnavailable):
    kind = "profile_changed"
    told = "The profile was changed or deleted while this was under way."
    advice = "Try again with the profile as it is now."


# --- The tree as a whole --------------------------------------------------------------------------


def tree(root: type[UpstreamError] = UpstreamError) -> Iterator[type[UpstreamError]]:
    """`root` and every class below it."""
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


# For what is stored of an error, its `kind` alone.
PROFILE_HELPS = frozenset(error.kind for error in tree() if error.profile_helps)
