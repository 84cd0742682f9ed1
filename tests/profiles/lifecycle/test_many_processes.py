"""One refresh at a time over all processes, on both databases, with real processes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sandbox.people import OPS_DXTRA
from tests.services.profiles import dpaas_form
from tests.services.screens import graphql_at
from tests.services.teammate import Teammate, add_teammate

CALLERS = 30


@pytest.fixture
def ops(console: Any, database_url: str, dpaas: Any, dxtra: Any) -> Teammate:
    origins = [dpaas.url, dxtra.url]
    running = console(database_url, workers=4, threads=8, upstream_origins=origins)
    return add_teammate(running, "ops@example.com", group="Operations")


def at_once(ops: Teammate, call: Any) -> list[Any]:
    """Have many clients of one teammate make the same call at the same time."""

    def client() -> Teammate:
        session = requests.Session()
        session.cookies.update(ops.session.cookies)
        return Teammate(ops.console, ops.email, session)

    with ThreadPoolExecutor(CALLERS) as pool:
        return list(pool.map(lambda _: call(client()), range(CALLERS)))


def test_thirty_requests_over_four_processes_on_an_expired_dpaas_token_make_one_refresh(ops, dpaas):
    assert ops.post("/profiles/new/dpaas/", dpaas_form(dpaas)).status_code == 200
    dpaas.faults.add(route="/authentication/refresh", latency=0.3, times=None)
    for burst in range(1, 4):
        dpaas.expire("access")
        answers = at_once(ops, lambda client: client.get("/accounts/"))
        shown = [answer.status_code == 200 and "<tbody" in answer.text for answer in answers]
        assert shown == [True] * CALLERS
        counts = dpaas.stats.counts
        assert (counts.refreshes, counts.sign_ins, counts.replays) == (burst, 1, 0)
        assert counts.max_concurrent_refreshes == 1


def test_thirty_queries_over_four_processes_on_an_expired_jwt_make_one_refresh(ops, dxtra):
    form = {
        "name": "Dxtra",
        "auth_url": dxtra.auth_url,
        "graphql_url": dxtra.graphql_url,
        "personal_access_token": OPS_DXTRA.personal_access_token,
    }
    assert ops.post("/profiles/new/dxtra/", form).status_code == 200
    graphql = graphql_at(dxtra.graphql_url)
    query = {"query": "query { dataControllers { id title } }", **ops.opened_with(graphql)}
    dxtra.faults.add(route="/v1/token", latency=0.3, times=None)
    dxtra.expire("access")
    answers = at_once(ops, lambda client: client.post(graphql, query))
    assert ["My Organisation" in answer.text for answer in answers] == [True] * CALLERS
    counts = dxtra.stats.counts
    assert (counts.refreshes, counts.sign_ins, counts.max_concurrent_refreshes) == (1, 1, 1)
