"""The processes of a bench: upstream, console, forwarder, nginx; on loopback, and all ended."""

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

import tests.environment  # the environment variables of a console of our own
from bench.clients import Target
from sandbox.people import OPS_DPAAS
from tests.services.console import ROOT, Console, consoles, free_port, sign_in

assert tests.environment
START_SECONDS = 60
TEAMMATE, PASSPHRASE = "ops@example.com", "a long pass phrase of the bench"
SAVE_PROFILE = """
import sys
from console.profiles.models import CredentialProfile
from console.profiles.editing.saving import save_profile
from console.team.models import User
from console.vault.secret import Secret
profile = CredentialProfile(
    owner=User.objects.get(), kind="dpaas", name="Bench", base_url="{url}",
    email="{person.email}", organization_slug="{person.organization_slug}",
)
save_profile(profile, secret=Secret(sys.stdin.read()), checked=None)
"""


@dataclass
class Upstream:
    """The fast DPaaS of bench/upstream.py, and its admin API."""

    url: str

    def set(self, **values: float) -> dict[str, Any]:
        """Set its latencies (`api_seconds`, `auth_seconds`); returns its counters."""
        response = requests.post(f"{self.url}/admin", json=values, timeout=10)
        counters: dict[str, Any] = response.json()
        return counters

    def token(self) -> str:
        response = requests.post(f"{self.url}/authentication/login", json={}, timeout=10)
        return str(response.json()["access_token"])

    def target(self) -> Target:
        url = f"{self.url}/accounts?page=1&quantity=20&order_by=-created_at"
        return Target(url, {"Authorization": f"Bearer {self.token()}"})


@contextmanager
def process(*command: str, url: str, env: dict[str, str] | None = None) -> Iterator[None]:
    """Start a process, wait until `url` answers, and end the process when the block is left."""
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
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert started.poll() is None, f"{started.args!r} ended at once"
        assert time.monotonic() < deadline, f"{started.args!r} does not answer"
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
def forwarder(upstream: Upstream, *, workers: int, threads: int) -> Iterator[Target]:
    """The bare WSGI app under gunicorn."""
    port, target = free_port(), upstream.target()
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
class SignedIn:
    """A console, and the cookies of the one teammate in it, who has one profile."""

    console: Console
    headers: dict[str, str]
    accounts_path: str = "/accounts/"  # with its target, so that no redirect is measured

    @property
    def accounts(self) -> Target:
        return self.page(self.accounts_path)

    def page(self, path: str) -> Target:
        return Target(self.console.url + path, self.headers)


@contextmanager
def console(
    folder: Path, upstream: Upstream, database_url: str | None = None, **options: Any
) -> Iterator[SignedIn]:
    """A real console; `options` are those of tests.services.console.consoles."""
    with consoles(folder) as start:
        running = start(database_url, upstream_origins=[upstream.url], **options)
        running.manage("add_teammate", TEAMMATE, "--password-stdin", input=PASSPHRASE)
        script = SAVE_PROFILE.format(url=upstream.url, person=OPS_DPAAS)
        running.manage("shell", "-v0", "-c", script, input=OPS_DPAAS.password)
        session = sign_in(running.url, TEAMMATE, PASSPHRASE)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
        headers = {"Cookie": cookies, "Accept-Encoding": "gzip", "Accept": "text/html"}
        signed_in = SignedIn(running, headers)
        short = requests.get(
            signed_in.accounts.url, headers=headers, timeout=30, allow_redirects=False
        )
        signed_in.accounts_path = short.headers["Location"]
        first = requests.get(signed_in.accounts.url, headers=headers, timeout=30)
        assert "list-rows" in first.text, f"no list of accounts: {first.status_code}"
        assert "<tbody>" in first.text, "the list of accounts is empty"
        yield signed_in
