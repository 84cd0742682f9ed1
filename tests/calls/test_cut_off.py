"""A call that a stop cuts off is in the record, whatever stopped the console."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from chaos.clients import wait_until
from tests.factories import DxtraProfileFactory
from tests.services.console import Console
from tests.services.profiles import dpaas_form
from tests.services.seeding import seed
from tests.services.teammate import add_teammate

ROWS = (
    "from console.calls.models import Call; print(*Call.objects.values_list('outcome', flat=True))"
)


def stop(console: Console) -> None:
    console.stop()


def quit_at_once(console: Console) -> None:
    assert console.process
    console.process.send_signal(signal.SIGQUIT)
    console.process.wait(60)


def abort_the_worker(console: Console) -> None:
    worker = console.workers[0]
    os.kill(worker, signal.SIGABRT)
    time.sleep(3)  # gunicorn leaves it one second
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{worker}").exists())


@pytest.mark.parametrize("end", [stop, quit_at_once, abort_the_worker])
def test_a_call_that_a_stop_cuts_off_is_recorded(
    console: Any, database_url: str, dpaas: Any, end: Any
):
    one = console(
        database_url,
        upstream_origins=[dpaas.url],
        GUNICORN_CMD_ARGS="--graceful-timeout=4",
        DPAAS_DEADLINE="60",
    )
    ops = add_teammate(one, "ops@example.com")
    assert ops.post("/profiles/new/dpaas/", dpaas_form(dpaas)).status_code == 200
    dpaas.faults.add(route="GET /accounts", latency=40, times=None)

    def call() -> None:
        with suppress(requests.ConnectionError):
            ops.session.get(f"{one.url}/accounts/", timeout=60)

    thread = threading.Thread(target=call)
    thread.start()
    assert wait_until(lambda: dpaas.stats.counts.faults_applied > 0)
    end(one)
    thread.join()
    # The older one is the list to which the new profile had led.
    assert one.manage("shell", "-v0", "--no-imports", "-c", ROWS).split() == ["cut_off", "ok"]


RUNS = """
from console.graphql.history.models import Run
from console.graphql.history.sent import open_sent
for run in Run.objects.all():
    print(run.outcome, run.may_have_happened, open_sent(run).query)
"""


def test_a_run_that_a_stop_cuts_off_is_in_the_history_with_what_it_sent(console: Any, dxtra: Any):
    one = console(upstream_origins=[dxtra.url], GUNICORN_CMD_ARGS="--graceful-timeout=4")
    ops = add_teammate(one, "ops@example.com")
    seed(one, (DxtraProfileFactory, {"owner": ops.email, "origin": dxtra.url}))
    desk = f"/dxtra/{dxtra.url.removeprefix('http://')}/graphql/"
    dxtra.faults.add(route="/v1/graphql", latency=40, times=None)

    def run() -> None:
        with suppress(requests.ConnectionError):
            ops.submit(desk, {"query": "{ dataControllers { id } }"})

    thread = threading.Thread(target=run)
    thread.start()
    assert wait_until(lambda: dxtra.stats.counts.faults_applied > 0)
    stop(one)
    thread.join()
    shown = one.manage("shell", "-v0", "--no-imports", "-c", RUNS)
    assert shown.strip() == "cut_off False { dataControllers { id } }"
