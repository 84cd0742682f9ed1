"""The model's negative control: the code is spoilt on purpose, and the model must say how.

MODEL_MUTATIONS=all tries the rare ones of model/mutations.py too: for `make chaos`.
"""

import os
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from console.profiles import clients
from console.profiles.lifecycle import refresh, tokens
from console.upstream.systems import System
from tests.profiles.lifecycle.model import jobs
from tests.profiles.lifecycle.model.invariants import Broken, Invariant
from tests.profiles.lifecycle.model.machine import TokenModel
from tests.profiles.lifecycle.model.mutations import MUTATIONS, RARE_MUTATIONS, Mutation

pytestmark = pytest.mark.django_db(transaction=True)

ALL = os.environ.get("MODEL_MUTATIONS") == "all"
RUNS = 2_000 if ALL else 500  # at most: the first that fails ends it
# Hypothesis begins with small runs, as many as a tenth of all: so a few at a time, by many seeds.
RUNS_OF_A_SEED = 10


@pytest.mark.parametrize("mutation", MUTATIONS + RARE_MUTATIONS * ALL, ids=lambda one: one.mistake)
def test_a_mistake_is_caught(mutation: Mutation, new_world: Any, monkeypatch: pytest.MonkeyPatch):
    mutation.make(monkeypatch)
    with pytest.raises(Broken) as caught:
        run_model(new_world)
    assert caught.value.invariant in mutation.broken


def run_model(new_world: Any) -> None:
    """Always the same runs."""
    for number in range(RUNS // RUNS_OF_A_SEED):
        run_state_machine_as_test(
            seed(number)(lambda: TokenModel(new_world)),
            settings=settings(
                max_examples=RUNS_OF_A_SEED,
                stateful_step_count=50,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=[HealthCheck.too_slow],
                report_multiple_bugs=False,
            ),
        )


@pytest.mark.both_databases
def test_what_is_held_while_an_upstream_is_asked_is_noticed(
    new_world: Any, monkeypatch: pytest.MonkeyPatch
):
    """On PostgreSQL a connection that was not given back, on SQLite a transaction."""

    def keep() -> None:
        connection.ensure_connection()
        if connection.vendor == "sqlite":
            connection.connection.execute("BEGIN")

    for module in (clients, refresh, tokens):
        monkeypatch.setattr(module, "release_connection", keep)
    world = new_world()
    pk = world.create(System.DPAAS)
    with pytest.raises(Broken) as caught:
        world.do(jobs.call(pk))
    assert caught.value.invariant is Invariant.NOTHING_HELD
