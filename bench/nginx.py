"""nginx as a bare proxy that adds the header: a floor that no Python reaches."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from bench.clients import Target
from bench.processes import Upstream
from tests.services.console import free_port
from tests.services.nginx import run_nginx

PROXY = """
upstream dpaas {{ server {upstream}; keepalive 64; }}
server {{
  listen 127.0.0.1:{port};
  location / {{
    proxy_pass http://dpaas;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Authorization "{authorization}";
  }}
}}
"""


@contextmanager
def proxy(upstream: Upstream) -> Iterator[Target]:
    """nginx in front of the upstream."""
    target, port = upstream.target(), free_port()
    parts = urlsplit(target.url)
    authorization = target.headers["Authorization"]
    http = PROXY.format(upstream=parts.netloc, port=port, authorization=authorization)
    url = f"http://127.0.0.1:{port}"
    with run_nginx(http, url=f"{url}/"):
        yield Target(f"{url}{parts.path}?{parts.query}", {})
