"""Small answers that would become huge ones, and huge ones: refused, in little memory and time.

Each is read by a process of its own, through the whole client, and its memory measured there.
"""

import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.services.console import ROOT
from tests.upstream.servers import Conversation, Script, answer, listening

MiB = 2**20
MAX_GROWTH = 20e6  # bytes
LIMIT = 60  # seconds, with the start of a process, on a loaded machine

READER = """
import sys
from console.upstream.dpaas_records import account_from
from console.graphql.actions import failed_actions
from console.upstream.dpaas import Dpaas
from console.upstream.dxtra import Dxtra
from console.upstream.network.egress import Egress
from console.upstream.errors import UpstreamError
from console.upstream.session import AuthorizedSession
from console.upstream.timeline import Timeline
from tests.upstream.clients import Tokens

def most_memory():
    lines = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(lines["VmHWM"].split()[0]) * 1024

def dpaas(session, url):
    Dpaas(session, url).page("/accounts", account_from)

def dxtra(session, url):
    result = Dxtra(session, url).execute("{a}", is_mutation=False)
    failed_actions(result.data, ["act", "a"])

url, client = sys.argv[1:]
egress = Egress(allowed_origins=[url], max_bytes=16 * 2**20)
def read():
    session = AuthorizedSession(egress, Tokens(), Timeline(), 30)
    try:
        {"dpaas": dpaas, "dxtra": dxtra}[client](session, url)
    except UpstreamError as error:
        return f"{type(error).__name__}: {error.reason}"
    return "read"
read()  # what is imported and made at the first time is no growth
before = most_memory()
outcome = read()
print(most_memory() - before, outcome, sep=chr(9))
"""

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="reads a process's memory from /proc"
)


