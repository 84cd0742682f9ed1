"""Rows of the table, and calls by turns (A, B, A, B), so that a noisy machine hits all alike."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WARM_UP = 20  # calls of each, before the first that counts


@dataclass(frozen=True)
class Row:
    """One line of the table. `figure` is compared with `bar`, which may be None: an upper limit,
    or a lower one with `at_least`."""

    what: str
    figure: float
    bar: float | None
    unit: str = "×"
    at_least: bool = False
    how: str = ""  # the figures behind a ratio, and the counts

    @property
    def met(self) -> bool:
        if self.bar is None:
            return True
        return self.figure >= self.bar if self.at_least else self.figure <= self.bar

    def cells(self) -> tuple[str, ...]:
        figure = f"{self.figure:.4g} {self.unit}".rstrip()  # 1.103 has missed 1.1
        if self.bar is None:
            return self.what, figure, "–", "–", self.how
        bar = f"{'≥' if self.at_least else '≤'} {self.bar:.3g} {self.unit}".rstrip()
        return self.what, figure, bar, "yes" if self.met else "**no**", self.how


def interleaved(
    calls: Sequence[Callable[[], float]], *, rounds: int, each: int
) -> list[list[float]]:
    """Make `each` calls of the first, then of the second …, `rounds` times.

    Returns the seconds of every call, by what was called.
    """
    for call in calls:
        for _ in range(WARM_UP):
            call()
    durations: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for of_one, call in zip(durations, calls, strict=True):
            of_one += [call() for _ in range(each)]
    return durations


def p50(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)


def p99(seconds: Sequence[float]) -> float:
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def table(rows: Sequence[Row]) -> str:
    """The rows as a table in Markdown."""
    heads = ("figure", "measured", "bar", "met", "how")
    lines = [heads, tuple("---" for _ in heads), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
