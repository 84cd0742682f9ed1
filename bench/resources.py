"""Memory, and the time of a start."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

from bench.clients import Target, closed_loop
from bench.measure import Row, ms, p50
from tests.services.console import ROOT, Console


def process_tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in process_tree(int(child)))]


def proportional_megabytes(pid: int) -> float:
    """PSS of a process and its descendants: a page that n of them share counts 1/n for each."""
    lines = [
        line
        for each in process_tree(pid)
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    ]
    return sum(int(line.split()[1]) for line in lines) / 1024


def memory(name: str, console: Console, page: Target, *, calls: int) -> list[Row]:
    """Of the whole gunicorn: before the first of `calls` calls, and after the last."""
    assert console.process
    pid = console.process.pid
    idle = proportional_megabytes(pid)
    done = 0
    while done < calls:
        done += len(closed_loop(page, 32, 2.0)[1])
    after = proportional_megabytes(pid)
    workers = f"{len(process_tree(pid))} processes"
    return [
        Row(f"memory, idle ({name})", idle, 130, unit="MB", how=f"PSS, {workers}"),
        Row(f"memory, after {calls} calls ({name})", after, 180, unit="MB",
            how=f"PSS, {workers}; {done} calls"),
    ]  # fmt: skip


def first_answer(console: Console, *, starts: int) -> Row:
    """From the exec of gunicorn to the first 200 of /healthz; the console is stopped before."""
    console.stop()
    seconds = [_start(console) for _ in range(starts)]
    return Row("first answer after start", p50(seconds), 1.5, unit="s",
               how=f"worst {ms(max(seconds))}; {starts} starts")  # fmt: skip


def _start(console: Console) -> float:
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "console.wsgi"],
        cwd=ROOT,
        env=console.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while True:
            try:
                assert requests.get(f"{console.url}/healthz", timeout=5).status_code == 200
                return time.perf_counter() - began
            except requests.ConnectionError:
                assert process.poll() is None, "gunicorn ended at once"
                time.sleep(0.005)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
