"""Connections: kept, given up, cut; what is sent again and what never."""

import os
import threading
from dataclasses import replace
from typing import Any

import pytest

from console.profiles.clients import egress
from console.upstream.errors import (
    ConnectFailed,
    ConnectionCut,
    HostUnknown,
    UpstreamError,
)
from console.upstream.network.adapter import MAX_SESSIONS
from console.upstream.network.egress import Egress, Request
from console.upstream.timeline import Timeline
from tests.upstream.clients import egress_to, get, post, send
from tests.upstream.servers import STALE, Conversation, Script, answer, answering, listening


@pytest.mark.parametrize("script", STALE)
def test_a_read_over_a_connection_that_was_given_up_is_repeated_once(script: Script) -> None:
    with listening(script) as server:
        egress = egress_to(server)
        assert send(egress, get(server)).body == b'"0"'
        assert send(egress, get(server)).body == b'"1"'
        assert (server.connections, len(server.requests)) == (2, 3)


def test_a_try_that_was_lost_stands_on_the_timeline_with_its_time() -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(answer())
        if conversation.request():
            conversation.server.stopped.wait(0.3)

    with listening(script) as server:
        egress = egress_to(server)
        send(egress, get(server))
        timeline = Timeline()
        send(egress, get(server), timeline=timeline)
        timeline.stop()
    assert [step for step, _ in timeline.steps] == [
        "connection lost",
        "connect",
        "first byte",
        "body",
    ]
    assert timeline.total_ms > 300
    assert sum(ms for _, ms in timeline.steps) > 0.8 * timeline.total_ms


@pytest.mark.parametrize("script", STALE)
def test_the_repeat_of_a_read_is_not_repeated(script: Script) -> None:
    def worse(conversation: Conversation) -> None:
        if conversation.number == 0:
            script(conversation)
        else:
            conversation.request()

    with listening(worse) as server:
        egress = egress_to(server)
        send(egress, get(server))
        with pytest.raises(ConnectionCut):
            send(egress, get(server))
        assert (server.connections, len(server.requests)) == (2, 3)


def test_a_read_over_a_fresh_connection_is_not_repeated() -> None:
    with listening(lambda conversation: conversation.request() and None) as server:
        with pytest.raises(ConnectionCut) as caught:
            send(egress_to(server), get(server))
        assert len(server.requests) == 1
    assert caught.value.sentence == (
        "The connection to DPaaS was lost before it responded."
        " Try again. If it keeps failing, tell your administrator."
    )


def test_an_answer_that_has_begun_is_not_asked_for_again() -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(answer())
        conversation.request()
        conversation.send(b"HTTP/1.1 200 OK\r\nContent-Le")

    with listening(script) as server:
        egress = egress_to(server)
        send(egress, get(server))
        with pytest.raises(ConnectionCut):
            send(egress, get(server))
        assert len(server.requests) == 2


@pytest.mark.parametrize("script", STALE)
def test_a_write_never_uses_a_used_connection_and_is_never_sent_twice(script: Script) -> None:
    with listening(script) as server:
        egress = egress_to(server)
        send(egress, get(server))
        assert send(egress, post(server)).body == b'"1"'
        assert (server.connections, len(server.requests)) == (2, 2)


def test_a_write_that_is_cut_is_sent_once_and_may_have_happened() -> None:
    with listening(lambda conversation: conversation.request() and None) as server:
        with pytest.raises(ConnectionCut) as caught:
            send(egress_to(server), post(server))
        assert len(server.requests) == 1
    assert caught.value.may_have_happened
    assert caught.value.sentence == (
        "The connection to DPaaS was lost before it responded."
        " It may have gone through. Check before you try again."
    )


def test_a_connection_is_kept_for_the_reads_of_one_profile() -> None:
    with listening(answering(answer())) as server:
        egress = egress_to(server)
        timelines = [Timeline() for _ in range(3)]
        for timeline in timelines:
            send(egress, get(server), timeline=timeline)
        assert server.connections == 1
    assert [[step for step, _ in timeline.steps] for timeline in timelines] == [
        ["connect", "first byte", "body"],
        ["first byte", "body"],
        ["first byte", "body"],
    ]


def twice(conversation: Conversation) -> None:
    """Answer the first request with two responses: the next request gets what is not its own."""
    request = conversation.request()
    told = answer(request.split(b" ")[1])
    conversation.send(told)
    conversation.server.stopped.wait(0.2)
    while request := conversation.request():
        conversation.send(told)


def test_two_profiles_never_share_a_connection() -> None:
    """An upstream that answers twice would show one teammate's list to another."""
    with listening(twice) as server:
        egress = egress_to(server)
        bodies = [
            send(egress, replace(get(server, f"/of/{profile}"), connection_pool=profile)).body
            for profile in ("alice", "bob", "carol")
        ]
        assert server.connections == 3
    assert bodies == [b"/of/alice", b"/of/bob", b"/of/carol"]


