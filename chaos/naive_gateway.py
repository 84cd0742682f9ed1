"""A naive console for one case: it only forwards, and limits no upstream.

`gunicorn chaos.naive_gateway` passes /dpaas/… and /dxtra/… on to the addresses in the environment.
Every call holds a thread until the upstream answers.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

import requests

SECONDS = 10.0
TARGETS = {"dpaas": os.environ.get("DPAAS", ""), "dxtra": os.environ.get("DXTRA", "")}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    first, _, rest = environ["PATH_INFO"].strip("/").partition("/")
    if first not in TARGETS:
        start_response("200 OK", [])
        return [b"a page of our own"]
    try:
        response = requests.get(f"{TARGETS[first]}/{rest}", timeout=SECONDS)
    except requests.RequestException:
        start_response("504 Gateway Timeout", [])
        return []
    start_response(f"{response.status_code} From upstream", [])
    return [response.content]
