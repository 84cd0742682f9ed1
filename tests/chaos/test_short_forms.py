"""The cases of `make chaos` in their short form, and that its naive clients miss each bar.

Some run on one database alone: profiles/ has tests of the same on both. The model's short form is
profiles/test_token_model, and its control profiles/test_model_catches.
"""

import pytest

from chaos.cases import (
    bursts,
    clock,
    creates,
    deaths,
    down,
    hung,
    losses,
    steady,
    stopped,
    wrong_password,
)
from chaos.verdict import Case
from chaos.workshop import POSTGRESQL
from tests.chaos.conftest import NewWorkshop
from tests.services.postgres import Cluster


def test_a_hundred_callers_on_an_expired_token_cause_one_refresh(
    new_workshop: NewWorkshop,
) -> None:
    verdict = bursts.measure(new_workshop(0.04))
    assert verdict.passed, verdict.figure


def test_tokens_that_run_out_all_the_time_are_noticed_by_nobody(
    new_workshop: NewWorkshop, postgres: Cluster
) -> None:
    verdict = steady.measure(new_workshop(0.03, postgres))
    assert verdict.passed, verdict.figure


def test_half_the_answers_lost_and_half_the_calls_failed_lose_no_profile_and_resend_no_token(
    new_workshop: NewWorkshop, postgres: Cluster
) -> None:
    verdict = losses.measure(new_workshop(0.03, postgres))
    assert verdict.passed, verdict.figure


def test_a_process_that_dies_in_a_refresh_is_recovered_from_when_its_lease_ends(
    new_workshop: NewWorkshop, postgres: Cluster
) -> None:
    verdict = deaths.measure(new_workshop(0.1, postgres))
    assert verdict.passed, verdict.figure


def test_a_holder_that_was_stopped_past_its_lease_writes_nothing(
    new_workshop: NewWorkshop, postgres: Cluster
) -> None:
    verdict = stopped.measure(new_workshop(0.1, postgres))
    assert verdict.passed, verdict.figure


def test_an_upstream_that_hangs_keeps_nobody_from_the_other_pages(
    new_workshop: NewWorkshop, postgres: Cluster
) -> None:
    place = new_workshop(0.1, postgres, [POSTGRESQL])  # which tells of idle transactions
    for tally in hung.tallies(place):  # times are held to their bar there
        assert tally.hanging_calls
        assert tally.answered_beside
        assert not tally.failures
        assert not tally.idle_in_transaction


def test_the_control_a_naive_gateway_answers_nobody_while_an_upstream_hangs(
    new_workshop: NewWorkshop,
) -> None:
    assert not hung.naive_tally(new_workshop(0.1)).answered_beside


def test_an_upstream_that_was_down_is_spared_and_works_again(
    new_workshop: NewWorkshop,
) -> None:
    verdict = down.measure(new_workshop(0.005))
    assert verdict.passed, verdict.figure


def test_a_wrong_credential_is_tried_once_and_once_more_after_each_edit(
    new_workshop: NewWorkshop,
) -> None:
    verdict = wrong_password.measure(new_workshop(0.1))
    assert verdict.passed, verdict.figure


def test_clocks_that_are_ten_minutes_off_change_nothing(
    new_workshop: NewWorkshop,
) -> None:
    verdict = clock.measure(new_workshop(0.1))
    assert verdict.passed, verdict.figure


def test_a_create_whose_answer_is_lost_is_unknown_is_sent_once_and_is_settled_by_looking(
    new_workshop: NewWorkshop,
) -> None:
    verdict = creates.measure(new_workshop(0.1))
    assert verdict.passed, verdict.figure


@pytest.mark.parametrize(
    "case",
    [one.CASE for one in (bursts, creates, deaths, down, losses, steady, stopped, wrong_password)],
    ids=lambda case: case.name,
)
def test_the_control_a_naive_client_misses_the_bar(case: Case, new_workshop: NewWorkshop) -> None:
    verdict = case.naive(new_workshop(0.1))
    assert not verdict.passed, verdict.figure
