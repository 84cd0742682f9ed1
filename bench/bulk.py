"""A bulk job in one worker: its rows beside the time that the upstream takes, and its memory.

The upstream's own time is what a `requests.Session` with a ready token waits for the same creates,
one after the other, on the same machine right before and right after the job.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from bench.measure import Row, ms
from bench.processes import Upstream
from tests.services.console import ROOT, Console

SECONDS = 0.05  # of each create
JOB_ROWS = 5_000
PATIENCE = 120.0  # seconds
START = """
import json, sys
from console.accounts.bulk import jobs
from console.accounts.bulk.preparing.tables import Table
from console.profiles.models import CredentialProfile
from django.contrib.auth.models import Group
profile = CredentialProfile.objects.get()
CredentialProfile.objects.update(environment="test")
profile.refresh_from_db()
profile.owner.groups.add(Group.objects.get(name="Operations"))
rows = [[f"Customer {number}"] for number in range(json.load(sys.stdin))]
job = jobs.open_job(profile.owner, profile, "create", Table([], rows), mapping={"name": 0})
jobs.change_draft(job, rows_per_second=100.0)
jobs.start(job, profile)
"""
STOP = """
from console.accounts.bulk import jobs
from console.accounts.bulk.models import Job
for job in Job.objects.all(): jobs.stop(job)
"""


def rows(name: str, upstream: Upstream, console: Console, *, count: int) -> list[Row]:
    """Of a job of JOB_ROWS rows, the first `count` are measured, from the first row on."""
    upstream.set(api_seconds=SECONDS, auth_seconds=SECONDS)
    try:
        with _worker(console) as pid:
            _settle(pid)
            idle = _megabytes(pid, "VmRSS")
            alone = _alone(upstream, count // 4)
            before = upstream.set()["creates"]
            console.manage("shell", "-v0", "--no-imports", "-c", START, input=json.dumps(JOB_ROWS))
            _wait_for(upstream, before + 1)
            began = time.perf_counter()
            while upstream.set()["creates"] <= before + count:
                time.sleep(0.5)
            done = upstream.set()["creates"] - before - 1
            took = time.perf_counter() - began
            most = _megabytes(pid, "VmHWM")
            console.manage("shell", "-v0", "--no-imports", "-c", STOP)
        own = (alone + _alone(upstream, count // 4)) / 2
    finally:
        upstream.set(api_seconds=0.0, auth_seconds=0.0)
    return [
        Row(
            f"rows of a bulk job in one worker, against the upstream's own time ({name})",
            took / done / own,
            1.15,
            how=f"{ms(took / done)}, {ms(own)} of which it waits {ms(SECONDS)}; {done} rows",
        ),
        Row(
            f"memory of that worker, above idle ({name})",
            most - idle,
            64,
            unit="MB",
            how=f"RSS {idle:.0f} MB, at most {most:.0f} MB; a job of {JOB_ROWS} rows",
        ),
    ]


def _alone(upstream: Upstream, count: int) -> float:
    """Seconds of one create by a script, in the mean."""
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {upstream.token()}"
        began = time.perf_counter()
        for number in range(count):
            session.post(f"{upstream.url}/accounts", json={"name": f"{number}"}, timeout=60)
        return (time.perf_counter() - began) / count


@contextmanager
def _worker(console: Console) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT,
        env=console.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _megabytes(pid: int, name: str) -> float:
    """Resident memory of a process, now ("VmRSS") or at most so far ("VmHWM", proc(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def _settle(pid: int) -> None:
    """Wait until the worker has loaded all that it loads."""
    last = 0.0
    while (now := _megabytes(pid, "VmRSS")) - last > 1 or now < 60:
        last = now
        time.sleep(1.0)


def _wait_for(upstream: Upstream, creates: int) -> None:
    until = time.monotonic() + PATIENCE
    while upstream.set()["creates"] < creates:
        assert time.monotonic() < until, "the worker sends nothing"
        time.sleep(0.01)
