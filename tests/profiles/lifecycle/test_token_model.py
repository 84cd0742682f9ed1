"""Whatever happens, in whatever order, the life of a token keeps what it promises.

A state machine drives the console's own code over a real database, in three processes that it lets
run a piece at a time. Between the pieces time passes, answers are lost, processes die or stand
still, and owners edit. Two judges watch: one sees what each statement changed in a row
(model/rows.py), the other what reaches the upstream (model/upstream.py). What must hold is listed
in model/invariants.py; that each is watched is shown in test_model_catches.py.

MODEL_EXAMPLES says how many runs of 50 steps there are.
"""

import os
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from console.upstream.systems import System
from tests.profiles.lifecycle.model import jobs
from tests.profiles.lifecycle.model.invariants import Broken, Invariant
from tests.profiles.lifecycle.model.machine import TokenModel
from tests.profiles.lifecycle.model.mutations import mistaken
from tests.profiles.lifecycle.model.upstream import Fate
from tests.profiles.lifecycle.model.world import World

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "60"))
STEPS = 50


def test_whatever_happens_the_life_of_a_token_keeps_its_promises(new_world: Any):
    examples = EXAMPLES if connection.vendor == "sqlite" else max(1, EXAMPLES // 4)
    run_state_machine_as_test(
        lambda: TokenModel(new_world),
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
            print_blob=True,
            report_multiple_bugs=False,
        ),
    )


# --- two stories by hand, each with its negative control ---


def lost_refresh_then_failed_sign_in_then_all_is_well(world: World) -> None:
    pk = world.create(System.DPAAS)
    world.do(jobs.call(pk))
    world.clock.pass_by(world.upstream.life + 1)
    process = world.idle[0]
    world.begin(process, jobs.call(pk))
    world.go_on(process, Fate.LOST_AFTER_WORK)
    world.go_on(process, Fate.FAILS)
    world.clock.pass_by(10)
    assert world.do(jobs.call(pk)).status == 200
    assert world.ledger.arrived == {"refresh-1": 1}


def a_holder_that_stood_still_while_another_took_over_goes_on(world: World) -> None:
    pk = world.create(System.DPAAS)
    world.do(jobs.call(pk))
    world.clock.pass_by(world.upstream.life + 1)
    stopped, other, _ = world.all
    world.begin(stopped, jobs.call(pk))
    world.go_on(stopped, Fate.ANSWERED, points=0)  # its answer is under way
    world.clock.pass_by(31)
    world.begin(other, jobs.call(pk))
    world.finish(stopped)
    world.finish(other)


def test_after_a_lost_refresh_and_a_failed_sign_in_the_spent_token_is_never_sent_again(
    new_world: Any,
):
    lost_refresh_then_failed_sign_in_then_all_is_well(new_world())


def test_putting_the_state_back_is_caught(new_world: Any, monkeypatch: pytest.MonkeyPatch):
    mistaken("a failed sign-in puts the state back to what it was before the refresh", monkeypatch)
    with pytest.raises(Broken) as caught:
        lost_refresh_then_failed_sign_in_then_all_is_well(new_world())
    assert caught.value.invariant is Invariant.SPENT_IS_STICKY


def test_a_holder_that_stood_still_past_its_lease_writes_nothing(new_world: Any):
    a_holder_that_stood_still_while_another_took_over_goes_on(new_world())


def test_a_holder_that_writes_all_the_same_is_caught(
    new_world: Any, monkeypatch: pytest.MonkeyPatch
):
    mistaken("a holder that was overtaken writes all the same", monkeypatch)
    with pytest.raises(Broken) as caught:
        a_holder_that_stood_still_while_another_took_over_goes_on(new_world())
    assert caught.value.invariant is Invariant.OVERTAKEN
