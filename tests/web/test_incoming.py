"""When is a request whole? Each is given in one piece, byte by byte, and with each byte missing."""

import pytest
from gunicorn.http.errors import NoMoreData

from console.web.incoming import MAX_CHUNKS, MAX_HEAD_BYTES, IncomingRequest, ReceivedBytes

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = [
    b"GET /healthz HTTP/1.1\r\n\r\n",
    HEAD + b"\r\n",
    HEAD + b"Content-Length: 0\r\n\r\n",
    HEAD + b"CONTENT-LENGTH:7 \r\nX: y\r\n\r\n1234\r\n7",
    CHUNKED + b"0\r\n\r\n",
    CHUNKED + b"4\r\nabcd\r\n000A;x=y\r\n0\r\n\r\n12345\r\n0\r\n\r\n",
    CHUNKED + b"1\r\na\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n",
]
REFUSED = [
    HEAD + b"Content-Length: 101\r\n\r\n",
    CHUNKED + b"65\r\n",
    CHUNKED + b"zz\r\n",
    CHUNKED + b"-1\r\n",
    CHUNKED + b"1\r\na\r\n" * 18,
    b"x" * (MAX_HEAD_BYTES + 1),
]


def is_whole(request: bytes) -> bool:
    return IncomingRequest(max_body=100).add(request)


@pytest.mark.parametrize("request_", WHOLE)
def test_a_request_is_whole_when_its_last_byte_is_here_and_not_before(request_: bytes):
    assert is_whole(request_)
    assert not any(is_whole(request_[:end]) for end in range(len(request_)))
    incoming = IncomingRequest(max_body=100)
    answers = [incoming.add(request_[at : at + 1]) for at in range(len(request_))]
    assert answers == [False] * (len(request_) - 1) + [True]
    assert incoming.data == request_


@pytest.mark.parametrize("request_", REFUSED)
def test_what_will_be_refused_is_not_waited_for(request_: bytes):
    assert is_whole(request_)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (HEAD + b"Content-Length: 1000001\r\n\r\n", b"x"),
        (CHUNKED, b"F4241\r\n"),
        (CHUNKED, b"1\r\na\r\n" * (MAX_CHUNKS + 1)),
        (CHUNKED, b"0" * MAX_HEAD_BYTES + b"1;" + b"x" * 1_000_000),
    ],
)
def test_of_a_body_that_is_too_large_a_thread_gets_nothing(head: bytes, body: bytes):
    incoming = IncomingRequest(max_body=1_000_000)
    assert incoming.add(head + body)
    assert incoming.is_too_large
    assert incoming.to_serve == head


def test_a_body_within_the_limits_is_served_whole():
    incoming = IncomingRequest(max_body=1_000_000)
    assert incoming.add(CHUNKED + b"1\r\na\r\n" * MAX_CHUNKS + b"0\r\n\r\n")
    assert incoming.to_serve == incoming.data


@pytest.mark.parametrize(
    "target", [b"/large/?a=/b", b"/lar%67e/", b"http://127.0.0.1:1/large/", b"https://a/large/?x"]
)
def test_a_path_that_takes_more_is_known_in_every_form(target: bytes):
    asked: list[str] = []
    incoming = IncomingRequest(max_body=1, max_body_of=lambda path: asked.append(path) or 9)
    incoming.add(b"POST " + target + b" HTTP/1.1\r\nContent-Length: 5\r\n\r\n")
    assert (asked, incoming.is_too_large) == (["/large/"], False)


def test_nothing_is_read_past_what_was_received():
    received = ReceivedBytes()
    received.hold(bytearray(b"abcde"))
    assert [received.recv(2), received.size] == [b"ab", 5]
    assert [received.recv(9), received.size] == [b"cde", 5]
    with pytest.raises(NoMoreData):
        received.recv(1)
    received.hold(bytearray(b"abcde"))
    received.recv(2)
    assert [received.release(), received.size] == [b"cde", 0]
    with pytest.raises(NoMoreData):
        received.recv(1)


@pytest.mark.parametrize(
    ("line", "probe"),
    [
        (b"GET /healthz HTTP/1.1", True),
        (b"HEAD /readyz HTTP/1.1", True),
        (b"GET /healthz/ HTTP/1.1", False),
        (b"POST /readyz HTTP/1.1", False),
        (b"GET /x?/healthz HTTP/1.1", False),
    ],
)
def test_a_probe_is_known_by_its_first_line(line: bytes, probe: bool):
    incoming = IncomingRequest(max_body=100)
    incoming.add(line + b"\r\n\r\n")
    assert incoming.is_probe is probe