def test_profiles_that_share_a_connection_would_see_each_other_s_responses() -> None:
    """The negative control of the test above."""
    with listening(twice) as server:
        egress = egress_to(server)
        bodies = [send(egress, get(server, f"/of/{profile}")).body for profile in ("alice", "bob")]
    assert bodies == [b"/of/alice", b"/of/alice"]


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CUT = {
    "nothing at all": b"",
    "in the status line": b"HTTP/1.1 20",
    "in the head": HEAD,
    "in a header": HEAD + b"Content-Le",
    "in the body": HEAD + b'Content-Length: 100\r\n\r\n{"half',
    "in a chunk": HEAD + b'Transfer-Encoding: chunked\r\n\r\n64\r\n{"half',
    "between chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
}


@pytest.mark.parametrize("data", CUT.values(), ids=CUT)
@pytest.mark.parametrize("end", ["closed", "reset"])
def test_half_an_answer_is_never_taken_for_a_whole_one(data: bytes, end: str) -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(data)
        if end == "reset":
            conversation.reset()

    with listening(script) as server, pytest.raises(ConnectionCut) as caught:
        send(egress_to(server), post(server))
    assert caught.value.may_have_happened


def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(b'HTTP/1.0 200 OK\r\n\r\n{"whole": 1}')

    with listening(script) as server:
        assert send(egress_to(server), get(server)).body == b'{"whole": 1}'


def test_nothing_listening_is_a_failed_connection_and_nothing_was_sent() -> None:
    with listening(answering(answer())) as server:
        pass
    with pytest.raises(ConnectFailed) as caught:
        send(egress_to(server), post(server))
    assert not caught.value.may_have_happened
    assert caught.value.sentence == (
        f"Could not connect to DPaaS at 127.0.0.1:{server.port}: connection refused."
        " Check that it is running and that the address in the profile is"
        " right."
    )


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
def test_an_unknown_host_is_told_by_name(host: str) -> None:
    egress = Egress(allowed_origins=[f"https://{host}"], max_bytes=100)
    with pytest.raises(HostUnknown) as caught:
        send(egress, Request("GET", f"https://{host}/", system="Dxtra"))
    assert caught.value.sentence == (
        f"The host of Dxtra at {host} could not be found. Check the address in the profile."
        " If it is right, DNS is failing."
    )


@pytest.mark.parametrize("make", [get, post])
def test_an_answer_that_comes_before_the_request_is_out_is_an_answer(make: type) -> None:
    """A server that takes no more says so, and closes; TCP then resets what is still sent."""

    def script(conversation: Conversation) -> None:
        conversation.sock.recv(1000)
        conversation.send(answer(b"{}", status="413 Too Large"))

    with listening(script) as server:
        request = make(server, json={"name": "x" * 8_000_000})
        assert send(egress_to(server), request).status == 413


def test_many_threads_share_one_egress() -> None:
    def script(conversation: Conversation) -> None:
        while request := conversation.request():
            path = request.split(b" ")[1]
            conversation.send(answer(b'"%s"' % path))

    wrong: list[object] = []

    def work(egress: Egress, number: int) -> None:
        for turn in range(25):
            make = get if turn % 2 else post
            path = f"/{number}/{turn}"
            try:
                body = send(egress, make(server, path), deadline=20).body
            except UpstreamError as error:
                wrong.append(error)
            else:
                wrong.extend([] if body == f'"{path}"'.encode() else [(path, body)])

    with listening(script) as server:
        egress = egress_to(server)
        threads = [threading.Thread(target=work, args=(egress, n)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(server.requests) == 16 * 25
    assert wrong == []


def test_connections_are_kept_for_the_profiles_that_were_used_last() -> None:
    """Those of the others are closed once they are dropped."""
    ended = threading.Semaphore(0)

    def script(conversation: Conversation) -> None:
        answering(answer())(conversation)
        ended.release()

    with listening(script) as server:
        egress = egress_to(server)
        for number in range(MAX_SESSIONS + 3):
            request = replace(get(server), connection_pool=f"profile {number}")
            assert send(egress, request).status == 200
        assert all(ended.acquire(timeout=10) for _ in range(3))
        assert not ended.acquire(blocking=False)


def test_a_forked_process_opens_connections_of_its_own(
    settings: Any,
) -> None:
    with listening(answering(answer())) as server:
        settings.UPSTREAM_ORIGINS = [server.url]
        egress.cache_clear()
        send(egress(), get(server))
        child = os.fork()
        if child == 0:  # pragma: no cover
            status = 1
            try:
                status = 0 if send(egress(), get(server)).status == 200 else 1
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        send(egress(), get(server))
        assert server.connections == 2
    egress.cache_clear()
