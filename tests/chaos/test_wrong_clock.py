"""A process that is started with a wrong clock has one; without the switch it has a right one."""

import os
import subprocess
import sys
import time

import pytest

from chaos.cases.clock import WRONG_CLOCK

PRINTS_THE_TIME = """
import datetime, time
from datetime import UTC, datetime as same
assert type(same.now(UTC)) is datetime.datetime
print(time.time(), same.now(UTC).timestamp(), datetime.datetime.now().timestamp())
"""


@pytest.mark.parametrize("offset", [0, 600, -600])
def test_every_way_of_asking_for_the_time_tells_the_same(offset: int) -> None:
    environment = {**os.environ, "PYTHONPATH": WRONG_CLOCK, "CLOCK_OFFSET": str(offset)}
    command = [sys.executable, "-c", PRINTS_THE_TIME]
    before = time.time()
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    after = time.time()
    for moment in map(float, printed.stdout.split()):
        assert before + offset - 1 <= moment <= after + offset + 1
