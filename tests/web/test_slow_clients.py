"""However slowly many clients send or read, the probes of a platform are answered within a second.

gunicorn's own worker is the negative control.
"""

import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from chaos.cases.held_open import PLAIN_GTHREAD, held_open
from tests.services.console import Console, consoles
from tests.web.test_hostile_requests import memory_of_workers

MAX_SECONDS = 5.0
WATCHED_SECONDS = 4.0
HEAD = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
CHUNKED = b"POST /login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
EXPECT = HEAD + b"Expect: 100-continue\r\n\r\n"
ASK_FOR_MUCH = b"GET /static/dist/app.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

# What each of how many clients sends before it goes on a byte at a time.
ATTACKS: dict[str, tuple[int, bytes]] = {
    "nothing at all": (700, b""),
    "a head": (700, HEAD),
    "a body": (700, HEAD + b"\r\n" + b"x" * 1000),
    "a chunked body": (700, CHUNKED + b"ff\r\nxx"),
    "a body that waits to be asked for": (700, EXPECT),
    "a request, and reads nothing": (300, ASK_FOR_MUCH),
}
NO_END = [
    (HEAD + b"".join(b"X-%d: %s\r\n" % (at, b"x" * 7000) for at in range(10)), b"431"),
    (CHUNKED + b"1\r\nx\r\n" * 20_000, b"413"),
    (CHUNKED + b"1000\r\n" + b"x" * 4096 + b"\r\n" + b"200000\r\n", b"413"),
    (HEAD.replace(b"100000", b"3000000") + b"\r\n", b"413"),
]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with consoles(tmp_path_factory.mktemp("consoles")) as start:
        yield start(workers=1)


def attack(port: int, count: int, sent: bytes, stack: ExitStack) -> list[socket.socket]:
    clients = []
    for _ in range(count):
        client = stack.enter_context(socket.socket())
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port))
        client.setblocking(False)
        with suppress(BlockingIOError):
            client.send(sent)
        clients.append(client)
    return clients


def slowest_probe(port: int, meanwhile: Callable[[], None] = lambda: None) -> float:
    slowest, ends_at = 0.0, time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < ends_at:
        began = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
            connection.request("GET", "/healthz")
            assert connection.getresponse().read() == b"alive\n"
        slowest = max(slowest, time.monotonic() - began)
        meanwhile()
        time.sleep(0.1)
    return slowest


@pytest.mark.parametrize("name", ATTACKS)
def test_slow_clients_keep_no_probe_waiting(one: Console, name: str):
    count, sent = ATTACKS[name]
    with ExitStack() as stack:
        clients = attack(one.port, count, sent, stack)

        def drip() -> None:
            for client in clients:
                with suppress(OSError):
                    client.send(b"x")

        assert slowest_probe(one.port, drip) < MAX_SECONDS


def test_a_page_is_served_beside_slow_clients(one: Console):
    with ExitStack() as stack:
        attack(one.port, 700, HEAD, stack)
        with closing(http.client.HTTPConnection("127.0.0.1", one.port, timeout=10)) as connection:
            connection.request("GET", "/login/")
            assert connection.getresponse().status == 200


def test_more_slow_clients_than_places_make_room_for_others(one: Console):
    with ExitStack() as stack, held_open(one.port, 100):
        for _ in range(3):
            attack(one.port, 450, HEAD, stack)
            assert slowest_probe(one.port) < MAX_SECONDS


@pytest.mark.parametrize(("request_", "status"), NO_END)
def test_a_request_over_a_limit_that_never_ends_holds_no_thread(
    one: Console, request_: bytes, status: bytes
):
    with ExitStack() as stack:
        clients = []
        for _ in range(20):
            clients.append(stack.enter_context(socket.create_connection(("127.0.0.1", one.port))))
            with suppress(OSError):  # refused before all was sent
                clients[-1].sendall(request_)
        for client in clients:
            client.settimeout(60)
            assert client.recv(12) == b"HTTP/1.1 " + status
        with closing(http.client.HTTPConnection("127.0.0.1", one.port, timeout=10)) as connection:
            connection.request("GET", "/login/")
            assert connection.getresponse().status == 200


def test_many_bodies_that_are_not_finished_take_a_bounded_memory(one: Console):
    before = memory_of_workers(one)
    head = HEAD.replace(b"100000", b"2000000") + b"\r\n"
    with ExitStack() as stack:
        clients = attack(one.port, 200, head, stack)
        for client in clients:
            client.settimeout(2)
            with suppress(OSError):
                client.sendall(b"x" * 1_900_000)
        assert slowest_probe(one.port) < MAX_SECONDS
    assert memory_of_workers(one) - before < 150 * 1024 * 1024


def test_many_bodies_that_come_at_once_end_no_worker(one: Console):
    """Some are dropped while what came on others is being taken in."""
    before, body = one.workers, b"x" * 190_000
    with ExitStack() as stack:
        clients = attack(one.port, 300, HEAD.replace(b"100000", b"2000000") + b"\r\n", stack)
        for _ in range(10):
            for client in clients:
                with suppress(OSError):
                    client.send(body)
        assert slowest_probe(one.port) < MAX_SECONDS
    assert one.workers == before


def test_the_control_slow_heads_stop_gunicorns_own_worker(tmp_path: Path):
    with consoles(tmp_path) as start, ExitStack() as stack:
        one = start(workers=1, **PLAIN_GTHREAD)
        attack(one.port, 700, HEAD, stack)
        with pytest.raises(TimeoutError):
            slowest_probe(one.port)
