"""nginx as a bare proxy that adds the header: a floor that no Python reaches."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.clients import Target
from bench.scene import Upstream, process
from tests.services.console import free_port

MISSING = "nginx is not installed (`python -m bench.services`, or Debian: apt install nginx-light)"

CONFIGURATION = """
daemon off;
worker_processes 2;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
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
}}
"""


def find_nginx() -> str | None:
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def proxy(program: str, of: Upstream) -> Iterator[Target]:
    """nginx in front of the upstream; its files lie in a folder that goes with it."""
    target, port = of.target(), free_port()
    parts = urlsplit(target.url)
    with tempfile.TemporaryDirectory(prefix="gatehouse-nginx-") as folder:
        # Started by root, its workers are nobody's.
        os.chmod(folder, 0o755)
        file = Path(folder, "nginx.conf")
        file.write_text(
            CONFIGURATION.format(
                folder=folder,
                port=port,
                upstream=parts.netloc,
                authorization=target.headers["Authorization"],
            )
        )
        url = f"http://127.0.0.1:{port}"
        with process(program, "-c", str(file), "-p", folder, url=f"{url}/"):
            yield Target(f"{url}{parts.path}?{parts.query}", {})
