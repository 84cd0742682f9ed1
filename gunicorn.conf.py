"""How the console runs under gunicorn; `gunicorn console.wsgi` reads this file by itself.

A setting that cannot be used ends the start here, with one sentence and no traceback.
"""

import gc
import os
import resource
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent))

try:
    from console import settings
except ImproperlyConfigured as error:
    sys.exit(f"Gatehouse cannot start: {error}")
from console.web.memory import limit_kept_memory

# A console that answers to loopback names alone listens on loopback alone.
bind = f"{'127.0.0.1' if settings.ON_LOOPBACK else '0.0.0.0'}:{settings.PORT}"  # noqa: S104

# Threads, because most of a request is waiting for an upstream.
worker_class = "console.web.worker.ConsoleWorker"
workers = settings.WEB_CONCURRENCY
threads = settings.THREADS
# The whole console is loaded once, before any worker: a bad keyset refuses to start, and the
# workers share its memory.
preload_app = True
# Seconds that a thread may compute while others wait: with Python's 5 ms and 200 pages at once,
# /healthz took up to 4 s; with 1 ms, and answered by the main loop, 1.1 s, and pages as long.
sys.setswitchinterval(0.001)

# With threads this is the worker's heartbeat, not a request's length: upstream deadlines do that.
timeout = 60
# Platforms kill 30 s after SIGTERM. So a call within DPaaS's deadline (10 s) may end; one of
# Dxtra's longest action (65 s) cannot in any case, and a longer wait here would not save it.
graceful_timeout = 25
# Longer than the usual proxy keeps an idle connection, so that it never meets one just closed.
keepalive = 75
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
sendfile = False  # it would wait for ever for a client that reads nothing (SO_SNDTIMEO, worker.py)
control_socket_disable = True  # it would be shared by every gunicorn of the same user

# As many files as we may have open: a worker keeps 1000 connections, and calls upstreams beside.
_, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (_most, _most))

limit_kept_memory()

# The console's own log format; its middleware writes one line a request, so no access log.
logconfig_dict = settings.LOGGING
accesslog = None


# gunicorn would believe a SCRIPT_NAME or PATH_INFO that comes from loopback. X-Forwarded-Proto is
# Django's to read.
forwarded_allow_ips = ""
forwarder_headers = ""


def on_starting(server: object) -> None:
    """Refuse to start where /readyz would not say "ready". Load every view before the fork."""
    from django.urls import get_resolver

    from console.web.health import first_problem

    if problem := first_problem():
        sys.exit(f"Gatehouse cannot start: {problem.sentence}")
    _ = get_resolver().url_patterns


def record_cut_off_calls(worker: object) -> None:
    """A worker ends, or will in a moment: what it still waits for is in the records."""
    from console.calls import services
    from console.graphql.history import record

    services.record_cut_off_calls()
    record.record_cut_off_runs()


# On SIGINT and SIGQUIT, and by ConsoleWorker before it ends after SIGTERM; and on SIGABRT, by which
# gunicorn ends a worker that no longer answers it.
worker_int = worker_abort = record_cut_off_calls


def post_worker_init(worker: object) -> None:
    """What is past its time is deleted also while nobody uses the console."""
    from console.database import expiry

    expiry.start()


def when_ready(server: object) -> None:
    """Before the workers are forked: leave what is loaded out of their garbage collections.

    A collection writes into every object that it looks at, and so ends the sharing of its page.
    """
    gc.collect()
    gc.freeze()
