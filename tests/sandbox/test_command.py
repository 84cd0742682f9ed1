"""``python -m sandbox`` as a newcomer types it."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.sandbox.clients import get

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def sandbox(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with process:
            yield process
    finally:
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_one_line_of_json_and_ends_on_a_signal(number: signal.Signals) -> None:
    with sandbox() as process:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        assert list(urls) == ["dxtra", "dpaas"]
        assert get(f"{urls['dxtra']}/v1/nothing").text == "404 page not found"
        assert get(f"{urls['dpaas']}/accounts").status_code == 401
        process.send_signal(number)
        rest = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, ("", ""))


def test_the_access_log_goes_to_stderr_without_the_query() -> None:
    with sandbox("--access-log") as process:
        assert process.stdout is not None
        urls = json.loads(process.stdout.readline())
        get(f"{urls['dpaas']}/accounts?token=do-not-log")
        process.terminate()
        _, errors = process.communicate(timeout=60)
    line = json.loads(errors)
    assert (line["upstream"], line["path"], line["status"]) == ("dpaas", "/accounts", 401)
    assert "do-not-log" not in errors


def test_a_busy_port_gives_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with sandbox("--dpaas-port", str(port)) as process:
            output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "")
    assert errors == f"Port {port} cannot be used: Address already in use.\n"
