"""What one proxied call spent its time on, in words that a teammate reads."""

from time import perf_counter


class Timeline:
    """The steps of one proxied call, in the order in which they ended. Not for sharing by threads.

    Steps are named "token reused", "token refreshed", "token exchanged", "waited for token",
    "connect", "first byte", "body", "no response", "connection lost"; each try has its own. Byte
    counts are those of HTTP on the wire, heads included.

    `status` is the HTTP status of the API's last response. `outcome` is for responses that are
    failures in spite of a good status (GraphQL's errors): the word for the call record. `subject`
    is what the call writes to, if it is named there too.
    """

    def __init__(self) -> None:
        self.steps: list[tuple[str, float]] = []
        self.sent_bytes = 0
        self.received_bytes = 0
        self.status: int | None = None
        self.outcome = ""
        self.subject = ""
        self._began = perf_counter()
        self._total_ms: float | None = None

    @property
    def total_ms(self) -> float:
        """Milliseconds from the start of this timeline until it was stopped, or until now."""
        return milliseconds_since(self._began) if self._total_ms is None else self._total_ms

    def stop(self) -> None:
        """The call has ended: `total_ms` stays as it is now."""
        self._total_ms = self.total_ms

    def note(self, step: str, milliseconds: float | None = None) -> None:
        """Add a step; one that takes no measurable time is noted with 0 ms."""
        self.steps.append((step, round(milliseconds or 0.0, 3)))


def milliseconds_since(began: float) -> float:
    """Milliseconds since `began`, a reading of time.perf_counter()."""
    return (perf_counter() - began) * 1000
