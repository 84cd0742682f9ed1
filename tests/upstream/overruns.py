"""What an upstream may do to keep a caller waiting, and by how much each outlasts the deadline.

    python -m tests.upstream.overruns

prints a table: the longest overrun of each, plain and over TLS.
"""

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from console.upstream.errors import UpstreamError
from console.upstream.network.egress import Egress
from tests.upstream.clients import get, send
from tests.upstream.conftest import Certificate, make_certificate
from tests.upstream.servers import Conversation, Script, Server, listening

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"


def drip_in_headers(conversation: Conversation) -> None:
    conversation.request()
    conversation.drip(b"HTTP/1.1 200 OK\r\n" + b"X-More: y\r\n" * 100)


def drip_in_one_header_line(conversation: Conversation) -> None:
    conversation.request()
    conversation.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 1000)


def drip_in_body(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(HEAD)
    conversation.drip(b"y" * 500)


def drip_in_chunks(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    conversation.drip(b"1\r\ny\r\n" * 200)


def continue_for_ever(conversation: Conversation) -> None:
    conversation.request()
    for _ in range(200):
        conversation.drip(b"HTTP/1.1 100 Continue\r\n\r\n", seconds=0.01)


def hang_before_an_answer(conversation: Conversation) -> None:
    conversation.request()
    conversation.hang()


def hang_in_body(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(HEAD + b"half")
    conversation.hang()


SLOW: list[Script] = [
    drip_in_headers,
    drip_in_one_header_line,
    drip_in_body,
    drip_in_chunks,
    continue_for_ever,
    hang_before_an_answer,
    hang_in_body,
]


def half_close_before_an_answer(conversation: Conversation) -> None:
    conversation.request()
    conversation.sock.shutdown(socket.SHUT_WR)
    conversation.hang()


def half_close_in_headers(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(b"HTTP/1.1 200 OK\r\nX-Mo")
    conversation.sock.shutdown(socket.SHUT_WR)
    conversation.hang()


def half_close_in_body(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(HEAD + b"half")
    conversation.sock.shutdown(socket.SHUT_WR)
    conversation.hang()


def reset_before_an_answer(conversation: Conversation) -> None:
    conversation.request()
    conversation.reset()


def reset_in_headers(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(b"HTTP/1.1 200 OK\r\nX-Mo")
    conversation.reset()


def reset_in_body(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(HEAD + b"half")
    conversation.reset()


CUT: list[Script] = [
    half_close_before_an_answer,
    half_close_in_headers,
    half_close_in_body,
    reset_before_an_answer,
    reset_in_headers,
    reset_in_body,
]


@contextmanager
def black_hole() -> Iterator[str]:
    """The URL of a port where connections are never taken: its queue is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for each in waiting:
            each.close()


def overrun(
    server: Server, *, deadline: float, bundle: str | None = None
) -> tuple[float, UpstreamError | None]:
    """Seconds for which a call to `server` lasts beyond `deadline` (less than 0: it ended before),
    and how it failed."""
    egress = Egress(allowed_origins=[server.url], max_bytes=2**20, ca_bundle=bundle)
    began = monotonic()
    failure = None
    try:
        send(egress, get(server), deadline=deadline)
    except UpstreamError as error:
        failure = error
    return monotonic() - began - deadline, failure


def main(*, rounds: int = 20, deadline: float = 0.5) -> None:
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(Path(folder), "IP:127.0.0.1")
        for script in [*SLOW, *CUT]:
            row = [worst(script, rounds, deadline, over) for over in (None, certificate)]
            print(f"{script.__name__:30} plain {row[0]:+.3f} s   TLS {row[1]:+.3f} s")


def worst(script: Script, rounds: int, deadline: float, over: Certificate | None) -> float:
    with listening(script, tls=over.server if over else None) as server:
        bundle = over.bundle if over else None
        return max(overrun(server, deadline=deadline, bundle=bundle)[0] for _ in range(rounds))


if __name__ == "__main__":
    main()
