"""What is measured, side by side: rounds of A, B, A, B, so that a noisy machine hits both."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WARM_UP = 20  # calls of each, before the first that counts


@dataclass(frozen=True)
class Row:
    """One line of the table. `figure` is held against `bar`, if there is one; `least`: it must not
    be below."""

    what: str
    figure: float
    bar: float | None
    unit: str = "×"
    least: bool = False
    how: str = ""  # the absolute figures, and the counts

    @property
    def met(self) -> bool:
        if self.bar is None:
            return True
        return self.figure >= self.bar if self.least else self.figure <= self.bar

    def cells(self) -> tuple[str, ...]:
        figure = f"{self.figure:.4g} {self.unit}".rstrip()  # 1.103 has missed 1.1
        if self.bar is None:
            return self.what, figure, "–", "–", self.how
        bar = f"{'≥' if self.least else '≤'} {self.bar:.3g} {self.unit}".rstrip()
        return self.what, figure, bar, "yes" if self.met else "**no**", self.how


def in_turn(calls: Sequence[Callable[[], float]], *, rounds: int, each: int) -> list[list[float]]:
    """Seconds of every call: `each` calls of the first, then of the second …, `rounds` times."""
    for call in calls:
        for _ in range(WARM_UP):
            call()
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for seconds, call in zip(taken, calls, strict=True):
            seconds += [call() for _ in range(each)]
    return taken


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
