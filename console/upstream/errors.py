"""Everything that can go wrong between the console and an upstream: one tree.

    UpstreamError
      NotSent                 nothing reached the upstream; safe to send again
        TargetRefused         the address or the request is not one that may be sent
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

from collections.abc import Mapping
from typing import ClassVar

LOOK_FIRST = "It may have been done all the same: look before you try again."
TELL = "if it stays so, tell whoever runs it"


class UpstreamError(Exception):
    """A failed call to an upstream.

    `kind` is the machine word of the call record; `retryable` says whether trying again later may
    help; `may_have_happened` whether a write may have been carried out in spite of the error.
    """

    kind: ClassVar[str] = "upstream_error"
    retryable: ClassVar[bool] = False
    possibly_done: ClassVar[bool] = False

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
        """Whether a write may have been carried out. Meaningless, and harmless, for a read."""
        return self.possibly_done

    @property
    def sentence(self) -> str:
        """What happened and what to do: plain text for the user."""
        quote = f" {self.system} says: “{self.said}”" if self.said else ""
        return f"{self.told()} {self.advice()}{quote}".strip()

    def told(self) -> str:
        return f"The call to {self.system} failed."

    def advice(self) -> str:
        if self.possibly_done and self.changes:
            return LOOK_FIRST
        return f"Try again; {TELL}."

    @property
    def place(self) -> str:
        """The system and where it was looked for: "DPaaS at localhost:8000"."""
        if not self.host or self.host == self.system:
            return self.system
        return f"{self.system} at {self.host}"


def in_words(seconds: float) -> str:
    """A waiting time as people say it: "1 second", "40 seconds", "5 minutes", "2 hours"."""
    size, unit = 1, "second"
    if seconds >= 5400:
        size, unit = 3600, "hour"
    elif seconds >= 90:
        size, unit = 60, "minute"
    count = max(1, -int(-seconds // size))  # rounded up: too early would be refused again
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


# --- Nothing was sent ------------------------------------------------------------------------------


class NotSent(UpstreamError):
    """Nothing reached the upstream."""

    kind = "not_sent"


class TargetRefused(NotSent):
    kind = "target_refused"

    def told(self) -> str:
        return f"Nothing was sent to {self.system}. {self.reason}"

    def advice(self) -> str:
        return ""


class HostUnknown(NotSent):
    kind = "host_unknown"
    retryable = True

    def told(self) -> str:
        return f"The host of {self.place} could not be found."

    def advice(self) -> str:
        return "Check the address in the profile; if it is right, the network's name service fails."


class ConnectFailed(NotSent):
    kind = "connect_failed"
    retryable = True

    def told(self) -> str:
        return f"No connection to {self.place}: {self.reason or 'it cannot be reached'}."

    def advice(self) -> str:
        return f"Check that it is running and that the address in the profile is right; {TELL}."


class CertificateRefused(NotSent):
    kind = "certificate_refused"

    def told(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        return f"{self.place} could not prove who it is: its certificate was refused{reason}."

    def advice(self) -> str:
        return "Nothing was sent. Check the address in the profile, or tell whoever runs it."


class UpstreamBusy(NotSent):
    kind = "upstream_busy"
    retryable = True

    def told(self) -> str:
        return (
            f"Too many calls to {self.system} are under way, and it answers none of them in time."
        )

    def advice(self) -> str:
        return "Nothing was sent. Try again in a moment."


# --- Sent, and no answer ---------------------------------------------------------------------------


class AnswerLost(UpstreamError):
    """The request went out; whether it was carried out is not known."""

    kind = "answer_lost"
    retryable = True
    possibly_done = True


class TimedOut(AnswerLost):
    kind = "timed_out"

    def told(self) -> str:
        within = f" within {in_words(self.seconds)}" if self.seconds else " in time"
        return f"{self.system} did not answer{within}."


class ConnectionCut(AnswerLost):
    kind = "connection_cut"

    def told(self) -> str:
        when = self.reason or "before its answer was complete"
        return f"The connection to {self.system} was cut {when}."


# --- An answer that cannot be used -----------------------------------------------------------------


class AnswerUnusable(UpstreamError):
    """An answer came, but nothing can be read from it."""

    kind = "answer_unusable"
    possibly_done = True


class AnswerTooLarge(AnswerUnusable):
    kind = "answer_too_large"

    def told(self) -> str:
        return f"The answer of {self.system} is too large: {self.reason}."

    def advice(self) -> str:
        return LOOK_FIRST if self.changes else "Ask for less: fewer rows, or fewer fields."


class AnswerUnreadable(AnswerUnusable):
    kind = "answer_unreadable"

    def told(self) -> str:
        status = f" (status {self.status})" if self.status else ""
        return f"The answer of {self.system}{status} cannot be read: {self.reason}."

    def advice(self) -> str:
        return LOOK_FIRST if self.changes else f"Check the address in the profile; {TELL}."


class Redirected(AnswerUnusable):
    kind = "redirected"

    def told(self) -> str:
        return (
            f"{self.place} answered with a redirect (status {self.status}), which is not followed."
        )

    def advice(self) -> str:
        check = "Check the address in the profile: http or https, host and path must be exact."
        return f"{check} {LOOK_FIRST}" if self.changes else check


# --- The upstream said no --------------------------------------------------------------------------


class Refused(UpstreamError):
    """The upstream answered, refused, and did nothing."""

    kind = "refused"


class CredentialRefused(Refused):
    kind = "credential_refused"

    def told(self) -> str:
        return f"{self.system} refused {self.reason or 'the credential'}."

    def advice(self) -> str:
        return "Correct it in the profile; it is not tried again until then."


class AccessExpired(Refused):
    kind = "access_expired"

    def told(self) -> str:
        return f"{self.system} does not accept the access token, although it was just renewed."

    def advice(self) -> str:
        return f"Refresh the profile in a minute; {TELL}."


class Forbidden(Refused):
    kind = "forbidden"

    def told(self) -> str:
        return f"{self.system} does not allow this to the user of the current profile."

    def advice(self) -> str:
        return "Ask an administrator for the permission, or use another profile."


class NotFound(Refused):
    kind = "not_found"

    def told(self) -> str:
        return f"{self.place} does not know what was asked for (status 404)."

    def advice(self) -> str:
        return "It may have been deleted, or the address in the profile is not quite right."


class Conflict(Refused):
    kind = "conflict"

    def told(self) -> str:
        return f"{self.system} refused this because it conflicts with what is already there."

    def advice(self) -> str:
        return "Look at the list: the same name may exist, or somebody was faster."


class ValidationFailed(Refused):
    kind = "validation_failed"

    def told(self) -> str:
        return f"{self.system} did not accept what was entered."

    def advice(self) -> str:
        return "Correct the marked fields and send again." if self.details else "Correct it."


class RateLimited(Refused):
    kind = "rate_limited"
    retryable = True

    def told(self) -> str:
        return f"{self.system} gets too many requests and refused this one."

    def advice(self) -> str:
        if self.retry_after is None:
            return "Wait a few minutes before you try again."
        return f"Try again in {in_words(self.retry_after)}."


class RequestRefused(Refused):
    kind = "request_refused"

    def told(self) -> str:
        return f"{self.system} refused the request (status {self.status})."

    def advice(self) -> str:
        return f"Check what was entered; {TELL}."


class UpstreamFailed(UpstreamError):
    """5xx. A write may have been carried out before the failure."""

    kind = "upstream_failed"
    retryable = True
    possibly_done = True

    def told(self) -> str:
        return (
            f"{self.system} failed with status {self.status}{self.reason and f': {self.reason}'}."
        )

    def advice(self) -> str:
        if self.changes:
            return LOOK_FIRST
        later = f"in {in_words(self.retry_after)}" if self.retry_after else "in a minute"
        return f"Try again {later}; {TELL}."


# --- No token --------------------------------------------------------------------------------------


class TokenUnavailable(UpstreamError):
    """There is no access token to be had now; nothing was sent to the API."""

    kind = "token_unavailable"
    retryable = True

    def told(self) -> str:
        return f"There is no access token for {self.system} just now."


class CredentialNeedsOwner(TokenUnavailable):
    kind = "credential_needs_owner"
    retryable = False

    def told(self) -> str:
        return self.reason or f"{self.system} refused the credential of this profile."

    def advice(self) -> str:
        if self.reason:  # a whole sentence, advice included
            return ""
        return "Open the profile and enter it anew; nothing is tried until then."


class TokenWaitTimedOut(TokenUnavailable):
    kind = "token_wait_timed_out"

    def told(self) -> str:
        within = f" within {in_words(self.seconds)}" if self.seconds else " in time"
        return f"The token for {self.system} is being renewed, and did not come{within}."

    def advice(self) -> str:
        return "Try again in a moment."


class SignInsLimited(TokenUnavailable):
    kind = "sign_ins_limited"

    def told(self) -> str:
        return f"Too many sign-ins to {self.system} lately: no more for now, so as not to be locked out."

    def advice(self) -> str:
        if self.retry_after is None:
            return "Try again later."
        return f"Try again in {in_words(self.retry_after)}."


class SignInPaused(TokenUnavailable):
    """`reason`: the sentence of the failure that began the pause."""

    kind = "sign_in_paused"

    def told(self) -> str:
        return self.reason or f"{self.system} is in trouble."

    def advice(self) -> str:
        return f"We ask again in {in_words(self.retry_after or 1)}."


class ProfileChanged(TokenUnavailable):
    kind = "profile_changed"

    def told(self) -> str:
        return "The profile was changed or deleted while this was under way."

    def advice(self) -> str:
        return "Try again with the profile as it is now."
