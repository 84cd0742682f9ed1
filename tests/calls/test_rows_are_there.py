"""The row about a call is there when its page is: gunicorn with two workers, on both databases."""

import re
from typing import Any

import pytest

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


def test_a_call_is_listed_as_soon_as_its_page_came_whichever_process_made_it(ops):
    for count in range(1, 9):
        assert ops.get("/accounts/").status_code == 200
        assert listed(ops.get("/calls/")) == count
