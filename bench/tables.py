"""A file of 100,000 rows: read, kept, opened again, checked, and the first page of its check.

Each in a process of its own: CPU time, as the machine may be busy, and memory beside the file.
"""

import subprocess
import sys
import time
import uuid
from pathlib import Path

from bench.measure import Row

ROWS = 100_000
HEADS = ("Account name", "Default", "Account ID", "Metadata")
KINDS = ("CSV", "XLSX")


def rows(*, rounds: int) -> list[Row]:
    return [row for kind in KINDS for row in _rows_of(kind, rounds)]


def _rows_of(kind: str, rounds: int) -> list[Row]:
    file = _run("make", kind, b"")
    taken = [[float(each) for each in _run("check", kind, file).split()] for _ in range(rounds)]
    seconds, megabytes = (min(each) for each in zip(*taken, strict=True))
    how = f"{len(file) / 1e6:.1f} MB, {len(HEADS)} columns; {rounds} rounds"
    return [
        Row(f"100,000 rows of {kind}: read and checked", seconds, 5, unit="s", how=how),
        Row(f"100,000 rows of {kind}: memory", megabytes, 100, unit="MB", how="beside the file"),
    ]


def _run(what: str, kind: str, sent: bytes) -> bytes:
    command = [sys.executable, "-m", "bench.tables", what, kind]
    return subprocess.run(command, input=sent, check=True, capture_output=True).stdout


def make(kind: str) -> None:
    """Write the file to standard output."""
    from console.spreadsheets.writing import csv_file, xlsx_file

    cells = (
        [f"Kunde {n} & Söhne GmbH", n == 5, str(uuid.UUID(int=n)), f'{{"team": "a", "n": {n}}}']
        for n in range(ROWS)
    )
    file = xlsx_file(HEADS, cells) if kind == "XLSX" else csv_file(HEADS, cells, with_bom=False)
    for piece in file.pieces:
        sys.stdout.buffer.write(piece)


def check() -> None:
    """Print seconds and MB of what is done with the file at standard input."""
    from console.accounts.bulk.models import Job
    from console.accounts.bulk.preparing.mapping import guess, headed
    from console.accounts.bulk.preparing.tables import pack, unpack
    from console.accounts.bulk.preview import preview_of
    from console.spreadsheets.reading import read_file

    file = sys.stdin.buffer.read()
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM begins anew
    before, began = _memory("VmRSS"), time.process_time()
    table = headed(read_file(file))
    packed, mapping = pack(table), guess(table.columns, table.rows, "create")
    del table
    preview = preview_of(Job(operation="create", mapping=mapping), unpack(packed), None, page=1)
    seconds = time.process_time() - began
    assert preview.ready == ROWS
    print(seconds, _memory("VmHWM") - before)


def _memory(what: str) -> float:
    """MB, of a line of /proc/self/status."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (found,) = (line for line in lines if line.startswith(f"{what}:"))
    return int(found.split()[1]) / 1024


if __name__ == "__main__":
    import django

    import tests.environment

    assert tests.environment
    django.setup()
    make(sys.argv[2]) if sys.argv[1] == "make" else check()
