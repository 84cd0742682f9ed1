"""Clients send a request and never close their connections: a worker must go on answering."""

import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from chaos.harness import SQLITE, Harness
from chaos.verdict import Case, Verdict

CONNECTIONS = 240
SECONDS = 30.0
MAX_SECONDS = 1.0  # for one answer of /healthz
TIMEOUT = 10.0
# A HEAD is served by a thread, as pages are; GET /healthz is answered by the main loop itself.
REQUEST = b"HEAD /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
PLAIN_GTHREAD = {"GUNICORN_CMD_ARGS": "--worker-class=gthread"}  # overrides gunicorn.conf.py


@contextmanager
def held_open(port: int, count: int) -> Iterator[None]:
    """Send a request over `count` connections, and leave them open."""
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(REQUEST)
        yield


def measure(harness: Harness) -> Verdict:
    return _measure(harness, {})


def naive(harness: Harness) -> Verdict:
    """gunicorn's own worker with threads: it waits 2 s for each client, one after the other."""
    return _measure(harness, PLAIN_GTHREAD)


def _measure(harness: Harness, environment: dict[str, str]) -> Verdict:
    url = harness.database_url(SQLITE)
    console = harness.start_console(url, [], workers=2, environment=environment)
    durations, failures = [], 0
    with held_open(console.port, CONNECTIONS):
        ends_at = time.monotonic() + max(harness.scaled_seconds(SECONDS), 3.0)
        while time.monotonic() < ends_at:
            began = time.monotonic()
            failures += not _is_alive(console.port)
            durations.append(time.monotonic() - began)
            time.sleep(0.05)
    return Verdict(
        f"{len(durations)} calls of /healthz, beside {CONNECTIONS} connections",
        f"{failures} failures, the slowest answer after {max(durations):.2f} s",
        not failures and max(durations) <= MAX_SECONDS,
    )


def _is_alive(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


CASE = Case(
    "held-open",
    "240 connections left open by clients after a request",
    "/healthz answers within 1 s throughout",
    measure,
    naive,
)
