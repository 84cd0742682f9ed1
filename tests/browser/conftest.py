"""A console whose teammates have seen much, and both sandbox upstreams, once for all these tests.

Nothing is reset between tests but the sign-ins that the console counts: count by differences, and
make up names of your own.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from tests.browser.site import Site, start_site
from tests.services.console import Console, consoles


@pytest.fixture(scope="session")
def site_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("browser")
    with ExitStack() as stack:
        dpaas = stack.enter_context(DpaasUpstream())
        dxtra = stack.enter_context(DxtraUpstream())
        start = stack.enter_context(consoles(folder))
        yield start_site(start, dpaas, dxtra)


@pytest.fixture
def site(site_of_session: Site) -> Iterator[Site]:
    """Its upstreams do what they should until a test says otherwise."""
    forget_sign_ins(site_of_session)
    yield site_of_session
    site_of_session.dpaas.faults.clear()
    site_of_session.dxtra.faults.clear()


def forget_sign_ins(site: Site) -> None:
    """As five minutes would, in which the console signs in to one Dxtra six times at most."""
    with sqlite3.connect(urlsplit(site.console.database_url).path, timeout=20) as database:
        database.execute("UPDATE profiles_signinslot SET used_at = '2000-01-01 00:00:00'")
    database.close()


@pytest.fixture
def impatient_site(site: Site, tmp_path: Path) -> Iterator[Site]:
    """The same site behind a second gunicorn, which waits a second and a half for an upstream."""
    with consoles(tmp_path) as start:
        console: Console = start(
            site.console.database_url,
            upstream_origins=site.origins,
            DPAAS_DEADLINE="1.5",
            DXTRA_DEADLINE="1.5",
        )
        yield Site(console, site.dpaas, site.dxtra)
