"""Both sandbox upstreams, served from threads of the test process on ports of their own."""

from collections.abc import Iterator

import pytest

from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream


@pytest.fixture(scope="session")
def _dpaas() -> Iterator[DpaasUpstream]:
    with DpaasUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def _dxtra() -> Iterator[DxtraUpstream]:
    with DxtraUpstream() as upstream:
        yield upstream


@pytest.fixture
def dpaas(_dpaas: DpaasUpstream) -> DpaasUpstream:
    """The DPaaS sandbox in its seeded state: `.url`, `.faults`, `.stats`, `.expire()` …"""
    _dpaas.reset()
    return _dpaas


@pytest.fixture
def dxtra(_dxtra: DxtraUpstream) -> DxtraUpstream:
    """The Dxtra sandbox in its seeded state: `.url`, `.faults`, `.stats`, `.expire()` …"""
    _dxtra.reset()
    return _dxtra
