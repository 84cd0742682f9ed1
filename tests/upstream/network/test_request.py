"""What goes out, and what never does."""

import json
from pathlib import Path

import pytest

from console.upstream.errors import TargetRefused
from console.upstream.network.egress import Request
from console.upstream.network.origins import parse_url
from console.upstream.network.request import prepare
from console.vault.secret import Secret
from tests.upstream.clients import CONTEXT, egress_to, get, post, send
from tests.upstream.servers import answer, answering, listening


def head_of(request: bytes) -> dict[str, str]:
    lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}


def test_a_read_goes_out_with_its_parameters_its_token_and_nothing_more() -> None:
    with listening(answering(answer(b"[]"))) as server:
        request = get(
            server, params={"order_by": "-name", "q": "a b&c"}, authorization=Secret("t0ken")
        )
        assert send(egress_to(server), request).body == b"[]"
    assert server.requests[0].startswith(b"GET /things?order_by=-name&q=a+b%26c HTTP/1.1\r\n")
    assert head_of(server.requests[0]) == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": "Gatehouse",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "authorization": "Bearer t0ken",
    }


@pytest.mark.parametrize(
    ("rest", "target"),
    [
        ("", "/"),
        ("?page=2", "/?page=2"),
        ("/a%2Fb/~c;d=e", "/a%2Fb/~c;d=e"),
        ("/a//b/../c/", "/a//c/"),
    ],
)
def test_an_address_goes_out_as_it_was_written_but_for_dot_segments(rest: str, target: str) -> None:
    with listening(answering(answer())) as server:
        origin = f"http://LocalHost:{server.port}"
        request = Request("GET", origin + rest, idempotent=True)
        send(egress_to(internal_origins=[origin]), request)
    assert server.requests[0].startswith(f"GET {target} HTTP/1.1\r\n".encode())
    assert head_of(server.requests[0])["host"] == f"localhost:{server.port}"


def test_a_write_goes_out_as_json_with_its_secrets_opened() -> None:
    with listening(answering(answer())) as server:
        send(egress_to(server), post(server, json={"name": "Zürich", "password": Secret('p"w')}))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /things HTTP/1.1\r\n")
    assert head_of(head)["content-type"] == "application/json"
    assert json.loads(body) == {"name": "Zürich", "password": 'p"w'}


def test_a_write_without_a_body_says_so() -> None:
    with listening(answering(answer())) as server:
        send(egress_to(server), post(server, json=None))
    assert head_of(server.requests[0])["content-length"] == "0"


def test_half_a_character_in_a_body_is_escaped() -> None:
    with listening(answering(answer())) as server:
        send(egress_to(server), post(server, json={"x": "\ud800"}))
    assert server.requests[0].endswith(b'{"x": "\\ud800"}')


UNSENDABLE = {
    "not a number": {"json": {"x": float("nan")}},
    "no JSON": {"json": {"x": object()}},
    "a header in two lines": {"headers": {"X-Hasura-Role": "me\r\nX-Evil: 1"}},
    "a header outside Latin-1": {"headers": {"X-Hasura-Role": "名前"}},
    "a token in two lines": {"authorization": Secret("s3cret\r\nX-Evil: 1")},
    "a token that ends its line": {"authorization": Secret("s3cret\n")},
    "half a character": {"params": {"q": "\ud800"}},
}


@pytest.mark.parametrize("fields", UNSENDABLE.values(), ids=UNSENDABLE)
def test_what_cannot_be_written_as_a_request_is_not_sent(fields: dict[str, object]) -> None:
    with listening(answering(answer())) as server:
        with pytest.raises(TargetRefused) as caught:
            send(egress_to(server), get(server, **fields))
        assert server.requests == []
    assert not caught.value.may_have_happened
    assert "s3cret" not in caught.value.sentence


def test_a_request_does_not_show_its_secrets() -> None:
    request = Request("POST", "http://x/", json={"p": "s3cret"}, authorization=Secret("s3"))
    prepared = prepare(request, parse_url("http://x/")[0], CONTEXT)
    assert b"s3cret" in prepared.body
    assert "s3" not in f"{request!r} {prepared!r} {prepared}"


def test_cookies_are_neither_kept_nor_sent_nor_told() -> None:
    with listening(answering(answer(head=b"Set-Cookie: id=7; Path=/\r\n"))) as server:
        egress = egress_to(server)
        answers = [send(egress, get(server)) for _ in range(3)]
    assert [answer.headers for answer in answers] == [{"content-length": "2"}] * 3
    assert [head_of(request).get("cookie") for request in server.requests] == [None] * 3


def test_proxies_and_netrc_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password from-netrc\n")
    with listening(answering(answer())) as proxy, listening(answering(answer())) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.delenv("no_proxy", raising=False)
        send(egress_to(server), get(server))
        assert proxy.connections == 0
    assert "authorization" not in head_of(server.requests[0])
