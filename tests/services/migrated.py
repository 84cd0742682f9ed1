"""Databases with all migrations: migrated once for a whole run of the tests, and then copied.

All processes of a run share the folder that tests/environment.py names in MIGRATED_FOLDER; in it
are the migrated SQLite file, and the lock. PostgreSQL's is a template on each server.
"""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
MIGRATED_FOLDER = "MIGRATED_FOLDER"
OURS = "postgres://postgres@/"  # the URL of a database on a server of tests/services/postgres.py
TEMPLATE = "gatehouse_migrated"


def migrate(database_url: str, environment: dict[str, str]) -> None:
    """Migrate a console's database; an empty one becomes a copy of one that was migrated before."""
    if database_url.startswith("sqlite:///"):
        file = Path(database_url.removeprefix("sqlite:///"))
        if not file.exists():
            shutil.copy(migrated_file(), file)
            return
    elif database_url.startswith(OURS) and _is_empty(database_url):
        folder, name = _place(database_url)
        template = migrated_template(database_url)
        with _connection(folder) as server:
            server.execute(f'DROP DATABASE "{name}"'.encode())
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        return
    _run_migrate(environment)


def migrated_file() -> Path:
    """The SQLite file to copy."""
    file = _folder() / "console.sqlite3"
    with _alone():
        if not file.exists():
            unfinished = file.with_name("unfinished.sqlite3")
            _run_migrate({**os.environ, "DATABASE_URL": f"sqlite:///{unfinished}"})
            unfinished.rename(file)
    return file


def migrated_template(database_url: str) -> str:
    """The name of the database to copy, on the server of `database_url`."""
    folder, _ = _place(database_url)
    with _alone(), _connection(folder) as server:
        if not server.execute("SELECT FROM pg_database WHERE datname = %s", [TEMPLATE]).rowcount:
            server.execute("DROP DATABASE IF EXISTS unfinished")
            server.execute("CREATE DATABASE unfinished")
            _run_migrate({**os.environ, "DATABASE_URL": f"{OURS}{folder}/unfinished"})
            server.execute(f"ALTER DATABASE unfinished RENAME TO {TEMPLATE}".encode())
    return TEMPLATE


def _run_migrate(environment: dict[str, str]) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0", "--skip-checks"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, f"manage.py migrate: {done.stdout}{done.stderr}"


def _is_empty(database_url: str) -> bool:
    with _connection(*_place(database_url)) as database:
        return database.execute("SELECT to_regclass('django_migrations')").fetchone() == (None,)


def _place(database_url: str) -> tuple[str, str]:
    """The folder of the server's socket, and the name of the database."""
    folder, _, name = database_url.removeprefix(OURS).rpartition("/")
    return folder, name


def _connection(folder: str, name: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(host=folder, user="postgres", dbname=name, autocommit=True)


@contextmanager
def _alone() -> Iterator[None]:
    """One process of the run, and one thread of it, at a time."""
    with (_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _folder() -> Path:
    return Path(os.environ.get(MIGRATED_FOLDER) or new_folder())


@cache
def new_folder() -> str:
    """A folder that goes with this process."""
    folder = tempfile.mkdtemp(prefix="gatehouse-migrated-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
