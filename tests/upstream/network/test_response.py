"""What comes back, and what never does."""

import gzip
import json
import threading
import tracemalloc
import zlib

import pytest

from console.upstream.errors import (
    Redirected,
    ResponseTooLarge,
    ResponseUnreadable,
    UpstreamError,
)
from console.upstream.timeline import Timeline
from console.vault.secret import Secret
from tests.upstream.clients import egress_to, get, post, send
from tests.upstream.servers import Conversation, answer, answering, listening

GZIP = b"Content-Encoding: gzip\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def test_header_names_of_an_answer_are_in_lower_case() -> None:
    with listening(answering(answer(head=b"X-Request-ID: 7\r\nRETRY-AFTER: 3\r\n"))) as server:
        headers = send(egress_to(server), get(server)).headers
    assert headers == {"content-length": "2", "x-request-id": "7", "retry-after": "3"}


def test_a_header_that_comes_twice_is_told_whole() -> None:
    head = b"WWW-Authenticate: Bearer\r\nWWW-Authenticate: Basic\r\n"
    with listening(answering(answer(head=head))) as server:
        headers = send(egress_to(server), get(server)).headers
    assert headers["www-authenticate"] == "Bearer, Basic"


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "422 Bad", "429 Slow", "500 Oh", "503 Oh"])
def test_any_status_but_a_redirect_is_an_answer(status: str) -> None:
    timeline = Timeline()
    with listening(answering(answer(b"", status=status))) as server:
        answered = send(egress_to(server), get(server), timeline=timeline)
    assert (answered.status, answered.body) == (int(status[:3]), b"")
    assert timeline.status == answered.status


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 There", "308 There"])
@pytest.mark.parametrize("make", [get, post])
def test_a_redirect_is_not_followed_and_the_token_goes_nowhere_else(
    status: str, make: type
) -> None:
    with listening(answering(answer())) as other:
        location = f"Location: {other.url}/stolen\r\n".encode()
        with listening(answering(answer(status=status, head=location))) as server:
            request = make(server, authorization=Secret("t0ken"))
            with pytest.raises(Redirected) as caught:
                send(egress_to(server, other), request)
            assert len(server.requests) == 1
        assert (other.connections, other.requests) == (0, [])
    assert caught.value.status == int(status[:3])
    assert other.url not in caught.value.sentence


def test_the_sentence_of_a_redirect_says_what_to_check() -> None:
    moved = answer(status="301 Moved")
    with listening(answering(moved)) as server, pytest.raises(Redirected) as caught:
        send(egress_to(server), get(server))
    assert caught.value.sentence == (
        f"DPaaS at 127.0.0.1:{server.port} responded with a redirect (status 301). Redirects are"
        " never followed. Check the address in the profile: the scheme, host and path must be"
        " exact."
    )


def test_a_compressed_answer_is_decoded() -> None:
    body = json.dumps({"name": "名前" * 1000}).encode()
    with listening(answering(answer(gzip.compress(body), head=GZIP))) as server:
        assert send(egress_to(server), get(server)).body == body


def test_an_answer_in_chunks_is_whole() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with listening(answering(head + b"3\r\n[1,\r\n4;x=y\r\n2,3]\r\n0\r\nX: y\r\n\r\n")) as server:
        egress = egress_to(server)
        assert [send(egress, get(server)).body for _ in range(2)] == [b"[1,2,3]"] * 2
        assert server.connections == 1


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 131_072, 700_000])
@pytest.mark.parametrize("piece", [b"x", b"\x00\x01\x02"])
def test_a_compressed_answer_of_any_size_is_whole(size: int, piece: bytes) -> None:
    body = (piece * size)[:size]
    with listening(answering(answer(gzip.compress(body), head=GZIP))) as server:
        assert send(egress_to(server), get(server)).body == body


def test_a_compressed_answer_may_come_in_members() -> None:
    members = gzip.compress(b'{"a":') + gzip.compress(b"") + gzip.compress(b"1}")
    with listening(answering(answer(members, head=GZIP))) as server:
        assert send(egress_to(server), get(server)).body == b'{"a":1}'


def test_a_compressed_answer_may_be_empty() -> None:
    with listening(answering(answer(b"", head=GZIP))) as server:
        assert send(egress_to(server), get(server)).body == b""


def test_an_answer_in_small_pieces_is_whole() -> None:
    body = gzip.compress(json.dumps({"name": "名前" * 100}).encode())
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"

    def script(conversation: Conversation) -> None:
        while conversation.request():
            conversation.drip(HEAD + GZIP + CHUNKED + b"\r\n" + chunks, seconds=0)

    with listening(script) as server:
        egress = egress_to(server)
        for _ in range(2):
            assert send(egress, get(server)).body == gzip.decompress(body)
        assert server.connections == 1


