"""Which cases run side by side. Each runs in a process of its own, with sandboxes of its own.

`down` waits for ten minutes, with some calls a second: it runs beside everything, from the start.
`creates` runs while `down` gets ready. `hung` and `held-open` measure times: nothing else runs
meanwhile. Then those that mostly wait, for leases and for tokens to expire, and `model`, which is
two busy processes, run beside the others, of which one runs at a time.
"""

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field

from chaos.cases import (
    bulk,
    bursts,
    clock,
    creates,
    deaths,
    down,
    held_open,
    hung,
    losses,
    model,
    rolling_restart,
    steady,
    stopped,
    wrong_password,
)
from chaos.harness import open_harness
from chaos.table import Row
from chaos.verdict import Case, Verdict

CASES: dict[str, Case] = {
    module.CASE.name: module.CASE
    for module in (
        bursts,
        steady,
        losses,
        deaths,
        stopped,
        hung,
        held_open,
        rolling_restart,
        down,
        wrong_password,
        clock,
        creates,
        bulk,
        model,
    )
}
THROUGHOUT = ("down",)
FIRST = ("creates",)
ALONE = ("hung", "held-open")
BESIDE = ("steady", "losses", "deaths", "stopped", "bulk", "model")
ONE_BY_ONE = ("rolling-restart", "wrong-password", "clock", "bursts")  # the heaviest last


def run(names: Sequence[str], size: float) -> list[Row]:
    """Run these cases; the rows come in the table's order."""
    with (
        ProcessPoolExecutor(2 * len(CASES), multiprocessing.get_context("spawn")) as processes,
        ThreadPoolExecutor(len(CASES)) as threads,
    ):
        cases = _Cases(processes, threads, size)
        for name in _chosen(names, THROUGHOUT):
            cases.start(name)
        for name in _chosen(names, FIRST):
            cases.start(name)
            cases.rows[name].result()
        for name in _chosen(names, ALONE):
            cases.start(name).result()  # its naive client may run beside others
        for name in _chosen(names, BESIDE):
            cases.start(name)
        for name in _chosen(names, ONE_BY_ONE):
            cases.start(name).result()
        return [cases.rows[name].result() for name in CASES if name in names]


def _chosen(names: Sequence[str], group: Sequence[str]) -> list[str]:
    return [name for name in group if name in names]


@dataclass
class _Cases:
    processes: ProcessPoolExecutor
    threads: ThreadPoolExecutor
    size: float
    rows: dict[str, "Future[Row]"] = field(default_factory=dict)

    def start(self, name: str) -> "Future[Verdict]":
        """Start a case; its naive client runs after it. Returns the result on the console."""
        began = time.monotonic()
        measured = self.processes.submit(run_case, name, self.size)
        self.rows[name] = self.threads.submit(self._follow, name, measured, began)
        return measured

    def _follow(self, name: str, measured: "Future[Verdict]", began: float) -> Row:
        verdict, took = measured.result(), time.monotonic() - began
        naive = self.processes.submit(run_case, name, self.size, naive=True).result()
        return Row(CASES[name], verdict, naive, took)


def on_sigterm(work: Callable[[], object]) -> None:
    """Do `work` before SIGTERM ends this process; its threads are not waited for."""

    def end(*_: object) -> None:
        try:
            work()
        finally:
            os._exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


def end_cases() -> None:
    """End every case, with all that it started."""
    children = multiprocessing.active_children()
    for child in children:
        child.terminate()
    for child in children:
        child.join()


def run_case(name: str, size: float, *, naive: bool = False) -> Verdict:
    """Measure a case, on the console or on its naive client.

    One that raises gives a failed row, and the run goes on.
    """
    case = CASES[name]
    work = case.naive if naive else case.measure
    try:
        with open_harness(f"{name}, naive" if naive else name, size=size) as harness:
            on_sigterm(harness.stack.close)
            verdict = work(harness)
            harness.log(f"{verdict.runs}: {verdict.figure}")
            return verdict
    except Exception as error:
        traceback.print_exc()
        return Verdict("broke off", f"broke off: {type(error).__name__}: {error}", passed=naive)
