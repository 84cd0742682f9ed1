"""Many look at one token at once: what they share within a process; on both databases."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from console.profiles import lease as leases
from tests.profiles.rows import enter_advisory_window, row_of, run_out
from tests.services.threads import in_threads

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


# --- one look for all ---


def test_in_a_burst_a_row_is_read_for_all_and_not_when_it_is_old(
    dpaas_profile, django_assert_num_queries: Any
):
    first = leases.read(dpaas_profile.pk)
    with django_assert_num_queries(0):
        assert leases.read_lately(dpaas_profile.pk, seconds=60) is first
    with django_assert_num_queries(1):
        assert leases.read_lately(dpaas_profile.pk, seconds=-1) is not first


def test_what_a_transaction_has_read_is_not_shared(dpaas_profile):
    """It may be undone."""
    committed = leases.read(dpaas_profile.pk)
    with transaction.atomic():
        leases.read(dpaas_profile.pk)
    assert leases.read_lately(dpaas_profile.pk, seconds=60) is committed


def test_what_is_remembered_of_rows_is_bounded(dpaas_profile, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(leases, "MOST_LATELY", 2)
    monkeypatch.setattr(leases, "_lately", {uuid.uuid4(): dpaas_profile for _ in range(2)})
    leases.read(dpaas_profile.pk)
    assert list(leases._lately) == [dpaas_profile.pk]


# --- one claim for all ---


@contextmanager
def claim_under_way(ask: Any) -> Iterator[threading.Event]:
    """A thread whose `ask()` has come to the writing of its claim, and goes on when told."""
    arrived, go_on = threading.Event(), threading.Event()

    def stop_at_claims(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and not arrived.is_set():
            arrived.set()
            go_on.wait(10)
        return execute(sql, *rest)

    def run() -> None:
        with connection.execute_wrapper(stop_at_claims):
            ask()

    thread = threading.Thread(target=lambda: in_threads(1, run))
    thread.start()
    try:
        assert arrived.wait(10)
        yield go_on
    finally:
        go_on.set()
        thread.join(20)


@pytest.fixture
def claims_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "CLAIMS_WITHIN", 60.0)


@pytest.mark.usefixtures("claims_may_take_long")
def test_who_meets_another_thread_s_claim_goes_on_with_the_old_token_without_a_query(
    dpaas, dpaas_profile, tokens, django_assert_num_queries: Any
):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    with claim_under_way(tokens(dpaas_profile).access_token):
        late = tokens(dpaas_profile)
        with django_assert_num_queries(0):
            assert late.access_token().generation == 1
    assert (row_of(dpaas_profile).generation, dpaas.stats.counts.refreshes) == (2, 1)


@pytest.mark.usefixtures("claims_may_take_long")
def test_who_has_no_token_left_waits_for_another_thread_s_claim(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    with claim_under_way(tokens(dpaas_profile).access_token) as go_on:
        late = tokens(dpaas_profile)
        threading.Timer(0.3, go_on.set).start()
        assert late.access_token().generation == 2
    assert dpaas.stats.counts.refreshes == 1
    assert [step for step, _ in late.timeline.steps] == ["token waited for"]


def test_who_does_not_know_of_another_s_claim_writes_one_too(
    dpaas, dpaas_profile, tokens, monkeypatch: pytest.MonkeyPatch
):
    """Negative control, and another process: which of them fetches is decided in the row."""
    monkeypatch.setattr(leases, "is_being_claimed", lambda _: False)
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    with claim_under_way(tokens(dpaas_profile).access_token):
        assert tokens(dpaas_profile).access_token().generation == 2
    assert (row_of(dpaas_profile).generation, dpaas.stats.counts.refreshes) == (2, 1)


def test_a_claim_that_hangs_is_not_waited_for(
    dpaas, dpaas_profile, tokens, monkeypatch: pytest.MonkeyPatch
):
    """Its connection may be dead, and nobody knows yet."""
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    monkeypatch.setattr(leases, "CLAIMS_WITHIN", 0.2)
    with claim_under_way(tokens(dpaas_profile).access_token):
        assert tokens(dpaas_profile).access_token().generation == 2
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
    assert not leases.is_being_claimed(dpaas_profile.pk)
    assert tokens(dpaas_profile).access_token().generation == 2
