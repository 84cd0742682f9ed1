"""What stays in memory after a call that failed: nothing of it.

Asked by a process of its own, for what watches the tests for secrets keeps their exceptions.
"""

import subprocess
import sys
from contextlib import ExitStack

from tests.services.console import ROOT
from tests.upstream.servers import Conversation, Script, answer, listening

LIMIT = 60  # seconds, with the start of a process, on a loaded machine
OK = b"HTTP/1.1 200 OK\r\n"

KEEPER = """
import gc, sys
from console.upstream.network.egress import Egress, Request
from console.upstream.errors import UpstreamError
from console.upstream.timeline import Timeline

OURS = ("console.upstream.network.response", "console.upstream.network.request")
gc.disable()
for url in sys.argv[1:]:
    egress = Egress(allowed_origins=[url], max_bytes=2**20)
    try:
        egress.send(Request("POST", url), deadline=10, timeline=Timeline())
    except UpstreamError as error:
        print(error.kind, end=" ")
    print(sum(type(one).__module__ in OURS for one in gc.get_objects()), end=" ")
"""


def test_what_was_read_and_sent_is_not_kept_after_a_failure() -> None:
    """Not until the next garbage collection either: no cycle leads to it."""
    begun = OK + b"Content-Length: 900000\r\n\r\n" + b"x" * 500_000
    with ExitStack() as stack:
        servers = [
            stack.enter_context(listening(then_close(data)))
            for data in (begun, b"odd", OK + b"X: y\r\n" * 200, answer(status="302 Found"))
        ]
        with listening(then_close(b"")) as gone:
            pass
        done = subprocess.run(
            [sys.executable, "-c", KEEPER, *(server.url for server in (*servers, gone))],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
    assert done.stdout.split() == [
        *("connection_cut", "0"),
        *("response_unreadable", "0"),
        *("response_unreadable", "0"),
        *("redirected", "0"),
        *("connect_failed", "0"),
    ], done.stderr


def then_close(data: bytes) -> Script:
    def script(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(data)

    return script
