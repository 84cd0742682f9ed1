"""What every test can ask for: see tests/README.md."""

import os
import shutil
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from pytest_django import DjangoDbBlocker
from whitenoise.base import WhiteNoise

from tests.services.chromium import (
    base_url,
    browser_context_args,
    browser_type_launch_args,
    find_chromium,
    screenshot,
)
from tests.services.console import console, database_url
from tests.services.flushing import make_flush_quick
from tests.services.migrated import migrated_file, migrated_template
from tests.services.postgres import find_binaries, postgres, postgres_url
from tests.services.profiles import (
    alice,
    bob,
    dpaas_profile,
    dxtra_profile,
    reachable,
    same_statements,
)
from tests.services.shared import console_of_session, shared_console
from tests.services.upstreams import dpaas, dpaas_of_session, dxtra, dxtra_of_session

__all__ = [
    "alice",
    "base_url",
    "bob",
    "browser_context_args",
    "browser_type_launch_args",
    "console",
    "console_of_session",
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
    "same_statements",
    "screenshot",
    "shared_console",
]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    tmp_path_factory: pytest.TempPathFactory, django_db_modify_db_settings: None
) -> None:
    """SQLite in a file, as in production: several threads of a test see one database.

    It begins as a copy of one that was migrated before, on PostgreSQL too.
    """
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        file: Path = tmp_path_factory.mktemp("database") / "test.sqlite3"
        shutil.copy(migrated_file(), file)
        database.setdefault("TEST", {})["NAME"] = str(file)
    else:
        template = migrated_template(os.environ["DATABASE_URL"])
        database.setdefault("TEST", {})["TEMPLATE"] = template


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        make_flush_quick()


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


@pytest.fixture(scope="session", autouse=True)
def static_files_read_once() -> Iterator[None]:
    """WhiteNoise looks at 700 files for each `Client()`, 0.15 s: here once for each folder."""
    read, files = WhiteNoise.update_files_dictionary, dict[tuple[str, str], dict[str, Any]]()

    def read_once(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in files:
            alone = copy(self)
            alone.files = files[root, prefix] = {}
            read(alone, root, prefix)
        self.files |= files[root, prefix]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoise, "update_files_dictionary", read_once)
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser or needs PostgreSQL by the fixtures that it asks for."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "browser" in fixtures:
            item.add_marker("browser")
            # On a busy machine Chromium is late at times, so it has a second try, as Playwright's
            # own template of a test run gives it; the summary names it. No other test has one.
            item.add_marker(pytest.mark.flaky(reruns=1))
        if "postgres" in fixtures:
            item.add_marker("postgres")


def pytest_report_header() -> list[str]:
    """Name the outside programs of this run."""
    return [f"chromium: {find_chromium()}", f"postgresql: {find_binaries()}"]
