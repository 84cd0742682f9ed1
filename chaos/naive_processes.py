"""Start naive clients as processes, and read what came of their calls."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.services.console import ROOT


def start(
    habit: str,
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
        [sys.executable, "-m", "chaos.naive", habit, str(row), url, *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def results(processes: list[subprocess.Popen[str]]) -> list[bool]:
    """Whether each call of each process went well."""
    came: list[bool] = []
    for process in processes:
        said, _ = process.communicate(timeout=600)
        came += json.loads(said)
    return came
