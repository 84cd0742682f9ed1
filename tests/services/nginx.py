"""Debian's nginx on loopback, with a configuration of ours."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

MISSING = "nginx is not installed (Debian: apt install nginx-light)"
START_SECONDS = 60

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
  {http}
}}
"""


def find_nginx() -> str | None:
    """The path of an installed nginx; None where there is none."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def run_nginx(http: str, *, url: str) -> Iterator[None]:
    """nginx with `http` in its http block, until the block is left; `url` must get an answer."""
    program = find_nginx()
    if program is None:
        raise RuntimeError(MISSING)
    with tempfile.TemporaryDirectory(prefix="gatehouse-nginx-") as folder:
        os.chmod(folder, 0o755)  # root's nginx has workers that run as another user
        file = Path(folder, "nginx.conf")
        file.write_text(CONFIGURATION.format(folder=folder, http=http))
        command = [program, "-c", str(file), "-p", folder]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            _wait(url, process)
            yield
        finally:
            process.terminate()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        assert process.poll() is None, "nginx ended at once"
        assert time.monotonic() < deadline, f"{url} does not answer"
        try:
            requests.get(url, timeout=5)
            return
        except (requests.ConnectionError, requests.Timeout):
            time.sleep(0.02)
