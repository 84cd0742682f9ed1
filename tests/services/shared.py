"""One console for many browser tests: starting one, and adding its teammates, takes ten seconds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from console.team.groups import OPERATIONS
from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from tests.factories import DpaasProfileFactory, DxtraProfileFactory, UserFactory
from tests.services.console import Console, consoles
from tests.services.seeding import seed
from tests.services.teammate import PASSPHRASE

ANA = "ana@example.org"  # has a profile at Dxtra
OPS = "ops@example.org"  # of Operations, has a profile at DPaaS
NEWCOMER = "new@example.org"  # has none


@dataclass(frozen=True)
class SharedConsole:
    """On SQLite. `restored` is as it was when nobody had used it yet."""

    console: Console
    first: Path

    def restored(self) -> Console:
        """Put back the database as it was at first; the processes go on."""
        file = self.console.database_url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(self.first)) as first, closing(sqlite3.connect(file)) as now:
            first.backup(now)
        return self.console


@pytest.fixture(scope="session")
def console_of_session(
    tmp_path_factory: pytest.TempPathFactory,
    dpaas_of_session: DpaasUpstream,
    dxtra_of_session: DxtraUpstream,
) -> Iterator[SharedConsole]:
    folder = tmp_path_factory.mktemp("shared-console")
    with consoles(folder) as start:
        console = start(upstream_origins=[dpaas_of_session.url, dxtra_of_session.url])
        seed(
            console,
            (UserFactory, {"email": ANA, "password": PASSPHRASE}),
            (UserFactory, {"email": OPS, "password": PASSPHRASE, "groups": [OPERATIONS]}),
            (UserFactory, {"email": NEWCOMER, "password": PASSPHRASE}),
            (DxtraProfileFactory, {"owner": ANA, "origin": dxtra_of_session.url}),
            (DpaasProfileFactory, {"owner": OPS, "base_url": dpaas_of_session.url}),
        )
        file = console.database_url.removeprefix("sqlite:///")
        first = folder / "first.sqlite3"
        with closing(sqlite3.connect(file)) as now, closing(sqlite3.connect(first)) as copy:
            now.backup(copy)
        yield SharedConsole(console, first)


@pytest.fixture
def shared_console(
    console_of_session: SharedConsole, dpaas: DpaasUpstream, dxtra: DxtraUpstream
) -> Console:
    """A console of ANA, OPS and NEWCOMER, and both upstreams, all in their first state."""
    return console_of_session.restored()
