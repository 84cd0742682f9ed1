"""Whoever looks right after a call finds its row: gunicorn with two workers, on both databases."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from console.calls import batches
from tests.services.postgres import Cluster
from tests.services.profiles import dpaas_form
from tests.services.teammate import Teammate, add_teammate


@pytest.fixture
def ops(console: Any, database_url: str, dpaas: Any) -> Teammate:
    running = console(database_url, workers=2, threads=8, upstream_origins=[dpaas.url])
    ops = add_teammate(running, "ops@example.com", group="Operations")
    assert ops.post("/profiles/new/dpaas/", dpaas_form(dpaas)).status_code == 200
    ops.session.headers["Connection"] = "close"  # each time whichever worker comes first
    return ops


def listed(page: Any) -> int:
    return len(re.findall(r'class="call-what"><b>list accounts</b>', page.text))


def test_whoever_looks_right_after_a_call_finds_it_whichever_process_made_it(ops):
    for count in range(1, 9):
        assert ops.get("/accounts/").status_code == 200
        assert listed(ops.get("/calls/")) == count


@contextmanager
def no_row_written(url: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Rows about calls have to wait until the end of this, or until what it yields commits."""
    if url.startswith("sqlite"):
        path = url.removeprefix("sqlite:///")
        connection: Any = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        statements = ["BEGIN IMMEDIATE"]
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        connection = cluster.connect(url.rpartition("/")[2])
        statements = ["BEGIN", "LOCK TABLE calls_call IN SHARE MODE"]
    with closing(connection):
        for statement in statements:
            connection.execute(statement)
        yield connection


def test_a_page_of_calls_waits_for_a_row_that_the_database_holds_up(ops, database_url, request):
    with no_row_written(database_url, request) as stopper:
        assert ops.get("/accounts/").status_code == 200
        goes_on = threading.Timer(5 * batches.OTHER_MACHINES, stopper.commit)
        goes_on.start()
        assert listed(ops.get("/calls/")) == 1
        goes_on.join()
