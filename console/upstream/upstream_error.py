"""What every failed call to an upstream knows, and the sentence that tells it."""

import math
from collections.abc import Mapping
from typing import ClassVar, TypedDict
from unicodedata import bidirectional

from console.upstream.words import shortened

LOOK_FIRST = "It may have gone through. Check before you try again."
RIGHT_TO_LEFT = {"R", "AL", "AN"}  # classes of characters


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
    advice: ClassVar[str] = "Try again. If it keeps failing, tell your administrator."
    advice_in_doubt: ClassVar[str] = LOOK_FIRST
    usual_wait: ClassVar[str] = "in a minute"
    speaker: ClassVar[str] = "{system}"  # whose words `upstream_message` is

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
        self.body = b""  # what came in place of an answer, where it may be shown: masked, no page
        self.headers: tuple[tuple[str, str], ...] = ()  # that came with it, those worth showing
        super().__init__(self.sentence)

    @property
    def may_have_happened(self) -> bool:
        """Whether a write may have been carried out. Of a read it says nothing."""
        return self.possibly_done

    @property
    def sentence(self) -> str:
        """What happened and what to do, and all that the upstream said: plain text for the user."""
        return self._sentence(self._all_words)

    @property
    def sentence_without_advice(self) -> str:
        """As `sentence`, to be stored and told later on: "in 5 minutes" would not be true then."""
        return self._sentence(self._all_words, "")

    @property
    def sentence_without_details(self) -> str:
        """As `sentence`, for a form that shows `details` on its fields."""
        return self._sentence(self.upstream_message)

    @property
    def sentence_for_one_that_waits(self) -> str:
        """As `sentence_without_details`, for what is tried again by itself: advice is given only
        where the profile's owner can do something about it, and none that is old in a minute."""
        advice = self.advice if self.profile_helps and "{later}" not in self.advice else ""
        return self._sentence(self.upstream_message, advice)

    @property
    def _all_words(self) -> str:
        """All that the upstream said."""
        fields = (f"{field}: {' '.join(messages)}" for field, messages in self.details.items())
        return "; ".join(filter(None, [self.upstream_message, *fields]))

    def _sentence(self, quoted: str, advice: str | None = None) -> str:
        """`advice`: that of the error unless it is given."""
        in_doubt = self.possibly_done and self.is_write
        if advice is None:
            advice = self.advice_in_doubt if in_doubt else self.advice
        template = f"{self.message_template} {advice}"
        speaker = self.speaker.format(system=self.system)
        quote = f" {speaker} says: “{isolated(shortened(quoted))}”" if quoted else ""
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


def isolated(text: str) -> str:
    """`text`, which holds no marks of direction, so that it moves nothing beside it, also if it is
    in Hebrew or Arabic (Unicode UAX 9: between FSI and PDI)."""
    is_plain = text.isascii() or RIGHT_TO_LEFT.isdisjoint(map(bidirectional, text))
    return text if is_plain else f"\u2068{text}\u2069"


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
