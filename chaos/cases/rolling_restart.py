"""Two consoles behind nginx are restarted one after the other, while teammates create accounts."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from chaos.cases.held_open import PLAIN_GTHREAD
from chaos.clients import Client, in_parallel, shows_data
from chaos.harness import SQLITE, Harness
from chaos.verdict import Case, Verdict
from tests.services.console import Console, free_port
from tests.services.nginx import run_nginx

ROUNDS = 4  # each restarts both consoles
LATENCY = 3.0  # seconds that a list takes, so that a console that stops has something to finish
READERS = 16  # of lists
WRITERS = 8
PAUSE = 0.1  # seconds between the creates of one
QUIET = 2.0  # seconds of load before the first restart, and after each

# The lines of `upstream` and `location` are those that docs/operations.md recommends.
NGINX = """
upstream console {{
  server {first} max_fails=0;
  server {second} max_fails=0;
}}
server {{
  listen 127.0.0.1:{port};
  location / {{
    proxy_pass http://console;
    proxy_http_version 1.1;
    proxy_set_header Connection close;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_next_upstream error timeout;
    proxy_connect_timeout 3s;
    proxy_read_timeout 90s;
  }}
}}
"""


@dataclass
class Tally:
    lists: int = 0
    failed_lists: int = 0
    posts: int = 0
    lost_posts: int = 0
    done_twice: int = 0
    restarts: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add_list(self, *, failed: bool) -> None:
        with self._lock:
            self.lists += 1
            self.failed_lists += failed

    def add_post(self, *, lost: bool) -> None:
        with self._lock:
            self.posts += 1
            self.lost_posts += lost

    def verdict(self) -> Verdict:
        return Verdict(
            f"{self.restarts} restarts, {self.posts} POSTs, {self.lists} lists of {LATENCY:.0f} s",
            f"{self.lost_posts} POSTs lost, {self.done_twice} carried out twice, "
            f"{self.failed_lists} lists failed",
            self.posts > 0 and not (self.lost_posts or self.done_twice or self.failed_lists),
        )


def measure(harness: Harness) -> Verdict:
    return _measure(harness, {})


def naive(harness: Harness) -> Verdict:
    """gunicorn's own worker with threads: while it stops, connections wait in its backlog."""
    return _measure(harness, PLAIN_GTHREAD)


def _measure(harness: Harness, environment: Mapping[str, str]) -> Verdict:
    tally, port = Tally(), free_port()
    upstreams = harness.start_upstreams()
    site = harness.start_site(SQLITE, upstreams, threads=16, environment=environment)
    second = harness.start_console(
        site.console.database_url,
        upstreams.origins,
        workers=2,
        threads=16,
        environment=environment,
    )
    site.settle(site.clients[0], upstreams.dpaas)
    upstreams.dpaas.fault(route="GET /accounts", latency=LATENCY, times=None)
    servers = [f"127.0.0.1:{console.port}" for console in (site.console, second)]
    http = NGINX.format(first=servers[0], second=servers[1], port=port)
    client = replace(site.clients[0], url=f"http://127.0.0.1:{port}")
    over = threading.Event()
    with run_nginx(http, url=f"{client.url}/healthz"):
        load: list[Callable[[], None]] = [partial(_read, client, over, tally)] * READERS
        load += [partial(_write, client, over, tally)] * WRITERS
        rounds = harness.scaled(ROUNDS)
        load.append(partial(_restart, [site.console, second], rounds, over, tally))
        in_parallel(load)
    submissions = site.control("submissions")
    tally.done_twice = max(0, upstreams.dpaas.stats()["creates"] - len(submissions))
    return tally.verdict()


def _read(client: Client, over: threading.Event, tally: Tally) -> None:
    while not over.is_set():
        tally.add_list(failed=not shows_data(client.get(client.accounts), "DPaaS"))


def _write(client: Client, over: threading.Event, tally: Tally) -> None:
    while not over.wait(PAUSE):
        form = {
            "name": f"Rolling {uuid.uuid4().hex}",
            "submission": str(uuid.uuid4()),
            "opened_with": client.dpaas_state,
        }
        tally.add_post(lost=client.post(f"{client.accounts}new/", form).status != 302)


def _restart(consoles: list[Console], rounds: int, over: threading.Event, tally: Tally) -> None:
    try:
        time.sleep(QUIET)
        for _ in range(rounds):
            for console in consoles:
                console.stop()
                console.start()
                tally.restarts += 1
                time.sleep(QUIET)
    finally:
        over.set()


CASE = Case(
    "rolling-restart",
    "a rolling restart of two consoles behind nginx, with calls of 3 s and POSTs all the time",
    "0 POSTs lost, none carried out twice",
    measure,
    naive,
)
