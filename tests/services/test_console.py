"""The console under gunicorn: its log, its settings, its end."""

import json
import os

import requests

from tests.services.console import StartConsole


def test_every_line_of_the_log_is_json_and_holds_no_secret(console: StartConsole):
    one = console()
    answer = requests.get(f"{one.url}/healthz?token=Zq7-in-a-query", timeout=10)
    one.stop()
    lines = [json.loads(line) for line in one.logs.splitlines()]
    assert answer.text == "alive\n"
    assert {"gunicorn.error"} < {line["logger"] for line in lines}
    assert "Listening at" in one.logs
    for secret in ("Zq7-in-a-query", os.environ["SECRET_KEY"], os.environ["VAULT_KEYSET"]):
        assert secret not in one.logs


def test_gunicorn_serves_with_workers_and_threads_by_database(
    console: StartConsole, postgres_url: str
):
    def served(url: str | None) -> str:
        one = console(url, WEB_CONCURRENCY=None, WEB_THREADS=None)
        said = one.manage("shell", "-v0", "-c", SHOW)
        return said.strip()

    assert [served(None), served(postgres_url)] == ["2 4", "2 8"]


SHOW = """
from django.conf import settings
print(settings.WEB_CONCURRENCY, settings.WEB_THREADS)
"""
