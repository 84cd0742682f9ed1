"""Is it alive, and can it serve?"""

import resource
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
from django.test import Client
from pytest_django import Settings

from console.database.readiness import pending_migrations
from console.team.models import User
from console.vault.keyset import new_keyset
from console.web import health
from console.web.health import first_problem
from tests.profiles.sealed import profile_with_tokens, results_of
from tests.services.console import ROOT, Console, StartConsole
from tests.services.postgres import Cluster
from tests.vault.rings import disabled, promoted, two_keys

MAX_SECONDS = 5.0  # the console gives up after 1.5 s; this machine may be busy

on_both = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


@pytest.fixture(autouse=True)
def no_earlier_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_current_check", health.CurrentCheck())


def ready(console: Console) -> tuple[int, str]:
    time.sleep(health.KEPT_SECONDS)  # so that it looks again
    began = time.monotonic()
    response = requests.get(f"{console.url}/readyz", timeout=30)
    assert time.monotonic() - began < MAX_SECONDS
    return response.status_code, response.text.strip()


def start_again(console: Console, **changed: str) -> subprocess.CompletedProcess[str]:
    """Start gunicorn on the same database, where it is to be refused."""
    return subprocess.run(
        [sys.executable, "-m", "gunicorn", "console.wsgi"],
        cwd=ROOT,
        env={**console.environment, **changed},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_being_alive_needs_no_database(client: Client) -> None:
    # Without the db fixture pytest-django refuses every query.
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"alive\n")


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_it_is_ready(client: Client) -> None:
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (200, b"ready\n")
    assert pending_migrations() == 0


