"""The least that could replace the console: a WSGI app that adds the token and nothing else.

gunicorn reads this module as its configuration too: the same workers as the console's.

    gunicorn --config python:bench.forwarder bench.forwarder:application
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

import requests
from requests.adapters import HTTPAdapter

worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = int(os.environ.get("WEB_THREADS", "1"))
keepalive = 75
preload_app = True
control_socket_disable = True
bind = f"127.0.0.1:{os.environ.get('PORT', '0')}"

session = requests.Session()
session.headers["Authorization"] = f"Bearer {os.environ.get('TOKEN', '')}"
session.mount("http://", HTTPAdapter(pool_maxsize=64))
address = os.environ.get("UPSTREAM", "")


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    response = session.get(address, timeout=20)
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(response.content)))]
    start_response(f"{response.status_code} OK", headers)
    return [response.content]
