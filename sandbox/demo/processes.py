"""The processes of the demo: started, waited for, and all ended together."""

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

from sandbox.demo.place import ROOT

START_SECONDS = 60
STOP_SECONDS = 5
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class CannotRun(Exception):
    """One sentence for whoever started the demo."""


class Ended(BaseException):
    """A signal asked us to end."""


def end_on_signals() -> None:
    """Turn Ctrl-C, SIGTERM and a closed terminal into Ended, once; later ones change nothing."""

    def end(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Ended

    for number in SIGNALS:
        signal.signal(number, end)


def check_port(port: int, *, of: str, variable: str) -> None:
    """Raise CannotRun when somebody listens on the port, or we may not."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = "is busy" if error.errno == errno.EADDRINUSE else "cannot be used"
            raise CannotRun(
                f"Port {port} (for {of}) {why}: choose another, for example "
                f"make demo {variable}={port + 1000}."
            ) from None


class Processes:
    """`with Processes() as running:` — leaving the block ends every process that was started."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Processes":
        return self

    def __exit__(self, *error: object) -> None:
        """Ask all to end, and kill what has not within five seconds."""
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
        """Start a Python process; its output goes to the file `log`, or where ours goes.

        Each gets a process group of its own, so that Ctrl-C reaches us alone: gunicorn's workers
        can hang when interrupted, and all are ended in order.
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
                preexec_fn=_end_with_parent,
            )
        self._started.append(process)
        return process

    def run(self, *arguments: str, env: Mapping[str, str]) -> None:
        """Run a Python process to its end; raises CannotRun if it fails."""
        process = self.start(*arguments, env=env)
        failed = process.wait()
        self._started.remove(process)
        if failed:
            raise CannotRun("The demo could not be prepared: see above.")

    def wait(self) -> None:
        """Stay while whoever started us stays; raises CannotRun when a process ends by itself."""
        parent = os.getppid()
        interruptible = _catches_interrupts(parent)
        while os.getppid() == parent and _catches_interrupts(parent) == interruptible:
            if any(process.poll() is not None for process in self._started):
                raise CannotRun("A process of the demo ended by itself: see the logs in .demo/.")
            time.sleep(0.25)


def _end_with_parent() -> None:
    """Have Linux end this process when the one that started it is killed."""
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, see prctl(2)
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _catches_interrupts(process_id: int) -> bool:
    """Whether a process has a handler for SIGINT; False where there is no /proc.

    make, when it alone is interrupted (`kill -INT`), puts its handler away and waits for us,
    without telling us.
    """
    try:
        status = Path(f"/proc/{process_id}/status").read_text()
    except OSError:
        return False
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGINT - 1) & 1)


def wait_for(url: str, process: subprocess.Popen[bytes], *, log: Path | None) -> None:
    """Wait until the address answers, whatever it says; raises CannotRun if the process ends."""
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
    said = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log else ""
    raise CannotRun(f"{url} does not answer.\n{said}".strip())
