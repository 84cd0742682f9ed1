"""The cases of `make chaos` in their short form, and that its naive clients miss each bar.

Left out here is what other tests show in the same way: bursts (profiles/test_many_processes), an
upstream that is down, and wrong credentials (profiles/test_token_troubles, test_token_lifecycle),
wrong clocks (profiles/test_clock) and an upstream that hangs (upstream/test_places).
"""

import pytest

from chaos.cases import (
    bursts,
    creates,
    deaths,
    down,
    losses,
    steady,
    stopped,
    wrong_password,
)
from chaos.verdict import Case
from tests.chaos.conftest import NewWorkshop
from tests.services.postgres import Cluster


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
