"""The cases of `make chaos` in their short form, and that its naive clients miss each bar.

Some run on one database alone: profiles/ has tests of the same on both. The model's short form is
profiles/test_token_model, and its control profiles/test_model_catches.
"""

from types import ModuleType

import pytest

from chaos.cases import (
    bulk,
    bursts,
    clock,
    creates,
    deaths,
    down,
    held_open,
    hung,
    losses,
    rolling_restart,
    steady,
    stopped,
    wrong_password,
)
from chaos.harness import POSTGRESQL
from tests.chaos.conftest import NewHarness
from tests.services.console import ROOT
from tests.services.nginx import MISSING, find_nginx
from tests.services.postgres import Cluster

needs_nginx = pytest.mark.skipif(find_nginx() is None, reason=MISSING)


def test_a_hundred_clients_on_an_expired_token_cause_one_refresh(
    new_harness: NewHarness,
) -> None:
    verdict = bursts.measure(new_harness(0.04))
    assert verdict.passed, verdict.figure


def test_tokens_that_run_out_all_the_time_are_noticed_by_nobody(
    new_harness: NewHarness, postgres: Cluster
) -> None:
    verdict = steady.measure(new_harness(0.03, postgres))
    assert verdict.passed, verdict.figure


def test_half_the_answers_lost_and_half_the_calls_failed_lose_no_profile_and_resend_no_token(
    new_harness: NewHarness, postgres: Cluster
) -> None:
    verdict = losses.measure(new_harness(0.03, postgres))
    assert verdict.passed, verdict.figure


def test_a_process_that_dies_in_a_refresh_is_recovered_from_when_its_lease_ends(
    new_harness: NewHarness, postgres: Cluster
) -> None:
    verdict = deaths.measure(new_harness(0.1, postgres))
    assert verdict.passed, verdict.figure


def test_a_holder_that_was_stopped_past_its_lease_writes_nothing(
    new_harness: NewHarness, postgres: Cluster
) -> None:
    verdict = stopped.measure(new_harness(0.1, postgres))
    assert verdict.passed, verdict.figure


def test_an_upstream_that_hangs_keeps_nobody_from_the_other_pages(
    new_harness: NewHarness, postgres: Cluster
) -> None:
    harness = new_harness(0.1, postgres, [POSTGRESQL])  # which lists idle transactions
    for tally in hung.tallies(harness):  # `make chaos` compares the times
        assert tally.hanging_calls
        assert tally.pages_meanwhile
        assert not tally.failures
        assert not tally.idle_in_transaction


def test_the_control_a_naive_gateway_answers_nobody_while_an_upstream_hangs(
    new_harness: NewHarness,
) -> None:
    assert not hung.naive_tally(new_harness(0.1)).pages_meanwhile


def test_an_upstream_that_was_down_is_spared_and_works_again(
    new_harness: NewHarness,
) -> None:
    verdict = down.measure(new_harness(0.005))
    assert verdict.passed, verdict.figure


def test_a_wrong_credential_is_tried_once_and_once_more_after_each_edit(
    new_harness: NewHarness,
) -> None:
    verdict = wrong_password.measure(new_harness(0.1))
    assert verdict.passed, verdict.figure


def test_clocks_that_are_ten_minutes_off_change_nothing(
    new_harness: NewHarness,
) -> None:
    verdict = clock.measure(new_harness(0.1))
    assert verdict.passed, verdict.figure


def test_a_create_whose_answer_is_lost_is_unknown_is_sent_once_and_is_settled_by_looking(
    new_harness: NewHarness,
) -> None:
    verdict = creates.measure(new_harness(0.1))
    assert verdict.passed, verdict.figure


def test_a_bulk_job_whose_workers_are_killed_creates_nothing_twice_and_tells_nothing_that_is_not_so(
    new_harness: NewHarness, postgres: Cluster
) -> None:
    verdict = bulk.measure(new_harness(0.05, postgres, [POSTGRESQL]))
    assert verdict.passed, verdict.figure


def test_connections_that_clients_leave_open_keep_nobody_from_the_console(
    new_harness: NewHarness,
) -> None:
    verdict = held_open.measure(new_harness(0.1))
    assert verdict.passed, verdict.figure


@needs_nginx
def test_a_rolling_restart_behind_nginx_loses_no_post_and_carries_out_none_twice(
    new_harness: NewHarness,
) -> None:
    verdict = rolling_restart.measure(new_harness(0.1))
    assert verdict.passed, verdict.figure


# Those of the others take up to a minute each; `make chaos` runs them too.
NAIVE = (bulk, bursts, creates, deaths, down, stopped, wrong_password)


@pytest.mark.parametrize("case", NAIVE, ids=lambda case: case.CASE.name)
def test_the_control_a_naive_client_misses_the_bar(
    case: ModuleType, new_harness: NewHarness
) -> None:
    verdict = case.naive(new_harness(0.1))
    assert not verdict.passed, verdict.figure


def test_operations_recommends_the_nginx_settings_that_the_rolling_restart_runs_with() -> None:
    directives = {line.strip() for line in rolling_restart.NGINX.splitlines() if ";" in line}
    recommended = {line.strip() for line in (ROOT / "docs/operations.md").read_text().splitlines()}
    own = {line for line in directives if "{" in line or "listen" in line}  # addresses
    assert directives - own - recommended == set()
    assert "max_fails=0" in " ".join(recommended)
