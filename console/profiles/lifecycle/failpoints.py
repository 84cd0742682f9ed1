"""Named points of a refresh at which a process can be made to die or to stop: for `make chaos`.

Off, and free, unless FAIL_POINTS names a folder. There a file with a point's name arms it; its text
is what happens to the process that comes there first: `kill` or `stop`, at once or, with a number
behind it, so many seconds later. Taking the file away is atomic, so exactly one process acts.
"""

import os
import signal
import threading
from pathlib import Path

from django.conf import settings

POINTS = (
    "before-claim",
    "claimed",  # the lease is committed, nothing is sent
    "before-refresh",
    "refreshed",  # the answer is read, nothing is stored
    "refresh-lost",  # refused, or its answer lost; no sign-in yet
    "before-sign-in",
    "signed-in",  # as "refreshed"
    "stored",
)
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


def fail_point(name: str) -> None:
    """Die or stop here, if somebody has armed this point."""
    if settings.FAIL_POINTS:
        _act(Path(settings.FAIL_POINTS, name))


def _act(armed: Path) -> None:
    try:
        action, _, seconds = armed.read_text().strip().partition(" ")
        armed.unlink()
    except FileNotFoundError:
        return
    if not seconds:
        _signal(action)
        return
    timer = threading.Timer(float(seconds), _signal, [action])
    timer.daemon = True
    timer.start()


def _signal(action: str) -> None:
    os.kill(os.getpid(), SIGNALS[action])
