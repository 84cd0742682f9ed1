"""A DPaaS that costs next to nothing, so that a bench measures what is in front of it.

    python -m bench.upstream --port 9472

Sign-in, refresh (a refresh token works once), one page of accounts, creates that only count;
HTTP/1.1, keep-alive. It checks far less than the sandbox, and is fast: a response takes some 30 µs,
and the latency that is set.
"""

import argparse
import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.dpaas_data import make_dpaas
from sandbox.people import OPS_DPAAS

LIFETIME = 900  # seconds; DPaaS's own


def accounts_page() -> bytes:
    """Twenty of the sandbox's accounts in DPaaS's envelope."""
    data = make_dpaas(1)
    organization = data.organizations[OPS_DPAAS.organization_slug]["id"]
    rows = [row for row in data.accounts if row["organization_id"] == organization]
    return json.dumps({"total": len(rows), "page": 1, "results": rows[:20]}).encode()


@dataclass
class State:
    """Settings and counters of the admin API; the seconds are the latencies of the two APIs."""

    api_seconds: float = 0.0
    auth_seconds: float = 0.0
    sign_ins: int = 0
    refreshes: int = 0
    calls: int = 0
    creates: int = 0
    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)

    def counters(self) -> dict[str, Any]:
        names = ("sign_ins", "refreshes", "calls", "creates")
        return {name: getattr(self, name) for name in names}


class Connection(asyncio.Protocol):
    """One connection: a request, its response after the latency, the next request."""

    def __init__(self, state: State, page: bytes) -> None:
        self._state, self._page, self._unread = state, page, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        head, end, rest = self._unread.partition(b"\r\n\r\n")
        if not end:
            return
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
        }
        length = int(headers.get(b"content-length", 0))
        if len(rest) < length:
            return
        self._unread = rest[length:]
        method, target, _ = head.split(b" ", 2)
        path = target.partition(b"?")[0]
        status, body, seconds = self._respond(method, path, headers, rest[:length])
        response = (
            b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % (status, len(body))
        ) + body
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._write, response)
        else:
            self._write(response)

    def _write(self, response: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(response)  # type: ignore[attr-defined]

    def _respond(
        self, method: bytes, path: bytes, headers: dict[bytes, bytes], body: bytes
    ) -> tuple[int, bytes, float]:
        """The status, the body, and the latency in seconds."""
        state = self._state
        if path == b"/accounts":
            state.calls += 1
            bearer = headers.get(b"authorization", b"").removeprefix(b"Bearer ").decode()
            if bearer not in state.access:
                return 401, b'{"error": "Unauthorized"}', state.api_seconds
            if method == b"POST":
                return 201, self._created(json.loads(body)["name"]), state.api_seconds
            return 200, self._page, state.api_seconds
        if path == b"/authentication/login":
            state.sign_ins += 1
            return 200, self._tokens(), state.auth_seconds
        if path == b"/authentication/refresh":
            token = json.loads(body)["refresh_token"]
            if token not in state.refresh:
                return 401, b'{"error": "Unauthorized"}', state.auth_seconds
            state.refresh.remove(token)
            state.refreshes += 1
            return 200, self._tokens(), state.auth_seconds
        if path == b"/admin":
            for name, value in json.loads(body or b"{}").items():
                setattr(state, name, value)
            return 200, json.dumps(state.counters()).encode(), 0
        return 404, b'{"error": "NotFound"}', 0

    def _created(self, name: str) -> bytes:
        self._state.creates += 1
        account = {"id": f"acc-{self._state.creates}", "name": name, "is_default": False,
                   "created_at": "2026-01-01T00:00:00Z"}  # fmt: skip
        return json.dumps(account).encode()

    def _tokens(self) -> bytes:
        # As long as a JWT of DPaaS is.
        access, refresh = secrets.token_urlsafe(300), secrets.token_urlsafe(32)
        self._state.access.add(access)
        self._state.refresh.add(refresh)
        pair = {"access_token": access, "refresh_token": refresh, "token_type": "Bearer"}
        return json.dumps(pair | {"expires_in": LIFETIME}).encode()


async def serve(port: int) -> None:
    state, page = State(), accounts_page()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(state, page), "127.0.0.1", port, backlog=1024
    )
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(serve(parser.parse_args().port))
