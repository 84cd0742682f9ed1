"""Real processes of the console: gunicorn with its configuration file, and manage.py."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest
import requests

from tests.services.migrated import migrate
from tests.services.postgres import Cluster
from tests.services.written import write

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 180  # on a machine that is busy with other things
STOP_SECONDS = 60


@dataclass
class Console:
    """One gunicorn of the console on a port of its own, and its database."""

    database_url: str
    environment: dict[str, str]
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def workers(self) -> list[int]:
        """The process ids of gunicorn's workers."""
        assert self.process
        master = self.process.pid
        children = Path(f"/proc/{master}/task/{master}/children").read_text()
        return [int(pid) for pid in children.split()]

    @property
    def logs(self) -> str:
        """What gunicorn has written so far, on both streams; empty if it was never started."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def manage(self, *arguments: str, input: str | None = None) -> str:
        """Run manage.py on the same database; returns its standard output, fails if it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=input or "",
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
        )
        assert done.returncode == 0, f"manage.py {arguments[0]}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> "Console":
        """Start gunicorn and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "console.wsgi"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait()
        return self

    def stop(self) -> int:
        """Ask gunicorn to end gracefully; returns its exit code. Safe to call twice."""
        if self.process is None:
            return 0
        self.process.terminate()
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """Kill gunicorn and its workers, as a machine that loses power would."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            assert self.process
            assert self.process.poll() is None, f"gunicorn ended at once: {self.logs}"
            assert time.monotonic() < until, f"gunicorn does not answer: {self.logs}"
            try:
                requests.get(f"{self.url}/healthz", timeout=5)
                return
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.05)


class StartConsole(Protocol):
    """The `console` fixture: call it to start one."""

    def __call__(
        self,
        database_url: str | None = None,
        *,
        workers: int = 1,
        threads: int = 4,
        upstream_origins: Sequence[str] = (),
        **environment: str | None,
    ) -> Console: ...


def sign_in(url: str, email: str, password: str) -> requests.Session:
    """A session of a plain HTTP client, signed in to the console at `url`."""
    session = requests.Session()
    session.trust_env = False
    page = session.get(f"{url}/login/", timeout=30)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token, f"no form to sign in with: {page.status_code}"
    form = {"login": email, "password": password, "csrfmiddlewaretoken": token[1]}
    done = session.post(f"{url}/login/", data=form, timeout=30, allow_redirects=False)
    assert done.status_code == 302, f"signing in was answered {done.status_code}"
    return session


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def consoles(folder: Path) -> Iterator[StartConsole]:
    """Start consoles whose files lie in `folder`; all are stopped at the end.

    Without `database_url` each takes a SQLite file of its own. Keywords in capitals are more
    environment variables; None takes one away.
    """
    started: list[Console] = []

    def start(
        database_url: str | None = None,
        *,
        workers: int = 1,
        threads: int = 4,
        upstream_origins: Sequence[str] = (),
        **environment: str | None,
    ) -> Console:
        port = free_port()
        database_url = database_url or f"sqlite:///{folder}/console-{port}.sqlite3"
        settings = {
            "DATABASE_URL": database_url,
            "WEB_CONCURRENCY": str(workers),
            "WEB_THREADS": str(threads),
            "UPSTREAM_ORIGINS": ",".join(upstream_origins) or "http://127.0.0.1:9",
            "PORT": str(port),
        }
        everything = {**os.environ, **settings, **environment}
        variables = {name: value for name, value in everything.items() if value is not None}
        one = Console(database_url, variables, port, folder / f"{port}.log")
        started.append(one)
        migrate(database_url, variables)
        return one.start()

    try:
        yield start
    finally:
        for one in started:
            one.stop()
            write(one.logs)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[StartConsole]:
    """Start real consoles: `console(database_url, workers=4, upstream_origins=[dpaas.url])`.

    See `consoles`; the folder is the test's own.
    """
    with consoles(tmp_path) as start:
        yield start


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database for consoles, once on each of the two: the test runs twice."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/console.sqlite3"
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.create()
