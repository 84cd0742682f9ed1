"""Seal anew, with the primary key, what another key has sealed: one value after the other.

Each is compared and set by itself (SealedColumn.reseal), so this can be killed at any moment; begun
again, it finds what is left.
"""

from collections.abc import Callable
from dataclasses import dataclass

from console.vault.columns import SealedColumn
from console.vault.sealing import CannotUnseal

PROGRESS_EVERY = 50  # values


@dataclass
class Tally:
    """How the values of one column fared; `left`: how many another key still seals at the end."""

    resealed: int = 0
    overtaken: int = 0  # changed by somebody else meanwhile
    closed: int = 0  # do not open
    left: int = 0


def reseal(column: SealedColumn, primary: int, *, progress: Callable[[str], None]) -> Tally:
    """Reseal what another key than `primary` sealed; `progress` hears how far it is."""
    tally, total = Tally(), column.count_others(primary)
    for done, pk in enumerate(column.pks_of_others(primary), start=1):
        try:
            if column.reseal(pk):
                tally.resealed += 1
            else:
                tally.overtaken += 1
        except CannotUnseal:
            tally.closed += 1
        if done % PROGRESS_EVERY == 0:
            progress(f"{column.name}: {done} of {total}")
    tally.left = column.count_others(primary)
    return tally