def test_headers_after_a_body_are_not_told() -> None:
    whole = HEAD + CHUNKED + b"\r\n2\r\n{}\r\n0\r\nRetry-After: 9\r\n\r\n"
    with listening(answering(whole)) as server:
        assert send(egress_to(server), get(server)).headers == {"transfer-encoding": "chunked"}


SURPLUS = {
    "an answer": HEAD + b"Content-Length: 4\r\n\r\nevil",
    "half a word": b"what",
    "a byte": b"\x00",
    "more headers than are let through": HEAD + b"X: y\r\n" * 1000,
}


@pytest.mark.parametrize("surplus", SURPLUS.values(), ids=SURPLUS)
def test_what_follows_an_answer_is_nobody_s_answer(surplus: bytes) -> None:
    with listening(answering(answer(b'"0"') + surplus, answer(b'"1"'))) as server:
        egress = egress_to(server)
        assert [send(egress, get(server)).body for _ in range(2)] == [b'"0"', b'"1"']


def test_what_comes_later_over_an_idle_connection_is_nobody_s_answer() -> None:
    said = threading.Event()

    def script(conversation: Conversation) -> None:
        while conversation.request():
            conversation.send(answer(b'"%d"' % conversation.number))
            if conversation.number == 0:
                conversation.send(answer(b'"evil"'))
                said.set()

    with listening(script) as server:
        egress = egress_to(server)
        first = send(egress, get(server)).body
        assert said.wait(10)
        assert b'"evil"' not in (first, send(egress, get(server)).body)


@pytest.mark.parametrize("status", ["204 No", "200 OK"])
def test_an_answer_without_a_body_keeps_its_connection(status: str) -> None:
    with listening(answering(answer(b"", status=status))) as server:
        egress = egress_to(server)
        assert [send(egress, get(server)).body for _ in range(2)] == [b"", b""]
        assert server.connections == 1


def test_a_head_may_come_in_any_pieces_whatever_its_size() -> None:
    """What is received together with its end is not counted as a part of it."""
    head = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 30_000) for n in range(3))
    whole = answer(b"x" * 300_000, head=head)

    def script(conversation: Conversation) -> None:
        conversation.request()
        for piece in (whole[:100], whole[100:80_000], whole[80_000:]):
            conversation.send(piece)
            conversation.server.stopped.wait(0.1)

    with listening(script) as server:
        assert len(send(egress_to(server), get(server)).body) == 300_000


def test_a_connection_that_the_upstream_ends_is_not_used_again() -> None:
    with listening(answering(answer(head=b"Connection: close\r\n"))) as server:
        egress = egress_to(server)
        assert [send(egress, get(server)).status for _ in range(2)] == [200, 200]
        assert server.connections == 2


@pytest.mark.parametrize("count", [97, 98])
def test_as_many_headers_as_are_let_through(count: int) -> None:
    head = b"".join(b"X-%d: y\r\n" % number for number in range(count + 1))
    with listening(answering(answer(head=head))) as server:
        if count == 97:
            assert len(send(egress_to(server), get(server)).headers) == 99
        else:
            with pytest.raises(ResponseUnreadable) as caught:
                send(egress_to(server), get(server))
            assert caught.value.reason == "it is not valid HTTP, or its headers are too long"


@pytest.mark.parametrize("size", [1000, 1001])
def test_the_cap_counts_the_bytes_of_the_body(size: int) -> None:
    with listening(answering(answer(b"x" * size))) as server:
        egress = egress_to(server, max_bytes=1000)
        if size == 1000:
            assert len(send(egress, get(server)).body) == 1000
        else:
            with pytest.raises(ResponseTooLarge):
                send(egress, get(server))


def test_the_sentence_of_a_large_answer_says_how_much_is_too_much() -> None:
    large = answer(b"x" * 3_000_000)
    with listening(answering(large)) as server, pytest.raises(ResponseTooLarge) as caught:
        send(egress_to(server, max_bytes=2 * 2**20), get(server))
    assert caught.value.sentence == (
        "The response from DPaaS is too large: more than 2 MiB. Request fewer rows or fields."
    )


