"""What every test can ask for: see tests/README.md."""

from pathlib import Path

import pytest
from django.conf import settings

from tests.services.chromium import (
    base_url,
    browser_context_args,
    browser_type_launch_args,
    find_chromium,
    screenshot,
)
from tests.services.console import console, database_url
from tests.services.postgres import find_binaries, postgres, postgres_url
from tests.services.profiles import alice, bob, dpaas_profile, dxtra_profile, reachable
from tests.services.upstreams import dpaas, dpaas_of_session, dxtra, dxtra_of_session

__all__ = [
    "alice",
    "base_url",
    "bob",
    "browser_context_args",
    "browser_type_launch_args",
    "console",
    "database_url",
    "dpaas",
    "dpaas_of_session",
    "dpaas_profile",
    "dxtra",
    "dxtra_of_session",
    "dxtra_profile",
    "postgres",
    "postgres_url",
    "reachable",
    "screenshot",
]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings: None
) -> None:
    """SQLite in a file, as in production: several threads of a test see one database."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        file: Path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database.setdefault("TEST", {})["NAME"] = str(file)


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Drop no database: the folder and the server that hold them are thrown away as a whole.

    (A drop fails while a thread of a test still holds a connection.)
    """
    return True


@pytest.fixture(scope="session", autouse=True)
def built_front_end() -> None:
    """Pages name their scripts by hash, so the front end is built before the first test."""
    if not Path(settings.STATIC_ROOT, "staticfiles.json").exists():
        pytest.exit("The front end is not built: run `make assets` first.", returncode=1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser or needs PostgreSQL by the fixtures that it asks for."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "browser" in fixtures:
            item.add_marker("browser")
        if "postgres" in fixtures:
            item.add_marker("postgres")


def pytest_report_header() -> list[str]:
    """Name the outside programs of this run."""
    return [f"chromium: {find_chromium()}", f"postgresql: {find_binaries()}"]
