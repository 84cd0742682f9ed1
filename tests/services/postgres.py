"""A throw-away PostgreSQL server for tests: its own folder, a unix socket, no fsync.

pytest-postgresql does not fit: it starts the server as the current user, which PostgreSQL refuses
for root (as in most CI containers), and offers fixtures alone, while tests/environment.py, chaos/
and bench/ need a server outside of any test.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg
import pytest

MISSING = "PostgreSQL is not installed (Debian: apt install postgresql)"
START_SECONDS = 30


def find_binaries() -> Path | None:
    """The folder of initdb and postgres, the newest version first; None where there is none."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    on_path = shutil.which("initdb")
    folders = [*reversed(debian), *([Path(on_path).resolve().parent] if on_path else [])]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


class Cluster:
    """One server. PostgreSQL refuses to run as root, so root hands it to another user."""

    def __init__(self) -> None:
        binaries = find_binaries()
        if binaries is None:
            raise RuntimeError(MISSING)
        self._binaries = binaries
        self.folder = Path(tempfile.mkdtemp(prefix="gatehouse-pg-"))
        self._user = _unprivileged_user()
        if self._user:
            shutil.chown(self.folder, self._user)
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Make the cluster and wait until it answers."""
        data = str(self.folder / "data")
        made = self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        if made.wait():
            raise RuntimeError(f"initdb failed: {(self.folder / 'log').read_text()}")
        settings = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
        options = [word for setting in settings for word in ("-c", setting)]
        options += ["-c", "listen_addresses=", "-c", "max_connections=200"]
        self._server = self._run("postgres", "-D", data, "-k", str(self.folder), *options)
        self._wait()
        self.create("gatehouse")
        return self

    def url(self, database: str) -> str:
        """The DATABASE_URL of one database."""
        return f"postgres://postgres@/{self.folder}/{database}"

    def create(self, database: str | None = None) -> str:
        """Make an empty database, by a name of its own unless given; returns its DATABASE_URL."""
        name = database or f"test_{uuid.uuid4().hex}"
        with self.connect() as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of the superuser, every statement its own transaction."""
        host = str(self.folder)
        return psycopg.connect(host=host, user="postgres", dbname=database, autocommit=True)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """The server and all its children hang: connections are accepted, and nothing answers."""
        assert self._server
        pid = self._server.pid
        os.kill(pid, signal.SIGSTOP)  # first, so that no further child comes
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        try:
            for child in children:
                os.kill(int(child), signal.SIGSTOP)
            yield
        finally:
            for child in children:  # before the server, which would reap one that has ended
                os.kill(int(child), signal.SIGCONT)
            os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        if self._server:
            self._server.send_signal(signal.SIGQUIT)  # PostgreSQL's "immediate": no checkpoint
            self._server.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._binaries / program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                user=self._user,
                group=self._user and pwd.getpwnam(self._user).pw_gid,
                extra_groups=[] if self._user else None,
                start_new_session=True,
            )

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.connect().close()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    log = (self.folder / "log").read_text()
                    raise RuntimeError(f"PostgreSQL did not start: {log}") from None
                time.sleep(0.05)


def _unprivileged_user() -> str | None:
    """Whom root lends the server to; None when we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The server of this test process, started by the first test that asks for it."""
    if find_binaries() is None:
        pytest.skip(MISSING)
    cluster = Cluster()
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture
def postgres_url(postgres: Cluster) -> str:
    """The DATABASE_URL of an empty PostgreSQL database of this test's own."""
    return postgres.create()
