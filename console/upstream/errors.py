"""Everything that can go wrong between the console and an upstream: one tree.

    UpstreamError
      NotSent                 nothing reached the upstream; safe to send again
        TargetRefused         the address or the request is not one that may be sent
          AddressRefused      the host's IP address is inside the network, or none to be called
        HostUnknown           the host name has no address
        ConnectFailed         refused, unreachable, or no connection in time
        CertificateRefused    the host could not prove who it is
        UpstreamBusy          too many calls to this upstream are under way
          ShareTaken          as many as one teammate may have
        WriteRefused          by ourselves (console/profiles/guard.py); `reason`: the sentence
          ProfileReadOnly     its owner wants no writes with the profile
          TargetNotConfirmed  the name of a target in production was not typed
        CancelledUnsent       the teammate cancelled before anything was sent
      ResponseLost            the request may have been carried out
        TimedOut              the total deadline passed after sending began
        ConnectionCut         reset, half an answer, or nothing at all
        Cancelled             the teammate cancelled while the response was awaited
      ResponseUnusable        one came that cannot be used; a write may have been carried out
        ResponseTooLarge      more bytes than the cap
        ResponseUnreadable    a web page, no JSON, or another shape than expected
        ResponseInParts       GraphQL's @defer, @stream or a subscription, which is not read
        Redirected            3xx: never followed
        GatewayRefused        4xx that the API did not write: a gateway's, a firewall's, a proxy's
      Refused                 the upstream said no, and did nothing
        CredentialRefused     a sign-in or a refresh was refused
        AccessExpired         401, also after the one repeat with a new token
        Forbidden             403
        NotFound              404
        Conflict              409
        ValidationFailed      422, or 400 with field errors; `details` maps fields to messages
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
    advice = "Check the address in the profile. If it is right, DNS is failing."


class ConnectFailed(NotSent):
    kind = "connect_failed"
    message_template = "Could not connect to {system_at_host}{because}."
    advice = "Check that it is running and that the address in the profile is right."


class CertificateRefused(NotSent):
    kind = "certificate_refused"
    message_template = "{system_at_host} has no valid certificate, so nothing was sent{because}."
    advice = "Check the address in the profile, or tell your administrator."


class UpstreamBusy(NotSent):
    kind = "upstream_busy"
    message_template = "Too many calls to {system} are in progress, so this one was not sent."
    advice = "Try again in a moment."


class ShareTaken(UpstreamBusy):
    kind = "share_taken"
    message_template = (
        "Too many of your calls to {system} are in progress, so this one was not sent."
    )
    advice = "Try again when one of them has finished."


class WriteRefused(NotSent):
    """Refused by the console itself. `reason`: the sentence, with what to do."""

    kind = "write_refused"
    message_template = "{reason}"
    advice = ""


class ProfileReadOnly(WriteRefused):
    kind = "profile_read_only"
    profile_helps = True


class TargetNotConfirmed(WriteRefused):
    kind = "target_not_confirmed"


class CancelledUnsent(NotSent):
    kind = "cancelled_unsent"
    message_template = "Cancelled. Nothing was sent to {system}."
    advice = ""


# --- Sent, and no answer --------------------------------------------------------------------------


class ResponseLost(UpstreamError):
    """The request went out; whether it was carried out is not known."""

    kind = "response_lost"
    possibly_done = True
    message_template = "The response from {system} was lost."


class TimedOut(ResponseLost):
    kind = "timed_out"
    message_template = "{system} did not respond {within}."


class ConnectionCut(ResponseLost):
    kind = "connection_cut"
    message_template = "The connection to {system} was lost {reason}."


class Cancelled(ResponseLost):
    kind = "cancelled"
    message_template = "Cancelled. Gatehouse stopped waiting for {system}."
    advice = ""


# --- An answer that cannot be used ----------------------------------------------------------------


class ResponseUnusable(UpstreamError):
    """An answer came, but nothing can be read from it."""

    kind = "response_unusable"
    possibly_done = True
    message_template = "The response from {system} cannot be used."


class ResponseTooLarge(ResponseUnusable):
    kind = "response_too_large"
    message_template = "The response from {system} is too large{because}."
    advice = "Request fewer rows or fields."


class ResponseUnreadable(ResponseUnusable):
    kind = "response_unreadable"
    message_template = "The response from {system_at_host}{with_status} cannot be read{because}."
    advice = "Check the address in the profile. If it is right, tell your administrator."


class ResponseInParts(ResponseUnusable):
    kind = "response_in_parts"
    message_template = (
        "{system} responds to this in parts{with_status}, and Gatehouse reads whole responses."
    )
    advice = "If the query has @defer or @stream, remove them."
    advice_in_doubt = f"{advice} {LOOK_FIRST}"


class Redirected(ResponseUnusable):
    kind = "redirected"
    message_template = (
        "{system_at_host} responded with a redirect ({status}). Redirects are never followed."
    )
    advice = "Check the address in the profile: the scheme, host and path must be exact."
    advice_in_doubt = f"{advice} {LOOK_FIRST}"


class GatewayRefused(ResponseUnusable):
    """`reason`: what came. It says nothing about the request, nor about a credential in it."""

    kind = "gateway_refused"
    message_template = (
        "Something in front of {system_at_host}, such as a gateway or a firewall, responded in its"
        " place ({status}){because}."
    )
    advice = "If it keeps happening, check the address in the profile or tell your administrator."
    speaker = "It"


# --- The upstream said no -------------------------------------------------------------------------


class Refused(UpstreamError):
    """The upstream answered, refused, and did nothing."""

    kind = "refused"
    message_template = "{system} refused the request ({status})."


class CredentialRefused(Refused):
    kind = "credential_refused"
    profile_helps = True
    message_template = "{system} refused {reason} ({status})."
    advice = "Correct it in the profile, or try again there. It is not retried automatically."


class AccessExpired(Refused):
    kind = "access_expired"
    profile_helps = True
    message_template = "{system} did not accept the access token ({status}), even after a refresh."
    advice = "Refresh the token in a minute. If it keeps failing, check the profile's credential."


class Forbidden(Refused):
    kind = "forbidden"
    message_template = "{system} does not allow the profile's user to do this ({status})."
    advice = "Ask an administrator for permission, or use another profile."


class NotFound(Refused):
    kind = "not_found"
    message_template = "{system_at_host} could not find what was requested ({status})."
    advice = "It may have been deleted, or the address in the profile is wrong."


class Conflict(Refused):
    kind = "conflict"
    message_template = "{system} refused this because it conflicts with existing data ({status})."
    advice = "Check the list: the name may be taken, or someone may have changed it."


class ValidationFailed(Refused):
    kind = "validation_failed"
    message_template = "{system} did not accept the input ({status})."
    advice = "Correct it and try again."


class RateLimited(Refused):
    kind = "rate_limited"
    message_template = (
        "{system} received too many requests and refused this one ({status}){because}."
    )
    advice = "Try again {later}."
    usual_wait = "in a few minutes"


class RequestRefused(Refused):
    kind = "request_refused"
    advice = "Check the input. If it is right, tell your administrator."


class UpstreamFailed(UpstreamError):
    """5xx. A write may have been carried out before the failure."""

    kind = "upstream_failed"
    possibly_done = True
    message_template = "{system} failed ({status}){because}."
    advice = "Try again {later}. If it keeps failing, tell your administrator."


# --- No token -------------------------------------------------------------------------------------


class TokenUnavailable(UpstreamError):
    """There is no access token to be had now; nothing was sent to the API."""

    kind = "token_unavailable"
    message_template = "There is no access token for {system} right now."
    advice = "Try again {later}. If it keeps failing, open the profile and refresh the token."


class CredentialNeedsOwner(TokenUnavailable):
    """`reason`: the sentence of the refusal."""

    kind = "credential_needs_owner"
    profile_helps = True
    message_template = "{reason}"
    advice = ""


class TokenWaitTimedOut(TokenUnavailable):
    kind = "token_wait_timed_out"
    message_template = "The token for {system} is being refreshed, which did not finish {within}."
    advice = "Try again {later}."


class SignInsLimited(TokenUnavailable):
    kind = "sign_ins_limited"
    profile_helps = True
    message_template = (
        "There were too many sign-ins to {system} recently. More could lock the user out."
    )
    advice = "Try again {later}, or open the profile and refresh the token now."
    usual_wait = "in a few minutes"


class SignInPaused(TokenUnavailable):
    """`reason`: the sentence of the failure that began the pause."""

    kind = "sign_in_paused"
    profile_helps = True
    message_template = "{reason}"
    advice = "The next try is {later}, or when you refresh the token in the profile."
    usual_wait = "in a moment"


class ProfileChanged(TokenUnavailable):
    kind = "profile_changed"
    message_template = "The profile was edited or deleted during this call."
    advice = "Try again with the current profile."


# --- The tree as a whole --------------------------------------------------------------------------


def tree(root: type[UpstreamError] = UpstreamError) -> Iterator[type[UpstreamError]]:
    """`root` and every class below it."""
    yield root
    for child in root.__subclasses__():
        yield from tree(child)


# Only an error's `kind` is stored: these are the kinds whose `profile_helps` is true.
PROFILE_HELPS = frozenset(error.kind for error in tree() if error.profile_helps)