@pytest.mark.django_db(transaction=True)
def test_a_platform_asks_by_address_and_without_tls(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    statuses = {
        path: client.get(path, headers={"Host": "10.0.0.7:8080"}).status_code
        for path in ("/healthz", "/readyz", "/login/")
    }

    assert statuses == {"/healthz": 200, "/readyz": 200, "/login/": 400}


@pytest.mark.django_db(transaction=True)
def test_a_keyset_that_does_not_open_is_named(client: Client, settings: Settings) -> None:
    settings.VAULT_KEYSET = "canary-keyset"
    response = client.get("/readyz")

    assert (response.status_code, response.content) == (503, b"keyset\n")


@pytest.mark.django_db(transaction=True)
def test_a_front_end_that_is_not_built_is_named(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path  # the manifest was read before

    assert client.get("/readyz").content == b"front-end\n"


# --- the keyset and what is stored ----------------------------------------------------------------


def part() -> str:
    problem = first_problem()
    return problem.part if problem else "ready"


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_a_keyset_that_opens_nothing_of_what_is_stored_is_not_ready(
    settings: Settings, alice: User
):
    right, wrong = settings.VAULT_KEYSET, new_keyset()
    settings.VAULT_KEYSET = wrong
    assert part() == "ready"  # nothing is stored
    settings.VAULT_KEYSET = right
    profile_with_tokens(alice, 0)
    results_of(alice, 1)
    assert part() == "ready"
    settings.VAULT_KEYSET = wrong
    assert part() == "keyset"
    settings.VAULT_KEYSET = right
    assert part() == "ready"


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_a_keyset_that_opens_some_of_what_is_stored_is_ready(settings: Settings, alice: User):
    right, settings.VAULT_KEYSET = settings.VAULT_KEYSET, new_keyset()
    profile_with_tokens(alice, 0)
    settings.VAULT_KEYSET = right
    assert part() == "keyset"
    profile_with_tokens(alice, 1)
    assert part() == "ready"


@pytest.mark.django_db(transaction=True)
def test_a_disabled_key_opens_nothing_and_a_promoted_one_changes_nothing(
    settings: Settings, alice: User
):
    both, first, second = two_keys()
    settings.VAULT_KEYSET = both
    profile_with_tokens(alice, 0)
    settings.VAULT_KEYSET = promoted(both, second)
    assert part() == "ready"
    settings.VAULT_KEYSET = disabled(promoted(both, second), first)
    assert part() == "keyset"


SEAL_ONE = """
from tests.factories import UserFactory
from tests.profiles.sealed import profile_with_tokens
profile_with_tokens(UserFactory(email="alice@example.com"), 0)
"""


def test_a_wrong_keyset_refuses_the_start_until_what_it_does_not_open_is_given_up(
    console: StartConsole,
):
    one = console()
    one.manage("shell", "-v0", "--no-imports", "-c", SEAL_ONE)
    assert ready(one) == (200, "ready")
    one.stop()
    wrong = new_keyset()
    refused = start_again(one, VAULT_KEYSET=wrong)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Gatehouse cannot start: VAULT_KEYSET opens nothing of what")
    assert "Traceback" not in refused.stderr

    one.environment["VAULT_KEYSET"] = wrong
    assert "credentials: 1 cannot be opened." in one.manage("keys", "forget")
    assert start_again(one).returncode == 1
    assert "credentials: 1 deleted." in one.manage("keys", "forget", "--yes")
    one.start()
    assert ready(one) == (200, "ready")


# --- the database ---------------------------------------------------------------------------------


def test_a_database_that_is_read_only_is_not_ready_and_refuses_the_start(console: StartConsole):
    """As root may write to any file, the disk itself says no: no file of the process may grow."""
    one = console()
    (worker,) = one.workers
    limits = resource.prlimit(worker, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    assert ready(one) == (503, "database")
    resource.prlimit(worker, resource.RLIMIT_FSIZE, limits)
    assert ready(one) == (200, "ready")


def test_a_server_that_only_reads_is_not_ready_and_says_so_to_people(
    console: StartConsole, postgres: Cluster
):
    url = postgres.create()
    one = console(url)
    name = url.rpartition("/")[2]
    with postgres.connect() as connection:
        connection.execute(
            f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode()
        )
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
    assert ready(one) == (503, "database")
    session = requests.Session()
    page = session.get(f"{one.url}/login/", timeout=30)
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    form = {"login": "ada@example.com", "password": "wrong", "csrfmiddlewaretoken": token}
    answer = session.post(f"{one.url}/login/", data=form, timeout=30)
    assert answer.status_code == 503
    assert "cannot use its database right now" in answer.text
    refused = start_again(one)
    assert (
        refused.stderr == "Gatehouse cannot start: DATABASE_URL cannot be used: it is read-only.\n"
    )


def test_a_server_that_hangs_is_not_ready_within_two_seconds(
    console: StartConsole, postgres: Cluster
):
    one = console(postgres.create())
    assert ready(one) == (200, "ready")
    with postgres.stopped():
        answers: list[tuple[int, str]] = []
        probes = [threading.Thread(target=lambda: answers.append(ready(one))) for _ in range(30)]
        for probe in probes:
            probe.start()
        for probe in probes:
            probe.join()
        assert answers == [(503, "database")] * 30
        assert requests.get(f"{one.url}/healthz", timeout=1).status_code == 200
    time.sleep(1)
    assert ready(one) == (200, "ready")


def test_a_probe_leaves_no_garbage(console: StartConsole, tmp_path: Path):
    one = console(f"sqlite:///{tmp_path}/x.sqlite3")

    def rows() -> dict[str, int]:
        with sqlite3.connect(tmp_path / "x.sqlite3") as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return {
                name: connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0]
                for (name,) in tables.fetchall()
            }

    ready(one)
    before = rows()
    for _ in range(5):
        assert ready(one) == (200, "ready")
    assert rows() == before


def test_a_flood_of_probes_asks_the_database_a_few_times(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []
    monkeypatch.setattr(health, "first_problem", lambda: asked.append(1))
    checks = health.CurrentCheck()
    for _ in range(200):
        assert checks.result() is None
    assert len(asked) < 20
    time.sleep(health.KEPT_SECONDS)
    before = len(asked)
    assert checks.result() is None
    assert len(asked) == before + 1
