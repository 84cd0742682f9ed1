"""A fail point does what its file says, once, in one process; without a folder it does nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from console.profiles.lifecycle import failpoints
from console.profiles.lifecycle.failpoints import POINTS, fail_point
from tests.services.console import ROOT

COME_BY = """
import sys, time, django
django.setup()
from console.profiles.lifecycle.failpoints import fail_point
for _ in range(2):
    fail_point("claimed")
    time.sleep(float(sys.argv[1]))
print("went on")
"""


def come_by(folder: Path | str, *, seconds: float = 0) -> subprocess.CompletedProcess[str]:
    """A process that passes the point twice, with so long after each time."""
    return subprocess.run(
        [sys.executable, "-c", COME_BY, str(seconds)],
        cwd=ROOT,
        env={**os.environ, "FAIL_POINTS": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("action", ["kill", "kill 0.2"])
def test_an_armed_point_kills_the_process_that_comes_there_first(tmp_path: Path, action: str):
    (tmp_path / "claimed").write_text(action)
    assert come_by(tmp_path, seconds=20).returncode == -signal.SIGKILL
    assert come_by(tmp_path).stdout == "went on\n"


def test_another_point_s_file_harms_nobody(tmp_path: Path):
    (tmp_path / "stored").write_text("kill")
    assert come_by(tmp_path).stdout == "went on\n"
    assert (tmp_path / "stored").exists()


def test_without_a_folder_nothing_is_even_looked_at(
    tmp_path: Path, settings: Any, monkeypatch: Any
):
    assert settings.FAIL_POINTS == ""
    monkeypatch.chdir(tmp_path)
    for name in POINTS:
        (tmp_path / name).write_text("kill")
        fail_point(name)
    assert sorted(os.listdir(tmp_path)) == sorted(POINTS)


def test_every_point_of_the_list_stands_in_the_code_once():
    folder = Path(failpoints.__file__).parent
    source = "".join((folder / f"{name}.py").read_text() for name in ("lease", "refresh"))
    assert [source.count(f'fail_point("{name}")') for name in POINTS] == [1] * len(POINTS)
