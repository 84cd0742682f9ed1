"""A test run that writes a secret fails, wherever it writes it: the control of tests/leaks.py."""

import os
import subprocess
import sys
from pathlib import Path

from tests.services.console import ROOT

PASSWORD = "sandbox-ops-7Qm2-made-up"
CASES = {
    "printed": f'print("{PASSWORD}")',
    "logged": f'logging.getLogger("console.x").warning("said %s", "{PASSWORD}")',
    "logged beside the message": f'logging.getLogger("c").error("x", extra={{"a": "{PASSWORD}"}})',
    "an exception caught": f'with pytest.raises(OSError): raise OSError("{PASSWORD}")',
    "an exception that fails": f'raise OSError("{PASSWORD}")',
    "an upstream error": f'HostUnknown("DPaaS", host="{PASSWORD}")',
    "a page": 'ask("/page/")',
    "a header": 'ask("/header/")',
    "a stream": 'ask("/stream/")',
    "a 500": 'ask("/broken/")',
    "in base64": f'print(__import__("base64").b64encode(b"x{PASSWORD}yz"))',
    "a token of the sandbox": "print(token())",
    "nothing": 'print("nothing")',
}
HEAD = f"""
import logging
import pytest
import requests
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path
from console.upstream.errors import HostUnknown
from sandbox.dpaas import DpaasUpstream

def broken(request):
    raise ValueError("{PASSWORD}")

urlpatterns = [
    path("page/", lambda request: HttpResponse("<p>{PASSWORD}")),
    path("header/", lambda request: HttpResponse(headers={{"X-Said": "{PASSWORD}"}})),
    path("stream/", lambda request: StreamingHttpResponse([b"<p>", b"{PASSWORD}"])),
    path("broken/", broken),
]

def ask(path):
    client = Client(raise_request_exception=False)
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]):
        answer = client.get(path)
        if answer.streaming:
            list(answer.streaming_content)

def token():
    with DpaasUpstream() as upstream:
        return upstream.sessions.open(upstream.people[0]).access
"""


def test_a_secret_in_what_a_test_writes_fails_it(tmp_path: Path):
    functions = [
        f"def test_{number}():\n    {line}\n" for number, line in enumerate(CASES.values())
    ]
    (tmp_path / "test_leaky.py").write_text("\n\n".join([HEAD, *functions]))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-c",
            ROOT / "pyproject.toml",
            "--rootdir",
            tmp_path,
            "-n0",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            tmp_path / "test_leaky.py",
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if "PYTEST" not in name},
        capture_output=True,
        text=True,
        timeout=120,
    )
    failed = {
        case
        for number, case in enumerate(CASES)
        if f"::test_{number} shows a secret in what it wrote" in done.stdout
    }
    assert failed == set(CASES) - {"nothing"}, done.stdout
    assert f"{len(CASES) - 1} failed, 1 passed" in done.stdout
    assert PASSWORD not in done.stdout + done.stderr
