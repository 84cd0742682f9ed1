"""Everything that can go wrong between the console and an upstream: one tree.

    UpstreamError
      NotSent                 nothing reached the upstream; safe to send again
        TargetRefused         the address or the request is not one that may be sent
          AddressRefused      the host's IP address is inside the network, or none to be called
        HostUnknown           the host name has no address
        ConnectFailed         refused, unreachable, or no connection in time
        CertificateRefused    the host could not prove who it is
        UpstreamBusy          too many calls to this upstream are under way
      ResponseLost            the request may have been carried out
        TimedOut              the total deadline passed after sending began
        ConnectionCut         reset, half an answer, or nothing at all
      ResponseUnusable        one came that cannot be used; a write may have been carried out
        ResponseTooLarge      more bytes than the cap
        ResponseUnreadable    a web page, no JSON, or another shape than expected
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

A sentence names the system and the host, and may quote the upstream (`upstream_message`, masked and
bounded by console.upstream.responses); it never holds a secret or a URL with a query.
"""

from collections.abc import Iterator

from console.upstream.upstream_error import LOOK_FIRST, ErrorContext, UpstreamError, in_words

__all__ = ["ErrorContext", "UpstreamError", "in_words"]

# --- Nothing was sent -----------------------------------------------------------------------------


class NotSent(UpstreamError):
    """Nothing reached the upstream."""

    kind = "not_sent"


class TargetRefused(NotSent):
    kind = "target_refused"
    message_template = "Nothing was sent to {system}{because}."
    advice = ""


class AddressRefused(TargetRefused):
    kind = "address_refused"


class HostUnknown(NotSent):
    kind = "host_unknown"
    message_template = "The host of {system_at_host} could not be found."
    advice = "Check the address in the profile; if it is right, the network's name service fails."


class ConnectFailed(NotSent):
    kind = "connect_failed"
    message_template = "No connection to {system_at_host}{because}."
    advice = "Check that it is running and that the address in the profile is right."


class CertificateRefused(NotSent):
    kind = "certificate_refused"
    message_template = "{system_at_host} could not prove who it is, so nothing was sent{because}."
    advice = "Check the address in the profile, or tell your administrator."


class UpstreamBusy(NotSent):
    kind = "upstream_busy"
    message_template = (
        "Too many calls to {system} are waiting for an answer, so this one was not sent."
    )
    advice = "Try again in a moment."


# --- Sent, and no answer --------------------------------------------------------------------------


class ResponseLost(UpstreamError):
    """The request went out; whether it was carried out is not known."""

    kind = "response_lost"
    possibly_done = True
    message_template = "The answer of {system} was lost."


class TimedOut(ResponseLost):
    kind = "timed_out"
    message_template = "{system} did not answer {within}."


class ConnectionCut(ResponseLost):
    kind = "connection_cut"
    message_template = "The connection to {system} was cut {reason}."


# --- An answer that cannot be used ----------------------------------------------------------------


class ResponseUnusable(UpstreamError):
    """An answer came, but nothing can be read from it."""

    kind = "response_unusable"
    possibly_done = True
    message_template = "The answer of {system} cannot be used."


class ResponseTooLarge(ResponseUnusable):
    kind = "response_too_large"
    message_template = "The answer of {system} is too large{because}."
    advice = "Ask for less: fewer rows, or fewer fields."


class ResponseUnreadable(ResponseUnusable):
    kind = "response_unreadable"
    message_template = "The answer of {system_at_host}{with_status} cannot be read{because}."
    advice = "Check the address in the profile; if it is right, tell your administrator."


class Redirected(ResponseUnusable):
    kind = "redirected"
    message_template = (
        "{system_at_host} answered with a redirect ({status}); redirects are never followed."
    )
    advice = "Check the address in the profile: http or https, the host and the path must be exact."
    advice_in_doubt = f"{advice} {LOOK_FIRST}"


