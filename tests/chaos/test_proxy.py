"""The fault proxy, byte by byte: what reaches the client, and what the upstream hears."""

import socket
from collections.abc import Iterator

import pytest

from chaos.clients import wait_until
from chaos.proxy import HOST, NO_FAULT, Fault, Proxy, always, by_chance
from tests.upstream.servers import Conversation, Server, listening

QUESTION = b"POST /accounts HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}"
ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nmade"


def answer(one: Conversation) -> None:
    while one.request():
        one.send(ANSWER)


@pytest.fixture
def upstream() -> Iterator[Server]:
    with listening(answer) as server:
        yield server


@pytest.fixture
def proxy(upstream: Server) -> Iterator[Proxy]:
    with Proxy(HOST, upstream.port) as one:
        yield one


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection((HOST, int(proxy.url.rpartition(":")[2])), timeout=10)


def everything(client: socket.socket) -> bytes:
    """What comes until the other side ends it."""
    received = b""
    while chunk := client.recv(65536):
        received += chunk
    return received


def asked(proxy: Proxy, fault: Fault) -> bytes:
    """Send one question over a connection with this fault; what comes of it before FIN."""
    proxy.rule = always(fault)
    with connect(proxy) as client:
        client.sendall(QUESTION)
        return everything(client)


def test_where_nothing_goes_wrong_both_ways_pass_and_one_connection_serves_twice(
    proxy: Proxy, upstream: Server
) -> None:
    with connect(proxy) as client:
        for _ in range(2):
            client.sendall(QUESTION)
            assert client.recv(len(ANSWER), socket.MSG_WAITALL) == ANSWER
        client.shutdown(socket.SHUT_WR)
        assert everything(client) == b""
    assert upstream.requests == [QUESTION] * 2
    assert (proxy.connections, proxy.faults_applied) == (1, 0)


def test_an_answer_is_cut_after_so_many_bytes(proxy: Proxy, upstream: Server) -> None:
    assert asked(proxy, Fault(cut_after=30)) == ANSWER[:30]
    assert upstream.requests == [QUESTION]


def test_an_answer_is_reset_after_so_many_bytes(proxy: Proxy, upstream: Server) -> None:
    proxy.rule = always(Fault(reset_after=0))
    with connect(proxy) as client:
        client.sendall(QUESTION)
        with pytest.raises(ConnectionResetError):
            everything(client)
    assert upstream.requests == [QUESTION]


def test_the_request_arrives_and_its_answer_is_lost(proxy: Proxy, upstream: Server) -> None:
    assert asked(proxy, Fault(lose_answer=True)) == b""
    assert upstream.requests == [QUESTION]


def test_a_request_that_is_lost_never_arrives(proxy: Proxy, upstream: Server) -> None:
    assert asked(proxy, Fault(lose_request=True)) == b""
    assert (upstream.requests, upstream.connections) == ([], 0)


def test_a_half_closed_connection_still_takes_requests(proxy: Proxy, upstream: Server) -> None:
    proxy.rule = always(Fault(half_close_after=10))
    with connect(proxy) as client:
        client.sendall(QUESTION)
        assert everything(client) == ANSWER[:10]
        client.sendall(QUESTION)
        assert wait_until(lambda: upstream.requests == [QUESTION] * 2)


def test_a_black_hole_neither_answers_nor_ends(proxy: Proxy, upstream: Server) -> None:
    proxy.rule = always(Fault(black_hole=True))
    with connect(proxy) as client:
        client.sendall(QUESTION)
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.recv(1)
    assert (upstream.requests, upstream.connections) == ([], 0)


def test_a_drip_comes_whole_and_in_small_chunks(proxy: Proxy) -> None:
    proxy.rule = always(Fault(drip=0.01, drip_bytes=5))
    chunks = []
    with connect(proxy) as client:
        client.sendall(QUESTION)
        while len(b"".join(chunks)) < len(ANSWER):
            chunks.append(client.recv(65536))
    assert b"".join(chunks) == ANSWER
    assert len(chunks) > 1


def test_a_late_connection_is_passed_on_at_last(proxy: Proxy) -> None:
    assert asked(proxy, Fault(latency=0.05, cut_after=len(ANSWER))) == ANSWER


def test_who_stops_listening_refuses_and_cuts_and_listens_again_where_it_was(proxy: Proxy) -> None:
    proxy.rule = always(Fault(black_hole=True))
    with connect(proxy) as held:
        assert wait_until(lambda: proxy.connections == 1)
        proxy.stop_listening()
        assert everything(held) == b""
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.listen()
    assert asked(proxy, Fault(cut_after=len(ANSWER))) == ANSWER


def test_chance_plays_each_fault_and_the_same_again_for_the_same_seed() -> None:
    faults = (Fault(lose_answer=True), Fault(reset_after=0))
    rules = [by_chance(0.5, faults, seed=1) for _ in range(2)]
    first, second = ([rule() for _ in range(400)] for rule in rules)
    assert first == second
    assert set(first) == {NO_FAULT, *faults}
    assert 150 < first.count(NO_FAULT) < 250
