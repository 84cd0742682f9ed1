"""The console under gunicorn: its log, its settings, its end."""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from sandbox.dpaas import DpaasUpstream
from tests.factories import DpaasProfileFactory, UserFactory
from tests.services.console import Console, StartConsole, sign_in
from tests.services.seeding import seed
from tests.services.teammate import PASSPHRASE


def test_every_line_of_the_log_is_json_and_holds_no_secret(console: StartConsole):
    one = console()
    answer = requests.get(f"{one.url}/healthz?token=Zq7-in-a-query", timeout=60)
    one.stop()
    lines = [json.loads(line) for line in one.logs.splitlines()]
    assert answer.text == "alive\n"
    assert {"gunicorn.error"} < {line["logger"] for line in lines}
    assert "Listening at" in one.logs
    for secret in ("Zq7-in-a-query", os.environ["SECRET_KEY"], os.environ["VAULT_KEYSET"]):
        assert secret not in one.logs


def test_gunicorn_serves_as_many_at_a_time_on_either_database(
    console: StartConsole, postgres_url: str
):
    def served(url: str | None) -> str:
        one = console(url, WEB_CONCURRENCY=None, WEB_THREADS=None)
        said = one.manage("shell", "-v0", "-c", SHOW)
        return said.strip()

    assert [served(None), served(postgres_url)] == ["2 16 280", "2 16 280"]


SHOW = """
from django.conf import settings
print(settings.WEB_CONCURRENCY, settings.WEB_THREADS, settings.THREADS)
"""


def test_a_stop_lets_a_running_request_finish(console: StartConsole, dpaas: DpaasUpstream):
    one = console(upstream_origins=[dpaas.url])
    session = signed_in_with_profile(one, dpaas)
    dpaas.faults.add(route="GET /accounts", latency=3.0)
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(session.get, f"{one.url}/accounts/", timeout=60)
        wait_until(lambda: dpaas.stats.counts.api_calls == 1)
        assert one.stop() == 0
        assert answer.result().status_code == 200
    assert "<table" in answer.result().text


def signed_in_with_profile(one: Console, dpaas: DpaasUpstream) -> requests.Session:
    """A teammate with a DPaaS profile at the sandbox."""
    email = "ops@example.com"
    seed(
        one,
        (UserFactory, {"email": email, "password": PASSPHRASE}),
        (DpaasProfileFactory, {"owner": email, "base_url": dpaas.url}),
    )
    return sign_in(one.url, email, PASSPHRASE)


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, "it does not happen"
        time.sleep(0.02)