def packed(data: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = b"".join(packer.compress(data) for _ in range(times)) + packer.flush()
    return answer(pieces, head=b"Content-Encoding: gzip\r\n")


def read_by(client: str, pieces: Callable[[], Iterable[bytes]]) -> tuple[int, str]:
    """How many bytes of memory `client` takes for an answer made of `pieces`, and what it says."""
    with listening(then(pieces)) as server:
        done = subprocess.run(
            [sys.executable, "-c", READER, server.url, client],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    assert done.returncode == 0, done.stderr
    growth, outcome = done.stdout.strip().split("\t")
    return int(growth), outcome


def then(pieces: Callable[[], Iterable[bytes]]) -> Script:
    """A good small answer, and then the bomb."""

    def script(conversation: Conversation) -> None:
        while conversation.request():
            if len(conversation.server.requests) == 1:
                conversation.send(answer(b'{"data":{"a":1},"results":[]}'))
                continue
            for piece in pieces():
                conversation.send(piece)

    return script


OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def over_and_over(begin: bytes, piece: bytes) -> Iterator[bytes]:
    yield begin
    while True:
        yield piece


def zeros() -> list[bytes]:
    return [packed(bytes(MiB), 100)]


HTTP = {
    "gzip": zeros,
    "a million headers": lambda: [OK + b"X: y\r\n" * 1_000_000 + b"\r\n{}"],
    "headers without an end": lambda: over_and_over(OK, b"X: " + b"y" * 60_000 + b"\r\n"),
    "a header line of 10 MB": lambda: [OK + b"X: " + b"y" * 10_000_000 + b"\r\n\r\n{}"],
    "a status line of 10 MB": lambda: [b"HTTP/1.1 200 " + b"y" * 10_000_000 + b"\r\n\r\n{}"],
    "answers before the answer": lambda: over_and_over(
        b"", b"HTTP/1.1 100 Go\r\nX: y\r\n\r\n" * 99
    ),
    "a chunk's size without an end": lambda: over_and_over(CHUNKED, b"0" * 60_000),
    "chunks with long extensions": lambda: over_and_over(
        CHUNKED, b"1;" + b"e" * 60_000 + b"\r\nx\r\n"
    ),
    "trailers without an end": lambda: over_and_over(
        CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: " + b"y" * 10_000 + b"\r\n"
    ),
    "a long trailer after a long body": lambda: [
        CHUNKED + b"%x\r\n" % 900_000 + b"y" * 900_000 + b"\r\n0\r\nX: " + b"y" * 15_000_000
    ],
    "a trailer's name without an end": lambda: over_and_over(
        CHUNKED + b"%x\r\n" % 900_000 + b"y" * 900_000 + b"\r\n0\r\n", b"y" * 60_000
    ),
    "a body without an end": lambda: over_and_over(OK + b"\r\n", b"y" * 60_000),
}
JSON = {
    "100,000 lists in lists": lambda: [answer(b"[" * 100_000 + b"]" * 100_000)],
    "100,000 objects in objects": lambda: [answer(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)],
    "a line of 10 MB": lambda: [answer(b'"' + b"x" * 10_000_000 + b'"')],
    "many small lists": lambda: [answer(b"[" + b"[]," * 3_000_000 + b"0]")],
}
ALMOST_TOO_LARGE = {
    "lists": lambda: [answer(b"[" + b"[]," * 49_000 + b"0]")],
    "objects": lambda: [
        answer(b"[" + b",".join(b'{"%d":"%d"}' % (n, n) for n in range(49_000)) + b"]")
    ],
    "a text": lambda: [answer(b'"' + "\U0001f600".encode() + b"x" * (MiB - 99) + b'"')],
}
GRAPHQL = {
    "a text of 10 MB": lambda: [answer(b'{"data":{"a":"' + b"x" * 10_000_000 + b'"}}')],
    "a text of 10 MB, not ASCII": lambda: [
        answer(b'{"data":{"a":"' + "é".encode() * 5_000_000 + b'"}}')
    ],
    "500,000 lists in data": lambda: [answer(b'{"data":' + b"[" * 500_000 + b"]" * 500_000 + b"}")],
    "500,000 lists in errors": lambda: [
        answer(b'{"errors":' + b"[" * 500_000 + b"]" * 500_000 + b"}")
    ],
    "a million small errors": lambda: [answer(b'{"errors":[' + b'{"":0},' * 1_000_000 + b"0]}")],
    "a text in errors, not ASCII": lambda: [
        answer(b'{"errors":[{"message":"' + "é".encode() * 5_000_000 + b'"}]}')
    ],
    "a number of 5 MB": lambda: [answer(b'{"data":' + b"9" * 5_000_000 + b"}")],
}
ALMOST_16_MIB = 16 * MiB - 99


def filled(begin: bytes, piece: bytes, end: bytes) -> Callable[[], list[bytes]]:
    """As many pieces as the largest answer that is taken has room for."""
    times = (ALMOST_16_MIB - len(begin) - len(end)) // len(piece)
    return lambda: [answer(begin + piece * times + end)]


def nested(begin: bytes) -> Callable[[], list[bytes]]:
    return lambda: [answer(begin + b"[" * (8 * MiB - 99) + b"]" * (8 * MiB - 99) + b"}")]


FAILED = b'{"data":{"act":{"status":"error"},"a":'
WIDE = b"{" + b",".join(b'"c%d":1' % n for n in range(20_000)) + b"},"
MAX_SIZE_GRAPHQL = {
    "a text": filled(b'{"data":{"a":"', b"x", b'"}}'),
    "a text, not ASCII": filled(b'{"data":{"a":"', "é".encode(), b'"}}'),
    "a text after a failed action": filled(FAILED + b'"' + "\U0001f600".encode(), b"x", b'"}}'),
    "rows": filled(b'{"data":{"a":[', b'{"id":1,"name":"abc"},', b"{}]}}"),
    "rows after a failed action": filled(FAILED + b"[", b'{"id":1,"name":"abc"},', b"{}]}}"),
    "wide rows": filled(b'{"data":{"a":[', WIDE, b"{}]}}"),
    "lists in data": nested(b'{"data":'),
    "lists in errors": nested(b'{"errors":'),
    "small errors": filled(b'{"errors":[', b'{"":0},', b"0]}"),
    "keys in a failed action": lambda: [
        answer(FAILED + b"{" + b",".join(b'"%08d":0' % n for n in range(1_280_000)) + b"}}}")
    ],
}


@needs_proc
@pytest.mark.parametrize("pieces", [*HTTP.values(), *JSON.values()], ids=[*HTTP, *JSON])
def test_a_bomb_is_refused_with_a_reason_and_takes_little_memory(
    pieces: Callable[[], Iterable[bytes]],
) -> None:
    growth, outcome = read_by("dpaas", pieces)
    assert growth <= MAX_GROWTH
    name, _, reason = outcome.partition(": ")
    assert name in ("ResponseTooLarge", "ResponseUnreadable")
    assert reason


@needs_proc
@pytest.mark.parametrize("pieces", ALMOST_TOO_LARGE.values(), ids=ALMOST_TOO_LARGE)
def test_what_is_just_small_enough_to_be_read_takes_little_memory_too(
    pieces: Callable[[], Iterable[bytes]],
) -> None:
    growth, outcome = read_by("dpaas", pieces)
    assert growth <= MAX_GROWTH
    assert outcome.startswith("ResponseUnreadable: it has no list")


@needs_proc
@pytest.mark.parametrize("pieces", GRAPHQL.values(), ids=GRAPHQL)
def test_a_large_graphql_answer_takes_little_more_memory_than_its_size(
    pieces: Callable[[], Iterable[bytes]],
) -> None:
    growth, _ = read_by("dxtra", pieces)
    assert growth <= MAX_GROWTH


@needs_proc
@pytest.mark.parametrize("pieces", MAX_SIZE_GRAPHQL.values(), ids=MAX_SIZE_GRAPHQL)
def test_the_largest_graphql_answer_takes_little_more_memory_than_its_size_too(
    pieces: Callable[[], Iterable[bytes]],
) -> None:
    growth, outcome = read_by("dxtra", pieces)
    assert outcome in ("read", "ResponseUnreadable: it is nested too deeply")
    assert growth <= MAX_GROWTH


@needs_proc
def test_a_plain_client_is_filled_by_such_a_bomb() -> None:
    """The negative control: what is measured does grow, where nothing is refused."""
    with listening(then(zeros)) as server:
        done = subprocess.run(
            [sys.executable, "-c", PLAIN, server.url], capture_output=True, text=True, timeout=LIMIT
        )
    assert int(done.stdout) > 100 * MiB


PLAIN = """
import sys, requests
session = requests.Session()
session.trust_env = False
for _ in range(2):
    session.get(sys.argv[1], timeout=30)
print(int(next(l for l in open("/proc/self/status") if "VmHWM" in l).split()[1]) * 1024)
"""
