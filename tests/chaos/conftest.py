"""Workshops in which a case of the harness is run in its short form."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import pytest

from chaos.workshop import POSTGRESQL, SQLITE, Workshop, workshop
from tests.services.postgres import Cluster

NewWorkshop = Callable[..., Workshop]


@pytest.fixture
def new_workshop() -> Iterator[NewWorkshop]:
    """`new_workshop(0.1)`: a tenth of the counts, on SQLite; with `cluster`, on `databases`."""
    with ExitStack() as stack:

        def make(
            size: float,
            cluster: Cluster | None = None,
            databases: Sequence[str] = (SQLITE, POSTGRESQL),
        ) -> Workshop:
            databases = databases if cluster else (SQLITE,)
            return stack.enter_context(workshop(size=size, databases=databases, cluster=cluster))

        yield make
