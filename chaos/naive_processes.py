"""Start naive clients as processes, and read the results of their calls."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.services.console import ROOT


def start(
    strategy: str,
    row: Path,
    url: str,
    *,
    threads: int = 1,
    calls: int = 1,
    pause: float = 0.0,
    environment: Mapping[str, str] = {},
) -> subprocess.Popen[str]:
    options = [f"--threads={threads}", f"--calls={calls}", f"--pause={pause}"]
    return subprocess.Popen(
        [sys.executable, "-m", "chaos.naive", strategy, str(row), url, *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def results(processes: list[subprocess.Popen[str]]) -> list[bool]:
    """Whether each call of each process succeeded."""
    succeeded: list[bool] = []
    for process in processes:
        output, _ = process.communicate(timeout=600)
        succeeded += json.loads(output)
    return succeeded
