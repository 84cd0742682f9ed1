"""Clients that cost little: one call after the other, or many at once."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

TIMEOUT = 60.0  # seconds


@dataclass(frozen=True)
class Target:
    """What is asked for: `headers` carry the cookie, or the token."""

    url: str
    headers: dict[str, str]

    @property
    def request(self) -> bytes:
        parts = urlsplit(self.url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        lines = [f"GET {path} HTTP/1.1", f"Host: {parts.netloc}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()


def with_requests(target: Target) -> Callable[[], float]:
    """A call with a `requests.Session`, as a well written script makes it; returns its seconds."""
    session = requests.Session()
    session.trust_env = False
    session.headers.update(target.headers)

    def call() -> float:
        began = time.perf_counter()
        response = session.get(target.url, timeout=TIMEOUT)
        assert response.status_code == 200, f"{target.url}: {response.status_code}"
        return time.perf_counter() - began

    return call


def seeds_script(upstream: str) -> Callable[[], float]:
    """DPaaS's "Your First API Call": sign in, then call, each over a new connection."""
    credential = {"email": "ops@example.com", "password": "made-up", "organization_slug": "acme"}

    def call() -> float:
        began = time.perf_counter()
        response = requests.post(f"{upstream}/authentication/login", json=credential)
        token = response.json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        accounts = requests.get(f"{upstream}/accounts", headers=headers).json()
        assert accounts["results"]
        return time.perf_counter() - began

    return call


class Connection:
    """One of many: open before the clock starts."""

    def __init__(self, target: Target) -> None:
        self._target = target

    async def open(self) -> "Connection":
        parts = urlsplit(self._target.url)
        self._reader, self._writer = await asyncio.open_connection(parts.hostname, parts.port)
        return self

    def close(self) -> None:
        self._writer.close()

    async def call(self) -> float:
        """One request; returns its seconds. Fails unless the response is a 200."""
        began = time.perf_counter()
        self._writer.write(self._target.request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.partition(b"\r\n")[0], head.partition(b"\r\n")[0]
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        await self._reader.readexactly(length)
        return time.perf_counter() - began


def burst(target: Target, count: int) -> list[float]:
    """`count` calls started at the same moment, each on its own connection; their seconds."""

    async def run() -> list[float]:
        connections = await asyncio.gather(*(Connection(target).open() for _ in range(count)))
        try:
            return await asyncio.gather(*(connection.call() for connection in connections))
        finally:
            for connection in connections:
                connection.close()

    return asyncio.run(run())


def closed_loop(target: Target, count: int, seconds: float) -> tuple[float, list[float]]:
    """`count` clients, each calling again as soon as it has its response.

    Returns the calls a second over all, and the seconds of each call.
    """

    async def client(until: float) -> list[float]:
        connection = await Connection(target).open()
        durations = []
        while time.perf_counter() < until:
            durations.append(await connection.call())
        connection.close()
        return durations

    async def run() -> tuple[float, list[float]]:
        began = time.perf_counter()
        each = await asyncio.gather(*(client(began + seconds) for _ in range(count)))
        durations = [seconds for client_durations in each for seconds in client_durations]
        return len(durations) / (time.perf_counter() - began), durations

    return asyncio.run(run())
