"""The table of a run of the harness."""

import re
from pathlib import Path

import pytest

from chaos.schedule import ALONE, BESIDE, CASES, FIRST, ONE_BY_ONE, THROUGHOUT
from chaos.table import Row, for_document, for_terminal
from chaos.verdict import Case, Verdict
from tests.services.console import ROOT

GOOD = Verdict("3 runs", "0 failures", passed=True)
BAD = Verdict("3 runs", "7 failures", passed=False)


def row(measured: Verdict, naive: Verdict) -> Row:
    case = Case("name", "title", "bar", lambda _: measured, lambda _: naive)
    return Row(case, measured, naive, 1.0)


@pytest.mark.parametrize(
    ("measured", "naive", "passed"),
    [(GOOD, BAD, True), (BAD, BAD, False), (GOOD, GOOD, False)],
    ids=["met", "missed", "a bar that anybody meets"],
)
def test_a_row_passes_where_the_console_meets_the_bar_and_the_naive_client_misses_it(
    measured: Verdict, naive: Verdict, passed: bool
) -> None:
    one = row(measured, naive)
    assert one.passed == passed
    assert for_terminal([one]).startswith("pass" if passed else "FAIL")
    assert ("MISSED" in for_document([one], "", 60)) == (not measured.passed)


def test_the_schedule_has_every_case_once() -> None:
    scheduled = (*THROUGHOUT, *FIRST, *ALONE, *BESIDE, *ONE_BY_ONE)
    assert sorted(scheduled) == sorted(CASES)


def test_the_document_has_a_row_for_every_case() -> None:
    text = Path(ROOT, "docs", "reliability.md").read_text()
    titles = [line.split(" | ")[0].strip("| ") for line in text.splitlines() if line[:2] == "| "]
    assert [case.title for case in CASES.values() if case.title not in titles] == []
    assert re.search(r"at commit [0-9a-f]{7,}", text)