def endless(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        conversation.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")


def test_an_endless_answer_ends_at_the_cap() -> None:
    with listening(endless) as server, pytest.raises(ResponseTooLarge):
        send(egress_to(server), get(server))


ODD = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a status that is no number": b"HTTP/1.1 abc OK\r\n\r\n",
    "a long header": b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 200_000 + b"\r\n\r\n",
    "many headers": b"HTTP/1.1 200 OK\r\n" + b"X-More: y\r\n" * 5000 + b"\r\n",
    "a status that nobody knows": b"HTTP/1.1 000 OK\r\n\r\n",
    "a change of protocol": HEAD.replace(b"200", b"101") + b"\r\n{}",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "early hints and no answer": b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" * 10_000,
    "chunks of gzip": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "another protocol": HEAD.replace(b"200", b"101")
    + b"Upgrade: x\r\nConnection: upgrade\r\n\r\n{}",
    "half a gzip": answer(gzip.compress(b"{}")[:-4], head=GZIP),
    "gzip and more": answer(gzip.compress(b"{}") + b"more", head=GZIP),
    "chunks without sizes": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n",
    "gzip that is none": answer(b"{}", head=GZIP),
    "deflate, not asked for": answer(zlib.compress(b"{}"), head=b"Content-Encoding: deflate\r\n"),
    "brotli, not asked for": answer(b"{}", head=b"Content-Encoding: br\r\n"),
    "gzip within gzip": answer(gzip.compress(gzip.compress(b"{}")), head=GZIP + GZIP),
    "gzip in a list": answer(gzip.compress(b"{}"), head=b"Content-Encoding: gzip, gzip\r\n"),
}


@pytest.mark.parametrize("data", ODD.values(), ids=ODD)
def test_an_answer_that_is_no_proper_http_is_unreadable(data: bytes) -> None:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(data)
        conversation.hang()

    with listening(script) as server, pytest.raises(ResponseUnreadable) as caught:
        send(egress_to(server), post(server))
    assert caught.value.may_have_happened


LENIENT = {  # what http.client reads more leniently than RFC 9112 wants it (docs/architecture.md)
    "a header without a colon": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nno colon\r\n\r\n{}",
    "a header folded over two lines": HEAD + b"X-Long: a\r\n  b\r\nContent-Length: 2\r\n\r\n{}",
    "a length and chunks": HEAD + b"Content-Length: 9\r\n" + CHUNKED + b"\r\n2\r\n{}\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("data", LENIENT.values(), ids=LENIENT)
def test_what_http_client_reads_leniently_is_read_as_what_it_says(data: bytes) -> None:
    with listening(answering(data)) as server:
        answered = send(egress_to(server), get(server))
    assert (answered.status, answered.body) == (200, b"{}")


WITHOUT = {
    "a content type": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "small letters": HEAD + b"TRANSFER-ENCODING: Chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "narrow chunk sizes": HEAD + CHUNKED + b"\r\n2  \r\n{}\r\n0\r\n\r\n",
    "a reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
    "carriage returns": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "ASCII": "HTTP/1.1 200 Ö\r\nX-Name: Zürich\r\nContent-Length: 2\r\n\r\n{}".encode(),
    "haste": b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" * 3
    + b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "patience": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("data", WITHOUT.values(), ids=WITHOUT)
def test_an_odd_head_does_no_harm(data: bytes) -> None:
    with listening(answering(data)) as server:
        assert send(egress_to(server), get(server)).status == 200


@pytest.mark.parametrize("turn", range(5))
def test_a_failure_carries_no_url_and_no_error_of_the_libraries(turn: int) -> None:
    """A reset this early comes while connecting, sending or reading, as it happens."""
    with listening(Conversation.reset) as server, pytest.raises(UpstreamError) as caught:
        send(egress_to(server), get(server, "/path", params={"q": "typed"}))
    error = caught.value
    assert (error.__cause__, error.__context__) == (None, None)
    assert "typed" not in str(error)


@pytest.mark.parametrize("packed", [True, False])
def test_a_large_body_is_held_decoded_only_after_its_turn(packed: bool) -> None:
    body = b'{"a": 1234567}\n' * 100_000
    whole = answer(gzip.compress(body), head=GZIP) if packed else answer(body)
    turns: list[int] = []
    with listening(answering(whole)) as server:
        request = post(server, before_large=lambda: turns.append(held()))
        tracemalloc.start()
        try:
            response = send(egress_to(server, max_bytes=2**21), request)
        finally:
            tracemalloc.stop()
    assert response.body == body
    assert len(turns) == 1
    assert turns[0] < len(body)


def held() -> int:
    """Bytes of memory that Python holds, since tracing began."""
    return tracemalloc.get_traced_memory()[0]


def test_a_small_body_takes_no_turn() -> None:
    with listening(answering(answer(b"{}"))) as server:
        request = post(server, before_large=lambda: pytest.fail("a turn was taken"))
        assert send(egress_to(server), request).body == b"{}"


def test_a_large_body_is_capped_while_it_comes() -> None:
    whole = answer(b"x" * (2**21 + 1))
    with listening(answering(whole)) as server, pytest.raises(ResponseTooLarge):
        send(egress_to(server, max_bytes=2**21), post(server, before_large=lambda: None))


def test_a_timeline_counts_the_bytes_of_the_wire() -> None:
    timeline = Timeline()
    whole = answer(gzip.compress(bytes(100_000)), head=GZIP)
    with listening(answering(whole)) as server:
        send(egress_to(server), post(server), timeline=timeline)
    assert (timeline.sent_bytes, timeline.received_bytes) == (len(server.requests[0]), len(whole))
