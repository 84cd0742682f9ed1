"""Real workers: processes of `manage.py worker`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from tests.services.console import ROOT, STOP_SECONDS
from tests.services.written import write


@dataclass
class Worker:
    environment: dict[str, str] = field(repr=False)
    log: Path
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def logs(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self) -> "Worker":
        """Safe to call again after stop() or kill()."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "worker", "--interval", "0.1"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def stop(self) -> int:
        """Ask it to end gracefully; returns its exit code. Safe to call twice."""
        if self.process is None:
            return 0
        self.process.terminate()
        return self.process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """kill -9."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(STOP_SECONDS)


@contextmanager
def workers(
    folder: Path, *, upstream_origins: Sequence[str], count: int = 2, **environment: str
) -> Iterator[list[Worker]]:
    """Workers, not started yet, on the test's own database: the test sees what they do."""
    variables = {
        **os.environ,
        "DATABASE_URL": _url_of_tests(),
        "UPSTREAM_ORIGINS": ",".join(upstream_origins),
        **environment,
    }
    made = [Worker(variables, folder / f"worker-{number}.log") for number in range(count)]
    try:
        yield made
    finally:
        for worker in made:
            worker.kill()
            write(worker.logs)


def _url_of_tests() -> str:
    """The DATABASE_URL of the database that this test process uses."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{settings['NAME']}"
    return f"postgres://{settings['USER']}@/{settings['HOST']}/{settings['NAME']}"
