"""Whatever bytes come over the wire, what leaves Egress is a Response or an error of ours."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.upstream.errors import UpstreamError
from console.upstream.network.egress import Response
from tests.upstream.clients import egress_to, get, send
from tests.upstream.servers import Conversation, Server, listening

PARTS = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 301 \r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 999999999999 \xff\r\n",
    b"Content-Length: 3\r\n",
    b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Encoding: gzip, gzip, deflate\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Set-Cookie: a=b; Expires=\xff\r\n",
    b"Location: http://[\r\n",
    b"\r\n",
    b"3\r\nabc\r\n",
    b"0\r\n\r\n",
    b"-1\r\n",
    b"\x1f\x8b\x08",
    b"\x00",
    b" : \r\n",
]
wire = st.lists(st.sampled_from(PARTS) | st.binary(max_size=8), max_size=10).map(b"".join)


class Said:
    """What the upstream says next."""

    data = b""


@pytest.fixture(scope="module")
def upstream() -> Iterator[tuple[Server, Said]]:
    said = Said()

    def script(conversation: Conversation) -> None:
        conversation.request()
        with suppress(OSError):
            conversation.send(said.data)

    with listening(script) as server:
        yield server, said


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=wire)
def test_no_bytes_bring_the_egress_down(upstream: tuple[Server, Said], data: bytes) -> None:
    server, said = upstream
    said.data = data
    try:
        answered = send(egress_to(server), get(server), deadline=20)
    except UpstreamError as error:
        error.sentence.encode()
    else:
        assert isinstance(answered, Response)
