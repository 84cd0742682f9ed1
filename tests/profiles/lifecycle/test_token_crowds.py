"""Many want one token at once: the row decides who fetches it; on both databases."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection

from tests.profiles.lifecycle.rows import (
    enter_advisory_window,
    finish_background_refreshes,
    row_of,
)
from tests.services.threads import in_threads

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


@contextmanager
def claim_under_way(ask: Any) -> Iterator[threading.Event]:
    """A thread whose `ask()` has come to the writing of its claim, and goes on when told."""
    arrived, go_on = threading.Event(), threading.Event()

    def stop_at_claims(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and not arrived.is_set():
            arrived.set()
            go_on.wait(60)
        return execute(sql, *rest)

    def run() -> None:
        with connection.execute_wrapper(stop_at_claims):
            ask()

    thread = threading.Thread(target=lambda: in_threads(1, run))
    thread.start()
    try:
        assert arrived.wait(60)
        yield go_on
    finally:
        go_on.set()
        thread.join(20)


def test_of_two_claims_at_once_the_row_takes_one(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    with claim_under_way(tokens(dpaas_profile).access_token):
        tokens(dpaas_profile).access_token()
        finish_background_refreshes()
    finish_background_refreshes()
    assert (row_of(dpaas_profile).generation, dpaas.stats.counts.refreshes) == (2, 1)


def test_a_claim_that_breaks_keeps_nobody_waiting(dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)

    def refuse_claims(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("the database is gone")
        return execute(sql, *rest)

    caller = tokens(dpaas_profile)
    with connection.execute_wrapper(refuse_claims), pytest.raises(OperationalError):
        caller.access_token()
    tokens(dpaas_profile).access_token()
    finish_background_refreshes()
    assert row_of(dpaas_profile).generation == 2
