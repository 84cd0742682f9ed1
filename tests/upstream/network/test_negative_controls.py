"""The same upstreams, asked by a plain `requests`: what the egress protects from does happen."""

import pytest
import requests

from console.upstream.errors import ConnectionCut, Redirected, TimedOut
from tests.upstream.clients import egress_to, get, send
from tests.upstream.servers import Conversation, answer, answering, listening

TIMEOUT = 0.4  # seconds


def drip(conversation: Conversation) -> None:
    conversation.request()
    conversation.drip(answer(b"{}"), seconds=0.04)


def test_a_drip_outlasts_the_timeout_of_requests_and_not_ours() -> None:
    with listening(drip) as server:
        plain = requests.get(server.url, timeout=TIMEOUT)
        assert (plain.status_code, plain.elapsed.total_seconds() > 2 * TIMEOUT) == (200, True)
        with pytest.raises(TimedOut):
            send(egress_to(server), get(server), deadline=TIMEOUT)


def cut_in_the_head(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")


def test_a_head_that_is_cut_is_an_empty_success_to_requests_and_not_to_us() -> None:
    with listening(cut_in_the_head) as server:
        plain = requests.get(server.url, timeout=10)
        assert (plain.status_code, plain.content) == (200, b"")
        with pytest.raises(ConnectionCut):
            send(egress_to(server), get(server))


def test_a_redirect_leads_requests_elsewhere_and_not_us() -> None:
    with listening(answering(answer())) as other:
        moved = answer(status="302 Found", head=f"Location: {other.url}/\r\n".encode())
        with listening(answering(moved)) as server:
            requests.get(server.url, timeout=10)
            assert other.connections == 1
            with pytest.raises(Redirected):
                send(egress_to(server, other), get(server))
            assert other.connections == 1


def test_a_proxy_of_the_environment_is_asked_by_requests_and_not_by_us(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        listening(answering(answer(b"proxied"))) as proxy,
        listening(answering(answer())) as server,
    ):
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert requests.get(server.url, timeout=10).content == b"proxied"
        assert send(egress_to(server), get(server)).body == b"{}"
        assert proxy.connections == 1


def test_a_cookie_is_kept_by_a_session_of_requests_and_not_by_us() -> None:
    with listening(answering(answer(head=b"Set-Cookie: id=7\r\n"))) as server:
        egress = egress_to(server)
        with requests.Session() as session:
            for _ in range(2):
                session.get(server.url, timeout=10)
                send(egress, get(server))
    assert [b"id=7" in request for request in server.requests] == [False, False, True, False]
