"""The results of a run, as a table for a terminal and for a document."""

import os
import platform
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from chaos.verdict import Case, Verdict
from tests.services.postgres import find_binaries

HEAD = ("case", "runs", "figure", "bar", "a naive client")


@dataclass(frozen=True)
class Row:
    case: Case
    measured: Verdict
    naive: Verdict
    seconds: float

    @property
    def passed(self) -> bool:
        """The console meets the bar, and the naive client shows that it can be missed."""
        return self.measured.passed and not self.naive.passed

    @property
    def cells(self) -> tuple[str, ...]:
        mark = "" if self.measured.passed else "MISSED: "
        control = "" if not self.naive.passed else "MET THE BAR, SO IT SHOWS NOTHING: "
        return (
            self.case.title,
            self.measured.runs,
            mark + self.measured.figure,
            self.case.bar,
            control + self.naive.figure,
        )


def for_terminal(rows: Sequence[Row]) -> str:
    """Each row as a short paragraph, because five columns of sentences fit no terminal."""
    blocks = []
    for row in rows:
        lines = [f"{'pass' if row.passed else 'FAIL'}  {row.case.name}  ({row.seconds:.0f} s)"]
        for name, cell in zip(HEAD, row.cells, strict=True):
            text = textwrap.wrap(cell, 84)
            lines += [f"      {name if not n else '':<15}{line}" for n, line in enumerate(text)]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def for_document(rows: Sequence[Row], command: str, seconds: float) -> str:
    """Markdown: how it was made, and the table."""
    lines = [
        f"Made by `{command}` on {datetime.now(UTC):%Y-%m-%d} in {seconds / 60:.0f} minutes, "
        f"at commit {_commit()}: {_machine()}.",
        "",
        f"| {' | '.join(HEAD)} |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row.cells)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _machine() -> str:
    parts = [
        f"{os.cpu_count()} cores",
        f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB",
        f"Linux {platform.release().partition('-')[0]}",
        f"Python {platform.python_version()}",
        f"Django {version('django')}",
        f"gunicorn {version('gunicorn')}",
        _postgres(),
    ]
    return ", ".join(parts)


def _postgres() -> str:
    binaries = find_binaries()
    if binaries is None:
        return "no PostgreSQL"
    output = subprocess.run([binaries / "postgres", "-V"], capture_output=True, text=True).stdout
    return f"PostgreSQL {output.split()[2]}"


def _commit() -> str:
    git = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return git.stdout.strip() or "unknown"
