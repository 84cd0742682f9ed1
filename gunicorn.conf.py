"""How the console runs under gunicorn; `gunicorn console.wsgi` reads this file by itself.

A setting that cannot be used ends the start here, with one sentence and no traceback.
"""

import gc
import os
import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")
sys.path.insert(0, str(Path(__file__).resolve().parent))

try:
    from console import settings
except ImproperlyConfigured as error:
    sys.exit(f"Gatehouse cannot start: {error}")

# A console that answers to loopback names alone listens on loopback alone.
_only_here = set(settings.ALLOWED_HOSTS) <= settings.LOOPBACK_HOSTS
bind = f"{'127.0.0.1' if _only_here else '0.0.0.0'}:{settings.PORT}"  # noqa: S104

# Threads, because most of a request is waiting for an upstream.
worker_class = "console.web.worker.ConsoleWorker"
workers = settings.WEB_CONCURRENCY
threads = settings.THREADS
# The whole console is loaded once, before any worker: a bad keyset refuses to start, and the
# workers share its memory.
preload_app = True

# With threads this is the worker's heartbeat, not a request's length: upstream deadlines do that.
timeout = 60
# Platforms kill 30 s after SIGTERM. So a call within DPaaS's deadline (10 s) may end; one of
# Dxtra's longest action (65 s) cannot in any case, and a longer wait here would not save it.
graceful_timeout = 25
# Longer than the usual proxy keeps an idle connection, so that it never meets one just closed.
keepalive = 75
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
control_socket_disable = True  # it would be shared by every gunicorn of the same user

# The console's own log format; its middleware writes one line a request, so no access log.
logconfig_dict = settings.LOGGING
accesslog = None


def on_starting(server: object) -> None:
    """Load the URLs, and with them every view, before any worker is forked."""
    from django.urls import get_resolver

    _ = get_resolver().url_patterns


def when_ready(server: object) -> None:
    """Before the workers are forked: leave what is loaded out of their garbage collections.

    A collection writes into every object that it looks at, and so ends the sharing of its page.
    """
    gc.collect()
    gc.freeze()
