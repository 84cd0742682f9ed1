"""Whatever happens, in whatever order, the life of a token keeps what it promises.

A state machine drives the console's own code over a real database, in three processes that it lets
run a piece at a time. Between the pieces time passes, answers are lost, processes die or stand
still, and owners edit. Two judges watch: one sees what each statement changed in a row
(model/rows.py), the other what reaches the upstream (model/upstream.py). What must hold is listed
in model/invariants.py; that each is watched is shown in test_model_catches.py.

MODEL_EXAMPLES says how many runs of 50 steps there are.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.profiles.model.machine import TokenModel
from tests.profiles.model.world import worlds

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "60"))
STEPS = 50


@pytest.fixture
def new_world(alice: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with worlds(alice, monkeypatch) as make:
        yield make


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
