"""The HTTP status of a page of ours that shows a failed call.

A refusal or failure of the upstream's own (403, 404, 422, 5xx …) is shown with 200. Only where the
exchange with it failed does our page have a status of failure.
"""

from console.upstream.errors import (
    Cancelled,
    CancelledUnsent,
    CredentialNeedsOwner,
    NotSent,
    ResponseLost,
    ResponseUnusable,
    TimedOut,
    TokenUnavailable,
    UpstreamBusy,
    UpstreamError,
    WriteRefused,
)


def page_status(error: UpstreamError | None) -> int:
    """The status of the page that shows `error`; 200 where there is none."""
    if isinstance(error, TimedOut):
        return 504
    if isinstance(error, CredentialNeedsOwner):
        return 200  # only the profile is at fault, and the page says what to do
    if isinstance(error, Cancelled | CancelledUnsent):
        return 200  # as the teammate wished
    if isinstance(error, WriteRefused):
        return 422
    if isinstance(error, TokenUnavailable | UpstreamBusy):
        return 503
    if isinstance(error, NotSent | ResponseLost | ResponseUnusable):
        return 502
    return 200
