"""The model test of the token lifecycle in its long form, and mistakes that it must catch."""

import os
import re
import subprocess
import sys
from functools import partial

from chaos.clients import in_parallel
from chaos.harness import Harness
from chaos.verdict import Case, Verdict
from tests.services.console import ROOT

EXAMPLES = 2_000
PROCESSES = 2  # share the examples; each draws its own
MODEL = "tests/profiles/lifecycle/test_token_model.py"
CATCHES = "tests/profiles/lifecycle/test_model_catches.py"


def measure(harness: Harness) -> Verdict:
    each = harness.scaled(EXAMPLES // PROCESSES)
    run = partial(_pytest, harness, MODEL, MODEL_EXAMPLES=str(each))
    results = in_parallel([run] * PROCESSES)
    passed, failed = (sum(counts) for counts in zip(*results, strict=True))
    return Verdict(
        f"{PROCESSES * each} examples × 50 steps on SQLite",
        "all invariants held" if passed and not failed else "an invariant broke",
        passed > 0 and not failed,
    )


def naive(harness: Harness) -> Verdict:
    """The console's own code with one deliberate mistake at a time: each must be caught."""
    caught, missed = _pytest(harness, CATCHES, MODEL_MUTATIONS="all")
    return Verdict(
        f"{caught + missed} deliberate mistakes",
        f"{caught} of {caught + missed} deliberate mistakes caught",
        passed=not caught or bool(missed),
    )


def _pytest(harness: Harness, file: str, **variables: str) -> tuple[int, int]:
    """Run a file of tests; how many passed and how many did not."""
    running = subprocess.Popen(
        [sys.executable, "-m", "pytest", file, "-q", "-n", "0", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    harness.stack.callback(running.kill)
    output, _ = running.communicate()
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error)", output)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    if running.returncode and not failed:
        failed = 1
    if failed:
        harness.log(output[-3000:])
    return counts.get("passed", 0), failed


CASE = Case(
    "model",
    "a model test (hypothesis state machine)",
    "2,000 examples × 50 steps, the invariants hold; deliberate mistakes are all caught",
    measure,
    naive,
)
