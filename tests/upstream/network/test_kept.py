"""What stays in memory after a call that failed: nothing of what was sent, nothing that came."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from tests.services.console import ROOT
from tests.upstream.remains import mark
from tests.upstream.servers import Conversation, Script, answer, listening

MAX_SECONDS = 60  # with the start of a process, on a loaded machine
MARK = mark("answered").encode()
OK = b"HTTP/1.1 200 OK\r\n"
HEADER = b"X-Mark: " + MARK + b"\r\n"
IN_THE_BODY = [
    OK + b"Content-Length: 900000\r\n\r\n" + MARK * 10_000,
    OK + b"Content-Encoding: gzip\r\n\r\n" + MARK * 10_000,
    OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno size " + MARK,
    OK + b"\r\n" + MARK * 100_000,
    answer(MARK, status="302 Found", head=HEADER),
]
IN_THE_HEAD = [b"", MARK, OK + HEADER, OK + HEADER * 200]


def remains(moment: str, answers: Sequence[bytes]) -> list[tuple[str, list[str]]]:
    """How calls ended to upstreams that send these bytes and close, and to one that is gone; and
    which marks tests.upstream.remains then found."""
    with ExitStack() as stack:
        servers = [stack.enter_context(listening(then_close(data))) for data in answers]
        with listening(then_close(b"")) as gone:
            pass
        urls = [server.url for server in (*servers, gone)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.upstream.remains", moment, *urls],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=MAX_SECONDS,
        )
    assert done.returncode == 0, done.stderr
    return [(words[0], words[1:]) for words in map(str.split, done.stdout.splitlines())]


def then_close(data: bytes) -> Script:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(data)

    return script


def test_nothing_of_a_failed_call_outlives_a_garbage_collection() -> None:
    outcomes = remains("collected", [*IN_THE_HEAD, *IN_THE_BODY])
    assert [marks for _, marks in outcomes] == [[]] * 10
    assert "ok" not in [ending for ending, _ in outcomes]


def test_a_body_that_failed_waits_for_no_garbage_collection() -> None:
    """Bodies are large. Before one begins, urllib3's own errors keep the request in a cycle."""
    *outcomes, _ = remains("at-once", IN_THE_BODY)
    assert [marks for _, marks in outcomes] == [[]] * 5
    assert "ok" not in [ending for ending, _ in outcomes]


def test_what_is_kept_is_found() -> None:
    """Negative control: an error that is kept holds the request, and a response its body."""
    (_, of_an_error), (ending, of_a_response), _ = remains("kept", [b"odd", answer(MARK)])
    assert "sent" in of_an_error
    assert (ending, "answered" in of_a_response) == ("ok", True)
