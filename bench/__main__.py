"""`python -m bench`: every figure of docs/performance.md, measured here and now, side by side."""

import argparse
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import (
    answers,
    bulk,
    concurrency,
    nginx,
    processes,
    resources,
    sequential,
    tables,
)
from bench.clients import Target
from bench.measure import Row, table
from tests.services.nginx import MISSING as NGINX_MISSING
from tests.services.nginx import find_nginx
from tests.services.postgres import MISSING as POSTGRESQL_MISSING
from tests.services.postgres import Cluster, find_binaries

GROUPS = (
    "scripts",
    "own-cost",
    "own-pages",
    "throughput",
    "refreshes",
    "bulk",
    "memory",
    "start",
    "answers",
    "tables",
)
WORKERS, THREADS = 2, 16
OWN_COST_BARS = {"SQLite": 3.0, "PostgreSQL": 5.0}


class Bench:
    """One run: which groups, how much of each, and the rows measured so far."""

    def __init__(self, only: list[str], *, quick: bool) -> None:
        self.only, self.quick = only, quick
        self.rows: list[Row] = []
        self.left_out: list[str] = []

    def __contains__(self, group: str) -> bool:
        return not self.only or group in self.only

    def some(self, count: int) -> int:
        """`count`, or a tenth of it in a quick run."""
        return max(1, count // 10) if self.quick else count

    def add(self, *rows: Row) -> None:
        for row in rows:
            self.rows.append(row)
            print(" | ".join(row.cells()), flush=True)

    def run(self, folder: Path) -> None:
        if "answers" in self:
            self.add(*answers.rows(rounds=self.some(10)))
        if "tables" in self:
            self.add(*tables.rows(rounds=self.some(3)))
        with processes.upstream() as upstream, databases() as urls:
            for name, url in urls.items():
                self._run_on(name, url, upstream, folder)
            if "PostgreSQL" not in urls:
                self.left_out.append(POSTGRESQL_MISSING)

    def _run_on(
        self, name: str, url: str | None, upstream: processes.Upstream, folder: Path
    ) -> None:
        with ExitStack() as stack:
            workers = {"workers": WORKERS, "threads": THREADS}
            signed_in = stack.enter_context(processes.console(folder, upstream, url, **workers))
            page = signed_in.accounts
            if "memory" in self:
                calls = self.some(4000)
                self.add(*resources.memory(name, signed_in.console, page, calls=calls))
            if "scripts" in self and name == "SQLite":
                proxied = self._nginx(stack, upstream)
                rounds = self.some(40)
                self.add(*sequential.against_scripts(upstream, page, proxied, rounds=rounds))
            if "own-cost" in self:
                bare = stack.enter_context(processes.forwarder(upstream, **workers))
                bar, rounds = OWN_COST_BARS[name], self.some(40)
                self.add(sequential.own_cost(name, page, bare, bar=bar, rounds=rounds))
            if "own-pages" in self:
                rounds = self.some(20)
                self.add(*sequential.own_pages(name, upstream, signed_in, rounds=rounds))
            if "throughput" in self:
                seconds = self.some(10)
                self.add(*concurrency.throughput(name, upstream, page, seconds=seconds))
            if "refreshes" in self:
                bursts = self.some(20)
                self.add(*concurrency.refreshes(name, upstream, signed_in, bursts=bursts))
            if "bulk" in self:
                count = self.some(1000)
                self.add(*bulk.rows(name, upstream, signed_in.console, count=count))
            if "start" in self and name == "SQLite":
                self.add(resources.first_answer(signed_in.console, starts=self.some(10)))

    def _nginx(self, stack: ExitStack, upstream: processes.Upstream) -> Target | None:
        if not find_nginx():
            self.left_out.append(NGINX_MISSING)
            return None
        return stack.enter_context(nginx.proxy(upstream))


@contextmanager
def databases() -> Iterator[dict[str, str | None]]:
    """The URLs of both databases, by name; of PostgreSQL only where it is installed."""
    if not find_binaries():
        yield {"SQLite": None}
        return
    cluster = Cluster().start()
    try:
        yield {"SQLite": None, "PostgreSQL": cluster.create()}
    finally:
        cluster.stop()


def machine() -> str:
    """The processor, and the versions of what was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    packages = ("Django", "gunicorn", "requests", "psycopg")
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    binaries = find_binaries()
    postgres = "no PostgreSQL"
    if binaries:
        output = subprocess.run([binaries / "postgres", "-V"], capture_output=True, text=True)
        postgres = f"PostgreSQL {output.stdout.split()[2]}"
    cores = f"{len(models)} × {models[0]}" if models else platform.machine()
    return f"{cores}; Python {platform.python_version()}, {versions}, {postgres}"


def report(bench: Bench, began: float) -> str:
    """The run in Markdown."""
    command = " ".join(["python -m bench", *sys.argv[1:]])
    minutes = (time.monotonic() - began) / 60
    lines = [
        table(bench.rows),
        "",
        f"Measured on {datetime.now(UTC):%-d %B %Y} by `{command}` in {minutes:.1f} minutes.",
        f"Machine: {machine()}.",
        *(f"Left out: {reason}." for reason in bench.left_out),
    ]
    return "\n".join(lines) + "\n"


START, END = "<!-- measured: from here -->\n", "<!-- measured: to here -->\n"


def write_into(file: Path, text: str) -> None:
    """Put `text` between the two marks of `file`, and change nothing else in it."""
    before, start, rest = file.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        sys.exit(f"{file} has no marks for the figures: {START.strip()} … {END.strip()}")
    file.write_text(before + START + text + END + after)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=[], help="some rows alone")
    parser.add_argument("--quick", action="store_true", help="a tenth of the counts")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="put the table into FILE too")
    arguments = parser.parse_args()
    bench, began = Bench(arguments.only, quick=arguments.quick), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gatehouse-bench-") as folder:
        bench.run(Path(folder))
    text = report(bench, began)
    print(f"\n{text}")
    if arguments.markdown:
        write_into(arguments.markdown, text)
    sys.exit(0 if all(row.met for row in bench.rows) else 1)


if __name__ == "__main__":
    main()
