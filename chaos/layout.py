"""Which cases run side by side. Each runs in a process of its own, with sandboxes of its own.

`down` waits for ten minutes, with some calls a second: it runs beside everything, from the start.
`creates` runs while `down` gets ready. `hung` compares times: nothing else runs meanwhile. Then
those that are mostly waiting, for leases and for lives of tokens, run beside those that take the
machine, one after the other.
"""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
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
from chaos.workshop import Workshop, workshop

CASES = {
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
WAITING = ("steady", "losses", "deaths", "stopped")
ONE_BY_ONE = ("wrong-password", "clock", "model", "bursts")  # the heaviest at the end


def run(names: Sequence[str], size: float) -> list[Row]:
    """Run these cases; the rows come in the table's order."""
    with ProcessPoolExecutor(
        max_workers=len(CASES), mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        going = _Going(pool, size)
        for name in _chosen(names, THROUGHOUT):
            going.start(name)
        for name in _chosen(names, (*FIRST, *ALONE)):
            going.start(name).result()
        for name in _chosen(names, WAITING):
            going.start(name)
        for name in _chosen(names, ONE_BY_ONE):
            going.start(name).result()
        rows = {name: one.result() for name, one in going.futures.items()}
    return [rows[name] for name in CASES if name in rows]


def _chosen(names: Sequence[str], group: Sequence[str]) -> list[str]:
    return [name for name in group if name in names]


@dataclass
class _Going:
    pool: ProcessPoolExecutor
    size: float
    futures: dict[str, "Future[Row]"] = field(default_factory=dict)

    def start(self, name: str) -> "Future[Row]":
        self.futures[name] = self.pool.submit(run_one, name, self.size)
        return self.futures[name]


def run_one(name: str, size: float) -> Row:
    """Measure a case on the console, then on the naive client."""
    case = CASES[name]
    began = time.monotonic()
    measured = _measured(case, case.measure, size)
    took = time.monotonic() - began
    return Row(case, measured, _measured(case, case.naive, size), took)


def _measured(case: Case, work: Callable[[Workshop], Verdict], size: float) -> Verdict:
    """A case that breaks is a row that failed, not the end of the run."""
    naive = work is case.naive
    try:
        with workshop(f"{case.name}, naive" if naive else case.name, size=size) as place:
            verdict = work(place)
            place.say(f"{verdict.runs}: {verdict.figure}")
            return verdict
    except Exception as error:
        traceback.print_exc()
        return Verdict("broke off", f"{type(error).__name__}: {error}", passed=naive)
