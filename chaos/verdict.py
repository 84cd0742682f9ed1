"""What a case is, and its result."""

from collections.abc import Callable
from dataclasses import dataclass

from chaos.harness import Harness


@dataclass(frozen=True)
class Verdict:
    """`runs`: how much was done; `figure`: what was measured; `passed`: whether the bar is met."""

    runs: str
    figure: str
    passed: bool


@dataclass(frozen=True)
class Case:
    """One row of the table: measured on the console, and on a naive client, which must fail."""

    name: str
    title: str
    bar: str
    measure: Callable[[Harness], Verdict]
    naive: Callable[[Harness], Verdict]
