"""What every failed call to an upstream knows, and the sentence that tells it."""

import math
from collections.abc import Mapping
from typing import ClassVar, TypedDict

LOOK_FIRST = "It may have been done all the same: look before you try again."


class ErrorContext(TypedDict):
    """What every error of one request has in common."""

    system: str
    host: str
    is_write: bool


class UpstreamError(Exception):
    """A failed call to an upstream.

    `kind` is the machine word of the call record; `may_have_happened` says whether a write may have
    been carried out in spite of the error.
    """

    kind: ClassVar[str] = "upstream_error"
    possibly_done: ClassVar[bool] = False
    profile_helps: ClassVar[bool] = False  # the way on is on the profile's own page

    # The sentence: what happened, what to do, and what to do instead where a write is in doubt.
    message_template: ClassVar[str] = "The call to {system} failed."
    advice: ClassVar[str] = "Try again; if it stays so, tell your administrator."
    advice_in_doubt: ClassVar[str] = LOOK_FIRST
    usual_wait: ClassVar[str] = "in a minute"

    def __init__(
        self,
        system: str,
        *,
        host: str = "",
        reason: str = "",
        upstream_message: str = "",
        status: int | None = None,
        seconds: float | None = None,
        retry_after: float | None = None,
        details: Mapping[str, list[str]] | None = None,
        is_write: bool = False,
    ) -> None:
        """`system`: "DPaaS" or "Dxtra" (or a host); `host`: with its port where that is not the
        scheme's; `upstream_message`: the upstream's own words, already masked; `seconds`: the limit
        that passed; `retry_after`: seconds; `is_write`: the request was a write.
        """
        self.system = system
        self.host = host
        self.reason = reason
        self.upstream_message = upstream_message
        self.status = status
        self.seconds = seconds
        self.retry_after = retry_after
        self.details: dict[str, list[str]] = dict(details or {})
        self.is_write = is_write
        super().__init__(self.sentence)

    @property
    def may_have_happened(self) -> bool:
        """Whether a write may have been carried out. Of a read it says nothing."""
        return self.possibly_done

    @property
    def sentence(self) -> str:
        """What happened and what to do: plain text for the user."""
        in_doubt = self.possibly_done and self.is_write
        template = f"{self.message_template} {self.advice_in_doubt if in_doubt else self.advice}"
        quote = f" {self.system} says: “{self.upstream_message}”" if self.upstream_message else ""
        return template.format_map(self._words()).strip() + quote

    def _words(self) -> dict[str, str]:
        at_host = f" at {self.host}" if self.host and self.host != self.system else ""
        return {
            "system": self.system,
            "system_at_host": f"{self.system}{at_host}",
            "status": f"status {self.status}" if self.status else "no status",
            "with_status": f" (status {self.status})" if self.status else "",
            "reason": self.reason,
            "because": f": {self.reason}" if self.reason else "",
            "within": f"within {in_words(self.seconds)}" if self.seconds else "in time",
            "later": f"in {in_words(self.retry_after)}" if self.retry_after else self.usual_wait,
        }


def in_words(seconds: float) -> str:
    """A duration: "1 second", "40 seconds", "5 minutes", "1 hour", "90 minutes", "2 hours".

    Rounded up, since a retry that comes too early is refused again.
    """
    size, unit = 1, "second"
    if seconds >= 7200 or seconds == 3600:
        size, unit = 3600, "hour"
    elif seconds >= 90 or seconds == 60:
        size, unit = 60, "minute"
    count = max(1, math.ceil(seconds / size))
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
