"""A console whose teammates have seen much, and both sandbox upstreams, once for all these tests.

Nothing is reset between tests, so that nobody signs in upstream more often than Dxtra allows:
count by differences, and make up names of your own.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from tests.browser.house import House, open_house
from tests.services.console import Console, consoles


@pytest.fixture(scope="session")
def house_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("browser")
    with ExitStack() as stack:
        dpaas = stack.enter_context(DpaasUpstream())
        dxtra = stack.enter_context(DxtraUpstream())
        start = stack.enter_context(consoles(folder))
        yield open_house(start, dpaas, dxtra)


@pytest.fixture
def house(house_of_session: House) -> Iterator[House]:
    """Its upstreams do what they should until a test says otherwise."""
    yield house_of_session
    house_of_session.dpaas.faults.clear()
    house_of_session.dxtra.faults.clear()


@pytest.fixture
def hasty(house: House, tmp_path: Path) -> Iterator[House]:
    """The same house behind a second gunicorn, which waits a second and a half for an upstream."""
    with consoles(tmp_path) as start:
        console: Console = start(
            house.console.database_url,
            upstream_origins=house.origins,
            DPAAS_DEADLINE="1.5",
            DXTRA_DEADLINE="1.5",
        )
        yield House(console, house.dpaas, house.dxtra)
