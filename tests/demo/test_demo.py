"""`make demo` as somebody types it, on ports and in a folder of its own."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.services.console import ROOT, free_port, sign_in

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def ports() -> dict[str, str]:
    return {name: str(free_port()) for name in ("PORT", "DXTRA_PORT", "DPAAS_PORT")}


@pytest.fixture
def start(tmp_path: Path, ports: dict[str, str]) -> Iterator[Start]:
    """Start the demo's own command, as the Makefile does."""
    own = ("SECRET_KEY", "VAULT_KEYSET", "ALLOWED_HOSTS", "DATABASE_URL", "UPSTREAM_ORIGINS")
    clean = {name: value for name, value in os.environ.items() if name not in own}
    started: list[subprocess.Popen[str]] = []

    def run(**environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.demo"],
            cwd=ROOT,
            env={**clean, **ports, "DEMO_FOLDER": str(tmp_path / "demo"), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def welcome(process: subprocess.Popen[str]) -> str:
    """What the demo prints until it is ready."""
    said = ""
    assert process.stdout
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return said
    raise AssertionError(f"the demo ended: {said}")


def teammates(said: str) -> dict[str, str]:
    return dict(re.findall(r"(\S+@example\.com) +password (\S+)", said))


def nobody_listens(port: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_the_demo_shows_a_newcomer_the_accounts_and_ends_on_ctrl_c(
    start: Start, ports: dict[str, str]
):
    process = start()
    said = welcome(process)
    address = f"http://localhost:{ports['PORT']}"
    assert f"{address}/" in said
    session = sign_in(address, "ops@example.com", teammates(said)["ops@example.com"])
    accounts = session.get(f"{address}/accounts/", timeout=30)
    assert accounts.status_code == 200
    assert "<table" in accounts.text
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert [port for port in ports.values() if not nobody_listens(port)] == []


def test_a_second_run_keeps_the_secrets_which_their_owner_alone_can_read(
    start: Start, tmp_path: Path
):
    first = start()
    known = teammates(welcome(first))
    for file in ("secret-key", "keyset", "passwords.json"):
        assert stat.S_IMODE((tmp_path / "demo" / file).stat().st_mode) == 0o600, file
    keys = (tmp_path / "demo" / "keyset").read_text()
    first.terminate()
    assert first.wait(20) == 0
    assert teammates(welcome(start())) == known
    assert sorted(known) == ["ops@example.com", "reader@example.com"]
    assert (tmp_path / "demo" / "keyset").read_text() == keys


@pytest.mark.parametrize("variable", ["PORT", "DXTRA_PORT", "DPAAS_PORT"])
def test_a_busy_port_is_one_sentence_that_names_it(
    variable: str, start: Start, ports: dict[str, str]
):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(ports[variable])))
        taken.listen()
        process = start()
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert re.fullmatch(
        rf"Port {ports[variable]} \(for .+\) is busy: choose another, for example "
        rf"make demo {variable}=\d+\.\n",
        said,
    )


def test_what_the_user_has_set_wins_over_the_demo(start: Start, tmp_path: Path):
    database = tmp_path / "mine.sqlite3"
    welcome(start(DATABASE_URL=f"sqlite:///{database}", SECRET_KEY="mine-0123456789-" * 4))
    assert database.exists()
    assert not (tmp_path / "demo" / "gatehouse.sqlite3").exists()


def test_a_bad_setting_ends_the_demo_with_a_sentence(start: Start):
    said, _ = start(SECRET_KEY="short").communicate(timeout=30)
    assert said.startswith("Gatehouse cannot start: SECRET_KEY is too short")
    assert "Traceback" not in said


def test_a_console_that_dies_ends_the_demo(start: Start, ports: dict[str, str], tmp_path: Path):
    process = start()
    welcome(process)
    lines = (tmp_path / "demo" / "console.log").read_text().splitlines()
    listening = next(line for line in map(json.loads, lines) if "Listening at" in line["message"])
    os.kill(int(re.findall(r"\((\d+)\)", listening["message"])[0]), signal.SIGKILL)
    assert process.wait(20) == 1
    until = time.monotonic() + 60
    while not nobody_listens(ports["PORT"]):
        assert time.monotonic() < until
        time.sleep(0.1)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{ports['DPAAS_PORT']}/", timeout=5)
