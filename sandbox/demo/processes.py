"""The processes of the demo: started, waited for, and stopped together."""

import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from types import FrameType

from sandbox.demo.environment import ROOT

START_SECONDS = 60
STOP_SECONDS = 5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class DemoFailed(Exception):
    """Why the demo cannot run, in a sentence for its user."""


class Interrupted(BaseException):
    """A signal asked the demo to stop."""


def raise_on_signals() -> None:
    """Raise Interrupted on Ctrl-C, SIGTERM or a closed terminal, once; ignore later signals."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted

    for number in SIGNALS:
        signal.signal(number, interrupt)


def check_port(port: int, *, of: str, variable: str) -> None:
    """Raise DemoFailed if the port is in use or may not be used."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            problem = "is busy" if error.errno == errno.EADDRINUSE else "cannot be used"
            raise DemoFailed(
                f"Port {port} (for {of}) {problem}: choose another, for example "
                f"make demo {variable}={port + 1000}."
            ) from None


class Processes:
    """`with Processes() as processes:` — leaving the block stops every process that was started."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *error: object) -> None:
        """Terminate all, and kill those still alive after STOP_SECONDS."""
        alive = [process for process in self._started if process.poll() is None]
        for process in alive:
            process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for process in alive:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def start(
        self, *arguments: str, env: Mapping[str, str], log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a Python process; its output goes to the file `log`, or to our own output.

        Each has its own process group, so that Ctrl-C reaches only this process, which then stops
        the others: gunicorn's workers can hang when interrupted.
        """
        with log.open("ab") if log else nullcontext() as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
                preexec_fn=_die_with_parent,
            )
        self._started.append(process)
        return process

    def run(self, *arguments: str, env: Mapping[str, str]) -> None:
        """Run a Python process until it exits; raises DemoFailed if it fails."""
        process = self.start(*arguments, env=env)
        exit_code = process.wait()
        self._started.remove(process)
        if exit_code:
            raise DemoFailed("The demo could not be prepared: see above.")

    def wait(self) -> None:
        """Wait until our parent exits or gives up; raises DemoFailed if a process exits."""
        parent = os.getppid()
        catches_interrupts = _catches_interrupts(parent)
        while os.getppid() == parent and _catches_interrupts(parent) == catches_interrupts:
            if any(process.poll() is not None for process in self._started):
                raise DemoFailed("A process of the demo exited: see the logs in .demo/.")
            time.sleep(0.25)


def _die_with_parent() -> None:
    """Have Linux stop this process when its parent is killed."""
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, see prctl(2)
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _catches_interrupts(process_id: int) -> bool:
    """Whether a process has a handler for SIGINT; False where there is no /proc.

    When only make is interrupted (`kill -INT`), it removes its handler and waits for us, without
    sending us a signal.
    """
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return False
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGINT - 1) & 1)


def wait_for(url: str, process: subprocess.Popen[bytes], *, log: Path | None) -> None:
    """Wait for any HTTP response from the address; raises DemoFailed if the process exits."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - our own loopback address
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log else ""
    raise DemoFailed(f"{url} does not respond.\n{tail}".strip())
