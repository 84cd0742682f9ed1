"""The bench: its table, where the document has it, and the fast upstream that it calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bench import processes
from bench.__main__ import END, START, write_into
from bench.measure import Row, interleaved, table
from tests.services.console import ROOT


@pytest.fixture(scope="module")
def upstream() -> Iterator[processes.Upstream]:
    with processes.upstream() as one:
        yield one


def test_a_row_says_whether_its_bar_is_met():
    rows = [
        Row("much", 2.0, 1.5),
        Row("little", 1.0, 1.5),
        Row("too few", 0.5, 0.8, at_least=True),
        Row("without a bar", 9.0, None),
    ]
    assert [row.met for row in rows] == [False, True, False, True]
    assert table(rows[:1]).splitlines()[2] == "| much | 2 × | ≤ 1.5 × | **no** |  |"


def test_what_is_compared_is_called_by_turns():
    order: list[str] = []

    def call(name: str) -> float:
        order.append(name)
        return 1.0

    durations = interleaved([lambda: call("a"), lambda: call("b")], rounds=2, each=2)
    assert "".join(order[-8:]) == "aabbaabb"
    assert durations == [[1.0] * 4, [1.0] * 4]


def test_figures_replace_the_last_run_and_nothing_that_was_written_by_hand(tmp_path: Path):
    file = tmp_path / "performance.md"
    file.write_text(f"before\n{START}old\n{END}after\n")
    write_into(file, "new\n")
    assert file.read_text() == f"before\n{START}new\n{END}after\n"


def test_a_document_without_the_marks_is_left_alone(tmp_path: Path):
    file = tmp_path / "other.md"
    file.write_text("by hand\n")
    with pytest.raises(SystemExit, match="has no marks for the figures"):
        write_into(file, "new\n")
    assert file.read_text() == "by hand\n"


def test_the_document_has_the_marks():
    text = (ROOT / "docs" / "performance.md").read_text()
    assert text.index(START) < text.index(END)


def test_the_fast_upstream_wants_a_token_and_takes_a_refresh_token_once(
    upstream: processes.Upstream,
):
    target = upstream.target()
    page = requests.get(target.url, headers=target.headers, timeout=60)
    assert len(page.json()["results"]) == 20
    assert requests.get(target.url, timeout=60).status_code == 401

    signed_in = requests.post(f"{upstream.url}/authentication/login", json={}, timeout=60).json()
    refresh = {"refresh_token": signed_in["refresh_token"]}
    address = f"{upstream.url}/authentication/refresh"
    assert [requests.post(address, json=refresh, timeout=60).status_code for _ in range(2)] == [
        200,
        401,
    ]
