"""`python -m chaos`: break things on purpose, and print what held (`make chaos`).

Exit status 1 if a bar is missed, or if a naive client meets one.
"""

import argparse
import sys
import time
from pathlib import Path

import tests.environment  # sets the environment variables of a console of our own
from chaos.schedule import CASES, end_cases, on_sigterm, run
from chaos.table import for_document, for_terminal
from tests.services.postgres import MISSING, find_binaries

assert tests.environment


def main() -> int:
    arguments = _arguments()
    if arguments.list:
        for case in CASES.values():
            print(f"{case.name:<16}{case.title}")
        return 0
    if find_binaries() is None:
        print(MISSING, file=sys.stderr)
        return 1
    on_sigterm(end_cases)
    began = time.monotonic()
    rows = run(arguments.only or list(CASES), arguments.long)
    took = time.monotonic() - began
    print(f"\n{for_terminal(rows)}\n")
    failed = [row.case.name for row in rows if not row.passed]
    print(f"{len(rows) - len(failed)} of {len(rows)} bars met in {took / 60:.1f} minutes.")
    if arguments.markdown:
        command = " ".join(["python -m chaos", *sys.argv[1:]])
        arguments.markdown.write_text(for_document(rows, command, took))
    return 1 if failed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=CASES, help="these cases")
    parser.add_argument(
        "--long", type=float, default=1.0, metavar="N", help="N times the counts and durations"
    )
    parser.add_argument("--list", action="store_true", help="name the cases, and do nothing")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there too")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
