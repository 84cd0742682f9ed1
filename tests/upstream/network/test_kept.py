"""What stays in memory after a call that failed: nothing of what was sent, nothing that came."""

import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from tests.services.console import ROOT
from tests.upstream.remains import mark
from tests.upstream.servers import Conversation, Script, answer, listening

MAX_SECONDS = 60  # with the start of a process, on a loaded machine
OK = b"HTTP/1.1 200 OK\r\n"
MARK = mark("answered").encode()


def remains(*options: str, answers: Sequence[bytes]) -> list[str]:
    """What `tests.upstream.remains` prints of upstreams that send these bytes and close, and of
    one that is gone."""
    with ExitStack() as stack:
        servers = [stack.enter_context(listening(then_close(data))) for data in answers]
        with listening(then_close(b"")) as gone:
            pass
        urls = [server.url for server in (*servers, gone)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.upstream.remains", *options, *urls],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=MAX_SECONDS,
        )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def then_close(data: bytes) -> Script:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(data)

    return script


def test_what_was_read_and_sent_is_not_kept_after_a_failure() -> None:
    """Not until the next garbage collection either: no cycle leads to it."""
    half = OK + b"Content-Length: 900000\r\n\r\n" + MARK * 10_000
    line = b"X-Mark: " + MARK + b"\r\n"
    redirect = answer(MARK, status="302 Found", head=b"Location: /" + MARK + b"\r\n")
    answers = [half, MARK, OK + line * 200, redirect, OK + line]
    assert remains(answers=answers) == [
        "connection_cut",
        "response_unreadable",
        "response_unreadable",
        "redirected",
        "connection_cut",
        "connect_failed",
    ]


def test_what_is_kept_is_found() -> None:
    """Negative control: errors that are kept hold the request, and an answer holds its body."""
    assert remains("--keep", answers=[b"odd", answer(MARK)]) == [
        "response_unreadable sent",
        "ok answered",
        "connect_failed sent",
    ]
