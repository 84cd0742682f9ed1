"""Both sandbox upstreams, served from threads of the test process on ports of their own."""

from collections.abc import Iterator

import pytest

from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream


@pytest.fixture(scope="session")
def dpaas_of_session() -> Iterator[DpaasUpstream]:
    with DpaasUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def dxtra_of_session() -> Iterator[DxtraUpstream]:
    with DxtraUpstream() as upstream:
        yield upstream


@pytest.fixture
def dpaas(dpaas_of_session: DpaasUpstream) -> DpaasUpstream:
    """The DPaaS sandbox in its seeded state: `.url`, `.faults`, `.stats`, `.expire()` …"""
    dpaas_of_session.reset()
    return dpaas_of_session


@pytest.fixture
def dxtra(dxtra_of_session: DxtraUpstream) -> DxtraUpstream:
    """The Dxtra sandbox in its seeded state: `.url`, `.faults`, `.stats`, `.expire()` …"""
    dxtra_of_session.reset()
    return dxtra_of_session
