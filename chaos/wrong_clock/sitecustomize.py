"""A process whose clock is wrong: put this folder on PYTHONPATH, and seconds in CLOCK_OFFSET.

Python imports this module as it starts. It changes time.time() and datetime.now(); the monotonic
clock and the database's stay right. Python has no hook for this: the methods of a built-in type
are changed in its dictionary.
"""

import ctypes
import datetime
import gc
import os
import time

OFFSET = float(os.environ.get("CLOCK_OFFSET", "0"))
right_time, right_now = time.time, datetime.datetime.now


def wrong_time() -> float:
    return right_time() + OFFSET


def wrong_now(cls: type[datetime.datetime], tz: datetime.tzinfo | None = None) -> datetime.datetime:
    return cls.fromtimestamp(wrong_time(), tz)


if OFFSET:
    time.time = wrong_time
    attributes = gc.get_referents(datetime.datetime.__dict__)[0]
    attributes["now"] = classmethod(wrong_now)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime.datetime))
