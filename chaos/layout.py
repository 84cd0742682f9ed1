"""Which cases run side by side. Each runs in a process of its own, with sandboxes of its own.

`down` waits for ten minutes, with some calls a second: it runs beside everything, from the start.
`creates` runs while `down` gets ready. `hung` compares times: nothing else runs meanwhile. Then
those that mostly wait, for leases and for lives of tokens, and `model`, which is two busy
processes, run beside the others, of which one runs at a time.
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
    bursts,
    clock,
    creates,
    deaths,
    down,
    hung,
    losses,
    model,
    steady,
    stopped,
    wrong_password,
)
from chaos.table import Row
from chaos.verdict import Case, Verdict
from chaos.workshop import workshop

CASES: dict[str, Case] = {
    module.CASE.name: module.CASE
    for module in (
        bursts,
        steady,
        losses,
        deaths,
        stopped,
        hung,
        down,
        wrong_password,
        clock,
        creates,
        model,
    )
}
THROUGHOUT = ("down",)
FIRST = ("creates",)
ALONE = ("hung",)
BESIDE = ("steady", "losses", "deaths", "stopped", "model")
ONE_BY_ONE = ("wrong-password", "clock", "bursts")  # the heaviest at the end


def run(names: Sequence[str], size: float) -> list[Row]:
    """Run these cases; the rows come in the table's order."""
    with (
        ProcessPoolExecutor(2 * len(CASES), multiprocessing.get_context("spawn")) as processes,
        ThreadPoolExecutor(len(CASES)) as threads,
    ):
        going = _Going(processes, threads, size)
        for name in _chosen(names, THROUGHOUT):
            going.start(name)
        for name in _chosen(names, FIRST):
            going.start(name)
            going.rows[name].result()
        for name in _chosen(names, ALONE):
            going.start(name).result()  # its naive client is none to be alone with
        for name in _chosen(names, BESIDE):
            going.start(name)
        for name in _chosen(names, ONE_BY_ONE):
            going.start(name).result()
        return [going.rows[name].result() for name in CASES if name in names]


def _chosen(names: Sequence[str], group: Sequence[str]) -> list[str]:
    return [name for name in group if name in names]


@dataclass
class _Going:
    processes: ProcessPoolExecutor
    threads: ThreadPoolExecutor
    size: float
    rows: dict[str, "Future[Row]"] = field(default_factory=dict)

    def start(self, name: str) -> "Future[Verdict]":
        """Start a case, whose naive client follows; what is returned is about the console."""
        began = time.monotonic()
        measured = self.processes.submit(judge, name, self.size)
        self.rows[name] = self.threads.submit(self._follow, name, measured, began)
        return measured

    def _follow(self, name: str, measured: "Future[Verdict]", began: float) -> Row:
        verdict, took = measured.result(), time.monotonic() - began
        naive = self.processes.submit(judge, name, self.size, naive=True).result()
        return Row(CASES[name], verdict, naive, took)


def on_sigterm(work: Callable[[], object]) -> None:
    """Have `work` done before SIGTERM ends this process; no thread of it is waited for."""

    def end(*_: object) -> None:
        try:
            work()
        finally:
            os._exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


def end_cases() -> None:
    """Have every case end what it started."""
    cases = multiprocessing.active_children()
    for case in cases:
        case.terminate()
    for case in cases:
        case.join()


def judge(name: str, size: float, *, naive: bool = False) -> Verdict:
    """Measure a case, on the console or on its naive client.

    One that breaks is a row that failed, not the end of the run.
    """
    case = CASES[name]
    work = case.naive if naive else case.measure
    try:
        with workshop(f"{name}, naive" if naive else name, size=size) as place:
            on_sigterm(place.stack.close)
            verdict = work(place)
            place.say(f"{verdict.runs}: {verdict.figure}")
            return verdict
    except Exception as error:
        traceback.print_exc()
        return Verdict("broke off", f"broke off: {type(error).__name__}: {error}", passed=naive)
