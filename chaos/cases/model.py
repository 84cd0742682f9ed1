"""The state machine of the token lifecycle in its long form, and mistakes that it must catch."""

import os
import re
import subprocess
import sys
from functools import partial

from chaos.callers import at_once
from chaos.verdict import Case, Verdict
from chaos.workshop import Workshop
from tests.services.console import ROOT

EXAMPLES = 2_000
PROCESSES = 2  # that share them; each draws its own
MODEL = "tests/profiles/test_token_model.py"
CATCHES = "tests/profiles/test_model_catches.py"


def measure(place: Workshop) -> Verdict:
    each = place.times(EXAMPLES // PROCESSES)
    run = partial(_pytest, place, MODEL, MODEL_EXAMPLES=str(each))
    came = at_once([run] * PROCESSES)
    passed, failed = (sum(counts) for counts in zip(*came, strict=True))
    return Verdict(
        f"{PROCESSES * each} examples × 50 steps on SQLite",
        "all invariants held" if passed and not failed else "an invariant broke",
        passed > 0 and not failed,
    )


def naive(place: Workshop) -> Verdict:
    """The console's own code with one mistake at a time in it: each passes only if caught."""
    caught, missed = _pytest(place, CATCHES, MODEL_MUTATIONS="all")
    return Verdict(
        f"{caught + missed} deliberate mistakes",
        f"{caught} of {caught + missed} deliberate mistakes caught",
        passed=not caught or bool(missed),
    )


def _pytest(place: Workshop, file: str, **variables: str) -> tuple[int, int]:
    """Run a file of tests; how many passed and how many did not."""
    running = subprocess.Popen(
        [sys.executable, "-m", "pytest", file, "-q", "-n", "0", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    place.stack.callback(running.kill)
    told, _ = running.communicate()
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error)", told)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    if running.returncode and not failed:
        failed = 1
    if failed:
        place.say(told[-3000:])
    return counts.get("passed", 0), failed


CASE = Case(
    "model",
    "a model test (hypothesis state machine)",
    "2,000 examples × 50 steps, the invariants hold; deliberate mistakes are all caught",
    measure,
    naive,
)
