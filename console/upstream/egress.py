"""The one network seam: every byte to an upstream leaves through `Egress.send`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from console.upstream.timeline import Timeline
from console.vault.secret import Secret


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """A request as it shall go out.

    `json` may hold Secrets anywhere: they are opened when the body is written. `repeatable`: safe
    to carry out twice (a GET, a GraphQL query). `changes`: a write, whose errors then advise to
    look before trying again. `system` is the name that errors use; the host stands in for it.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object | None = field(default=None, repr=False)
    params: Mapping[str, str | int] = field(default_factory=dict)
    authorization: Secret | None = None
    repeatable: bool = False
    changes: bool = False
    system: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An upstream's answer, whatever its status. Header names are in lower case; the body is
    decoded (gzip) and whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Egress:
    """See the class in full below; one for each process."""

    def __init__(
        self, *, allowed_origins: Iterable[str], max_bytes: int, ca_bundle: str | None = None
    ) -> None:
        self.max_bytes = max_bytes

    def send(self, request: OutgoingRequest, *, deadline: float, timeline: Timeline) -> Answer:
        raise NotImplementedError
