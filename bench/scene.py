"""The processes of a bench: upstream, console, forwarder, nginx; all on loopback, all ended."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

import tests.environment  # the variables of a console that nobody else uses
from bench.clients import Target
from sandbox.people import OPS_DPAAS
from tests.services.console import ROOT, Console, consoles, free_port, sign_in

assert tests.environment
START_SECONDS = 30
TEAMMATE, PASSPHRASE = "ops@example.com", "a long pass phrase of the bench"
SAVE_PROFILE = """
import sys
from console.profiles.services import create_dpaas_profile
from console.team.models import User
from console.vault.secret import Secret
create_dpaas_profile(
    User.objects.get(), name="Bench", base_url="{url}", email="{person.email}",
    password=Secret(sys.stdin.read()), organization_slug="{person.organization_slug}",
)
"""


@dataclass
class Upstream:
    """The fast DPaaS, and its door."""

    url: str

    def set(self, **values: float) -> dict[str, Any]:
        """Set its latencies (`api_seconds`, `auth_seconds`) or counters; returns the counters."""
        told: dict[str, Any] = requests.post(f"{self.url}/door", json=values, timeout=10).json()
        return told

    def token(self) -> str:
        answer = requests.post(f"{self.url}/authentication/login", json={}, timeout=10)
        return str(answer.json()["access_token"])

    def target(self) -> Target:
        url = f"{self.url}/accounts?page=1&quantity=20&order_by=-created_at"
        return Target(url, {"Authorization": f"Bearer {self.token()}"})


@contextmanager
def process(*command: str, url: str, env: dict[str, str] | None = None) -> Iterator[None]:
    """A process that is waited for until `url` answers, and ended at the end."""
    started = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(url, started)
        yield
    finally:
        os.killpg(started.pid, signal.SIGTERM)
        try:
            started.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)


def wait_for(url: str, started: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        assert started.poll() is None, f"{started.args!r} ended at once"
        assert time.monotonic() < until, f"{started.args!r} does not answer"
        try:
            requests.get(url, timeout=5)
            return
        except requests.ConnectionError:
            time.sleep(0.02)


@contextmanager
def upstream() -> Iterator[Upstream]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = (sys.executable, "-m", "bench.upstream", "--port", str(port))
    with process(*command, url=f"{url}/"):
        yield Upstream(url)


@contextmanager
def forwarder(of: Upstream, *, workers: int, threads: int) -> Iterator[Target]:
    """The bare WSGI app under gunicorn."""
    port, target = free_port(), of.target()
    env = {
        "PORT": str(port),
        "UPSTREAM": target.url,
        "TOKEN": target.headers["Authorization"].removeprefix("Bearer "),
        "WEB_CONCURRENCY": str(workers),
        "WEB_THREADS": str(threads),
    }
    command = (
        "-m",
        "gunicorn",
        "--config",
        "python:bench.forwarder",
        "bench.forwarder:application",
    )
    url = f"http://127.0.0.1:{port}/"
    with process(sys.executable, *command, url=url, env=env):
        yield Target(url, {})


@dataclass
class Signed:
    """A console with one teammate who is signed in, and their profile at the upstream."""

    console: Console
    page: Target


@contextmanager
def console(
    folder: Path, of: Upstream, database_url: str | None = None, **options: Any
) -> Iterator[Signed]:
    """A real console; `options` are those of tests.services.console.consoles."""
    with consoles(folder) as start:
        one = start(database_url, upstream_origins=[of.url], **options)
        one.manage("add_teammate", TEAMMATE, "--password-stdin", input=PASSPHRASE)
        script = SAVE_PROFILE.format(url=of.url, person=OPS_DPAAS)
        one.manage("shell", "-v0", "-c", script, input=OPS_DPAAS.password)
        session = sign_in(one.url, TEAMMATE, PASSPHRASE)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
        headers = {"Cookie": cookies, "Accept-Encoding": "gzip", "Accept": "text/html"}
        signed = Signed(one, Target(f"{one.url}/accounts/", headers))
        first = requests.get(signed.page.url, headers=headers, timeout=30)
        assert "accounts-list" in first.text, f"no list of accounts: {first.status_code}"
        assert "<tbody>" in first.text, "the list of accounts is empty"
        yield signed
