"""What the tests of this folder send with."""

from collections.abc import Callable

from console.upstream.errors import ErrorContext
from console.upstream.network.egress import Egress, Request, Response
from console.upstream.timeline import Timeline
from console.upstream.tokens import AccessToken
from console.vault.secret import Secret
from tests.upstream.servers import Server

CONTEXT = ErrorContext(system="DPaaS", host="dpaas.example", is_write=False)


def egress_to(*servers: Server, max_bytes: int = 2**20, **options: object) -> Egress:
    origins = [server.url for server in servers]
    return Egress(allowed_origins=origins, max_bytes=max_bytes, **options)  # type: ignore[arg-type]


def get(server: Server, path: str = "/things", **fields: object) -> Request:
    return Request(
        "GET",
        server.url + path,
        idempotent=True,
        connection_pool="of a profile",
        system="DPaaS",
        **fields,  # type: ignore[arg-type]
    )


def post(server: Server, path: str = "/things", **fields: object) -> Request:
    body = fields.pop("json", {"name": "x"})
    return Request(
        "POST",
        server.url + path,
        json=body,
        is_write=True,
        system="DPaaS",
        **fields,  # type: ignore[arg-type]
    )


def send(
    egress: Egress,
    request: Request,
    *,
    deadline: float = 10.0,
    timeline: Timeline | None = None,
) -> Response:
    return egress.send(request, deadline=deadline, timeline=timeline or Timeline())


class Tokens:
    """A TokenSource whose generation n is `token-n`."""

    def __init__(self, *, newest: int = 99) -> None:
        self.generation = 1
        self.newest = newest
        self.renewals: list[int] = []
        self.proofs: list[int] = []

    def access_token(self) -> AccessToken:
        return AccessToken(Secret(f"token-{self.generation}"), self.generation)

    def renew(self, generation: int) -> AccessToken:
        self.renewals.append(generation)
        self.generation = min(self.generation + 1, self.newest)
        return self.access_token()

    def proved(self, generation: int) -> None:
        self.proofs.append(generation)


class FetchedTokens(Tokens):
    """A TokenSource that fetches each generation from an upstream."""

    def __init__(self, fetch: Callable[[], Secret]) -> None:
        super().__init__()
        self._fetch = fetch
        self._fetched = {1: fetch()}

    def access_token(self) -> AccessToken:
        if self.generation not in self._fetched:
            self._fetched[self.generation] = self._fetch()
        return AccessToken(self._fetched[self.generation], self.generation)
