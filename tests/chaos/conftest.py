"""What a case of the fault harness needs to run in its short form."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from chaos.harness import POSTGRESQL, SQLITE, Harness, open_harness
from tests.services.postgres import Cluster

NewHarness = Callable[..., Harness]


@pytest.fixture
def new_harness() -> Iterator[NewHarness]:
    """`new_harness(0.1)`: a tenth of the counts, on SQLite; with `cluster`, on `databases`."""
    with ExitStack() as stack:

        def make(
            size: float,
            cluster: Cluster | None = None,
            databases: Sequence[str] = (SQLITE, POSTGRESQL),
        ) -> Harness:
            databases = databases if cluster else (SQLITE,)
            return stack.enter_context(
                open_harness(size=size, databases=databases, cluster=cluster)
            )

        yield make
