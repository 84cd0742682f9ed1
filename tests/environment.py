"""The environment of a test run, set before Django reads its settings (`-p tests.environment`).

`TEST_DATABASE=postgresql` runs the tests marked `both_databases`, and no others, on a throw-away
PostgreSQL server instead of SQLite. In CI (`CI=true`) a skipped test fails the run.
"""

import atexit
import os
import sys
import tempfile
from pathlib import Path

import pytest

from console.vault.keyset import new_keyset
from tests.services.migrated import new_folder
from tests.services.postgres import MISSING, Cluster, find_binaries

ROOT = Path(__file__).resolve().parent.parent
ON_POSTGRES = os.environ.get("TEST_DATABASE") == "postgresql"
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def forget_settings() -> None:
    """Drop every variable of .env.example: what a developer has exported must change no test."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    for name in {line.lstrip("# ").partition("=")[0] for line in lines if "=" in line}:
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)


def prepare() -> None:
    """Set the variables; the workers of pytest-xdist inherit them."""
    forget_settings()
    # Else each of some hundred processes compiles the console, and pytest the tests, anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    os.environ.update(
        DOTENV=os.devnull,
        DJANGO_SETTINGS_MODULE="tests.settings",
        SECRET_KEY="tests-only-" + "k3y" * 20,
        VAULT_KEYSET=new_keyset(),
        ALLOWED_HOSTS="localhost,127.0.0.1,testserver",
        UPSTREAM_ORIGINS="https://auth.dxtra.ai,https://api.dxtra.ai,http://localhost:8000",
        DATABASE_URL=_database_url(),
        MIGRATED_FOLDER=new_folder(),
        DJANGO_ALLOW_ASYNC_UNSAFE="true",  # Playwright keeps an event loop in the test thread
    )


def _database_url() -> str:
    if ON_POSTGRES and find_binaries():
        cluster = Cluster().start()
        atexit.register(cluster.stop)
        return cluster.url("gatehouse")
    return f"sqlite:///{tempfile.gettempdir()}/gatehouse-tests-never-made.sqlite3"


if "PYTEST_XDIST_WORKER" not in os.environ:
    prepare()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """On PostgreSQL, import no file of tests that run on SQLite alone."""
    if ON_POSTGRES and collection_path.match("test_*.py"):
        return "both_databases" not in collection_path.read_text() or None
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL, run what must hold on both databases; without a server, skip it by name."""
    if not ON_POSTGRES:
        return
    chosen = [item for item in items if item.get_closest_marker("both_databases")]
    config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
    items[:] = chosen
    if not find_binaries():
        for item in chosen:
            item.add_marker(pytest.mark.skip(reason=MISSING))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI nothing may be skipped."""
    if IN_CI and _skipped(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end that something was left out; `-ra` names each one with its reason."""
    if count := _skipped(terminalreporter.config):
        verdict = "In CI that fails the run." if IN_CI else "Install what is missing to run them."
        terminalreporter.section("skipped tests", red=IN_CI, yellow=not IN_CI)
        terminalreporter.line(f"Skipped: {count}, each named below with the reason. {verdict}")


def _skipped(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter else 0