# --- The upstream said no -------------------------------------------------------------------------


class Refused(UpstreamError):
    """The upstream answered, refused, and did nothing."""

    kind = "refused"
    message_template = "{system} refused the request ({status})."


class CredentialRefused(Refused):
    kind = "credential_refused"
    profile_helps = True
    message_template = "{system} refused {reason} ({status})."
    advice = "Correct it in the profile; it is not tried again until then."


class AccessExpired(Refused):
    kind = "access_expired"
    profile_helps = True
    message_template = (
        "{system} does not accept the access token ({status}), and a new one did not help."
    )
    advice = "Refresh the profile in a minute; if it stays so, check the credential in it."


class Forbidden(Refused):
    kind = "forbidden"
    message_template = "{system} does not allow this to the user of the profile ({status})."
    advice = "Ask an administrator for the permission, or use another profile."


class NotFound(Refused):
    kind = "not_found"
    message_template = "{system_at_host} does not know what was asked for ({status})."
    advice = "It may have been deleted, or the address in the profile is not quite right."


class Conflict(Refused):
    kind = "conflict"
    message_template = (
        "{system} refused this, because it conflicts with what is there already ({status})."
    )
    advice = "Look at the list: the name may be taken, or somebody changed it meanwhile."


class ValidationFailed(Refused):
    kind = "validation_failed"
    message_template = "{system} did not accept what was entered ({status})."
    advice = "Correct it and send it again."


class RateLimited(Refused):
    kind = "rate_limited"
    message_template = "{system} has had too many requests and refused this one ({status})."
    advice = "Try again {later}."
    usual_wait = "in a few minutes"


class RequestRefused(Refused):
    kind = "request_refused"
    advice = "Check what was entered; if it is right, tell your administrator."


class UpstreamFailed(UpstreamError):
    """5xx. A write may have been carried out before the failure."""

    kind = "upstream_failed"
    possibly_done = True
    message_template = "{system} failed ({status}){because}."
    advice = "Try again {later}; if it stays so, tell your administrator."


# --- No token -------------------------------------------------------------------------------------


class TokenUnavailable(UpstreamError):
    """There is no access token to be had now; nothing was sent to the API."""

    kind = "token_unavailable"
    message_template = "There is no access token for {system} just now."
    advice = "Try again {later}; if it stays so, open the profile and refresh it."


class CredentialNeedsOwner(TokenUnavailable):
    """`reason`: the sentence of the refusal."""

    kind = "credential_needs_owner"
    profile_helps = True
    message_template = "{reason}"
    advice = ""


class TokenWaitTimedOut(TokenUnavailable):
    kind = "token_wait_timed_out"
    message_template = (
        "The token for {system} is being renewed, and the new one did not come {within}."
    )
    advice = "Try again {later}."


class SignInsLimited(TokenUnavailable):
    kind = "sign_ins_limited"
    profile_helps = True
    message_template = (
        "There were too many sign-ins to {system} lately; more could lock the user out."
    )
    advice = "Try again {later}, or refresh the profile yourself now."
    usual_wait = "in a few minutes"


class SignInPaused(TokenUnavailable):
    """`reason`: the sentence of the failure that began the pause."""

    kind = "sign_in_paused"
    profile_helps = True
    message_template = "{reason}"
    advice = "It is asked again {later}, or when you refresh the profile."
    usual_wait = "in a moment"


class ProfileChanged(TokenUnavailable):
    kind = "profile_changed"
    message_template = "The profile was changed or deleted while this was under way."
    advice = "Try again with the profile as it is now."


# --- The tree as a whole --------------------------------------------------------------------------


def tree(root: type[UpstreamError] = UpstreamError) -> Iterator[type[UpstreamError]]:
    """`root` and every class below it."""
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


# Only an error's `kind` is stored: these are the kinds whose `profile_helps` is true.
PROFILE_HELPS = frozenset(error.kind for error in tree() if error.profile_helps)
