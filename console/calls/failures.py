"""With which HTTP status of ours a failed call is told.

An upstream's own "no" (403, 404, 422 … and its 5xx too) is a good answer of ours: 200, with the
panel that shows it. Only where our own leg failed is the status a failure.
"""

from console.upstream.errors import (
    CredentialNeedsOwner,
    NotSent,
    ResponseLost,
    ResponseUnusable,
    TimedOut,
    TokenUnavailable,
    UpstreamBusy,
    UpstreamError,
)


def page_status(error: UpstreamError | None) -> int:
    """The status of our page that shows `error`; 200 where there is none."""
    if isinstance(error, TimedOut):
        return 504
    if isinstance(error, CredentialNeedsOwner):
        return 200  # nothing is out of order but the profile, and the page says what to do
    if isinstance(error, TokenUnavailable | UpstreamBusy):
        return 503
    if isinstance(error, NotSent | ResponseLost | ResponseUnusable):
        return 502
    return 200
