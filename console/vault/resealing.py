"""Seal again, with the primary key, what another key has sealed: one value after the other.

Each is a compare-and-set of its own (SealedColumn.reseal), so this can be killed at any moment; the
next run continues with what is left.
"""

from collections.abc import Callable
from dataclasses import dataclass

from console.vault.columns import SealedColumn
from console.vault.sealing import CannotUnseal

PROGRESS_EVERY = 50  # values


@dataclass
class Tally:
    """Counts of the values of one column; `left`: those that another key seals in the end."""

    resealed: int = 0
    overtaken: int = 0  # changed by somebody else meanwhile
    unreadable: int = 0  # do not open
    left: int = 0


def reseal(column: SealedColumn, primary: int, *, progress: Callable[[str], None]) -> Tally:
    """Reseal what another key than `primary` sealed. `progress` is called with lines of text."""
    tally, total = Tally(), column.count_others(primary)
    for done, pk in enumerate(column.pks_of_others(primary), start=1):
        try:
            if column.reseal(pk):
                tally.resealed += 1
            else:
                tally.overtaken += 1
        except CannotUnseal:
            tally.unreadable += 1
        if done % PROGRESS_EVERY == 0:
            progress(f"{column.name}: {done} of {total}")
    tally.left = column.count_others(primary)
    return tally


def forget(column: SealedColumn) -> int:
    """Delete the rows whose value does not open, and return how many: their key is lost."""
    count = 0
    for row in column.unreadable():
        row.delete()
        count += 1
    return count
