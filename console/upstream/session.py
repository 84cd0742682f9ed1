"""A call to an API with a token that is renewed when the API says that it has expired."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from console.upstream.network.cancellation import Cancellation
from console.upstream.network.egress import Egress, Request, Response
from console.upstream.timeline import Timeline
from console.upstream.tokens import AccessToken, TokenSource
from console.vault.secret import Secret


class AuthorizedSession:
    """Attaches the token of `tokens` to requests; one for each proxied call.

    `deadline`: seconds for sending, the repeat included; time spent on tokens does not count.
    `connection_pool`: see Request; `share`: whose calls these are (see Egress.acquire);
    `cancellation`: of the call, never of a token's refresh, which spends the refresh token.
    """

    def __init__(
        self,
        egress: Egress,
        tokens: TokenSource,
        timeline: Timeline,
        deadline: float,
        *,
        connection_pool: str = "",
        share: str = "",
        cancellation: Cancellation | None = None,
    ) -> None:
        self._egress = egress
        self._tokens = tokens
        self._timeline = timeline
        self._time_left = deadline
        self._connection_pool = connection_pool
        self._share = share
        self._cancellation = cancellation
        self.secrets: list[Secret] = []  # what was sent, to be masked in what comes back

    def send(self, request: Request, *, is_expired: Callable[[Response], bool]) -> Response:
        """Send `request`; if the API refuses its token as expired, once more with a newer one.

        A write is repeated too, so its `is_expired` may be true only of a response which proves
        that nothing was done. Nothing is ever repeated after a lost response or a 5xx. Raises what
        Egress.send and the TokenSource raise.

        One slot among the calls in flight is held for all of it. It is taken before the token is
        asked for: a token that is fetched for a busy API would be wasted.
        """
        with self._egress.acquire(
            request.url,
            system=request.system,
            is_write=request.is_write,
            share=self._share,
            timeline=self._timeline,
        ):
            token = self._tokens.access_token()
            response = self._send(request, token)
            if not is_expired(response):
                return response
            newer = self._tokens.renew(token.generation)
            if newer.generation == token.generation:
                return response  # it was renewed a moment ago: the API means something else
            response = self._send(request, newer)
            if not is_expired(response):
                self._tokens.proved(newer.generation)
            return response

    def _send(self, request: Request, token: AccessToken) -> Response:
        self.secrets.append(token.secret)
        began = monotonic()
        authorized = replace(
            request, authorization=token.secret, connection_pool=self._connection_pool
        )
        try:
            return self._egress.send(
                authorized,
                deadline=self._time_left,
                timeline=self._timeline,
                cancellation=self._cancellation,
            )
        finally:
            self._time_left -= monotonic() - began
