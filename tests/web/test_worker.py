"""The worker class over the wire, in real gunicorns; gunicorn's own is the negative control."""

import http.client
import os
import signal
import socket
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import requests

from chaos.cases.held_open import PLAIN_GTHREAD, REQUEST, held_open
from chaos.clients import wait_until
from tests.services.console import Console, StartConsole

HOLDING_CLIENTS = 240


def connect(console: Console) -> socket.socket:
    return socket.create_connection(("127.0.0.1", console.port), timeout=20)


def received(client: socket.socket) -> bytes:
    """What comes until the other side closes."""
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_connections_that_clients_leave_open_keep_nobody_waiting(console: StartConsole):
    one = console(workers=1)
    with held_open(one.port, HOLDING_CLIENTS):
        for _ in range(20):
            assert requests.get(f"{one.url}/healthz", timeout=20).status_code == 200


def test_more_of_them_than_there_are_places_keep_nobody_out(console: StartConsole):
    one = console(workers=1, GUNICORN_CMD_ARGS="--worker-connections=300")
    with held_open(one.port, 450):
        for _ in range(3):
            assert requests.get(f"{one.url}/healthz", timeout=10).status_code == 200


def test_the_control_gunicorns_own_worker_waits_for_each_of_them(console: StartConsole):
    one = console(workers=1, **PLAIN_GTHREAD)
    with held_open(one.port, HOLDING_CLIENTS), pytest.raises(requests.Timeout):
        requests.get(f"{one.url}/healthz", timeout=5)


def test_more_connections_are_taken_once_some_that_were_left_open_are_closed(console: StartConsole):
    """Each counts against the limit of connections until it is closed, and then no more."""
    one = console(workers=1, GUNICORN_CMD_ARGS="--worker-connections=40")
    for _ in range(2):
        with held_open(one.port, 40):
            assert requests.get(f"{one.url}/healthz", timeout=20).status_code == 200


def test_a_connection_that_is_kept_alive_serves_again(console: StartConsole):
    one = console(workers=1)
    with closing(http.client.HTTPConnection("127.0.0.1", one.port, timeout=20)) as connection:
        connection.connect()
        first = connection.sock
        for _ in range(2):
            connection.request("HEAD", "/healthz")
            assert connection.getresponse().read() == b""
            assert connection.sock is first


def test_requests_that_come_at_once_are_served_one_after_the_other(console: StartConsole):
    """Also after a body that nobody reads."""
    one = console(workers=1)
    length = 20_000
    unread = b"POST /nowhere/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % length
    head = b"HEAD /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with connect(one) as client:
        client.sendall(head + unread + b"x" * length + head + head + REQUEST)
        responses = received(client).split(b"HTTP/1.1 ")[1:]
    assert [response[:3] for response in responses] == [b"200", b"404", b"200", b"200", b"200"]


def test_the_main_loop_answers_whether_it_is_alive(console: StartConsole):
    """No thread has to get its turn among those that compute pages."""
    one = console(workers=1)
    by_the_loop, by_a_thread = (
        ask(f"{one.url}/healthz", timeout=20) for ask in (requests.get, requests.head)
    )
    assert (by_the_loop.status_code, by_the_loop.text) == (200, "alive\n")
    assert [("X-Request-ID" in each.headers) for each in (by_the_loop, by_a_thread)] == [
        False,
        True,
    ]


def test_the_log_quotes_nothing_of_a_request_and_a_head_is_no_warning(console: StartConsole):
    one = console(workers=1)
    for request in (
        REQUEST,
        b"GET /calls/?q=canary x HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nCookie canary: x\r\n\r\n",
        b"GET / HTTP/canary\r\n\r\n",
    ):
        with connect(one) as client:
            client.sendall(request)
            assert received(client)
    log = one.log.read_text()
    assert log.count("Invalid request from ip=127.0.0.1") == 3
    assert log.count('"WARNING"') == 3
    assert "canary" not in log


def stop_under_load(one: Console) -> Counter[str]:
    """What becomes of new clients while the console stops, and of one that is sending a request."""
    outcomes: Counter[str] = Counter()
    over = threading.Event()

    def call() -> str:
        try:
            client = connect(one)
        except ConnectionRefusedError:
            return "refused"
        with client:
            try:
                client.sendall(REQUEST)
                return "served" if b"200 OK" in received(client) else "cut off"
            except OSError as error:
                return type(error).__name__

    def call_again_and_again() -> None:
        while not over.wait(0.01):
            outcomes[call()] += 1

    assert one.process
    under_way = connect(one)
    under_way.sendall(REQUEST[:20])
    threads = [threading.Thread(target=call_again_and_again) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    one.process.terminate()
    time.sleep(2)
    with under_way:
        under_way.sendall(REQUEST[20:])
        outcomes["under way " + ("served" if b"200 OK" in received(under_way) else "lost")] += 1
    assert one.stop() == 0
    over.set()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_client_that_comes_while_a_console_stops_is_served_or_refused(console: StartConsole):
    outcomes = stop_under_load(console(workers=2))
    assert set(outcomes) == {"served", "refused", "under way served"}


def test_the_control_gunicorns_own_worker_resets_clients_that_come_while_it_stops(
    console: StartConsole,
):
    outcomes = stop_under_load(console(workers=2, **PLAIN_GTHREAD))
    assert outcomes["ConnectionResetError"] > 0


def test_connections_that_clients_leave_open_do_not_keep_a_console_from_stopping(
    console: StartConsole,
):
    one = console(workers=1)
    with held_open(one.port, 20):
        assert requests.get(f"{one.url}/healthz", timeout=20).status_code == 200
        assert one.stop() == 0


def test_one_worker_that_stops_leaves_the_port_to_the_others(console: StartConsole):
    one = console(workers=2)
    first = one.workers[0]
    os.kill(first, signal.SIGTERM)
    wait_until(lambda: not Path(f"/proc/{first}").exists())
    for _ in range(20):
        assert requests.get(f"{one.url}/healthz", timeout=20).status_code == 200
    assert one.stop() == 0
