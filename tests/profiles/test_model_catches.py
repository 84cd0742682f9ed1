"""The model's negative control: the code is spoilt on purpose, and the model must say how.

MODEL_MUTATIONS=all tries every mutation of model/mutations.py; by default as many as are quick.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from console.profiles import fetching
from console.upstream.errors import AnswerLost
from tests.profiles.model.invariants import Broken
from tests.profiles.model.machine import TokenModel
from tests.profiles.model.mutations import MUTATIONS, Mutation
from tests.profiles.model.world import worlds

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 400  # at most; the first that fails ends it
SEED = int(os.environ.get("MSEED", "7"))


@pytest.fixture
def new_world(alice: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with worlds(alice, monkeypatch) as make:
        yield make


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.mistake)
def test_a_mistake_is_caught(mutation: Mutation, new_world: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetching, "AnswerLost", AnswerLost, raising=False)
    for change in mutation.changes:
        change.make(monkeypatch)
    made = 0

    def spoilt() -> TokenModel:
        nonlocal made
        made += 1
        return TokenModel(new_world)

    seed(SEED)(spoilt)
    with pytest.raises(Broken) as caught:
        run_state_machine_as_test(
            spoilt,
            settings=settings(
                max_examples=EXAMPLES,
                stateful_step_count=50,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=[HealthCheck.too_slow],
                report_multiple_bugs=False,
            ),
        )
    print(made, caught.value)
    assert caught.value.invariant in mutation.broken
