"""PostgreSQL plans a statement that comes again once, unless a setting says that it must not."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from console.vault.keyset import new_keyset
from tests.services.console import ROOT
from tests.services.postgres import Cluster

ASK_SEVEN_TIMES = """
import django
django.setup()
from django.contrib.contenttypes.models import ContentType
from django.db import connection
with connection.schema_editor() as editor:
    editor.create_model(ContentType)
for pk in range(7):
    assert not ContentType.objects.filter(pk=pk).exists()
with connection.cursor() as cursor:
    cursor.execute(
        "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%django_content_type%'"
    )
    print(cursor.fetchone()[0])
"""
FIRST_PROBLEM = """
import django
django.setup()
from console.database.readiness import database_problem
print(database_problem().sentence)
"""
# BackendKeyData: the number of the process, four bytes, and a secret to cancel by.
KEY_DATA = b"K\x00\x00\x00\x0c"


def run_console(
    *arguments: str, database_url: str, setting: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "SECRET_KEY": "fine-for-a-test-0123456789-abcdefghijklmnopqrstuvwxyz",
        "VAULT_KEYSET": new_keyset(),
        "ALLOWED_HOSTS": "localhost",
        "UPSTREAM_ORIGINS": "https://upstream.example",
        "DATABASE_URL": database_url,
        **({"DATABASE_PREPARED_STATEMENTS": setting} if setting else {}),
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


class Pooler:
    """Passes everything on to a server, but for the number of the process that answers."""

    def __init__(self, server: Path) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self._server))
            asking = threading.Thread(target=self._pass_on, args=(client, server), daemon=True)
            asking.start()
            self._pass_on(server, client)
            asking.join()

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                before, key_data, after = data.partition(KEY_DATA)
                if key_data:
                    data = before + key_data + b"\x00\x00\x00\x07" + after[4:]
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def pooler(postgres: Cluster) -> Iterator[Pooler]:
    pooler = Pooler(postgres.folder / ".s.PGSQL.5432")
    yield pooler
    pooler.stop()


@pytest.mark.parametrize(("setting", "prepared"), [("", 1), ("True", 1), ("False", 0)])
def test_a_statement_that_comes_with_other_values_is_prepared(
    postgres: Cluster, setting: str, prepared: int
):
    asked = run_console("-c", ASK_SEVEN_TIMES, database_url=postgres.create(), setting=setting)
    assert asked.stdout.split() == [str(prepared)]


@pytest.mark.parametrize(
    ("setting", "said"),
    [("", "DATABASE_URL leads to a pooler."), ("true", "migrations"), ("false", "migrations")],
)
def test_behind_a_pooler_somebody_must_say_whether_it_keeps_them(
    postgres: Cluster, pooler: Pooler, setting: str, said: str
):
    """What the start of the console and /readyz ask; the database is empty."""
    database = postgres.create().rpartition("/")[2]
    url = f"postgres://postgres@127.0.0.1:{pooler.port}/{database}"
    asked = run_console("-c", FIRST_PROBLEM, database_url=url, setting=setting)
    assert said in asked.stdout


def test_a_server_without_a_pooler_needs_no_word(postgres: Cluster):
    asked = run_console("-c", FIRST_PROBLEM, database_url=postgres.create(), setting="")
    assert "migrations" in asked.stdout
