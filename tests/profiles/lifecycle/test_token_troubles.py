"""Upstreams in trouble are left alone, and our own limits hold; on both databases."""

import threading
from typing import Any

import pytest

from console.profiles.models import CredentialProfile, TokenState
from console.upstream.errors import (
    ConnectFailed,
    RateLimited,
    SignInPaused,
    SignInsLimited,
    UpstreamError,
)
from tests.factories import NOBODY_LISTENS, DxtraProfileFactory
from tests.profiles.conftest import TokensOf
from tests.profiles.lifecycle.rows import (
    end_pause,
    enter_advisory_window,
    finish_background_refreshes,
    move,
    row_of,
    run_out,
)
from tests.services.threads import in_threads

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


# --- an upstream in trouble ---


def test_an_unreachable_upstream_leaves_the_tokens_as_they_were(dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    base_url = dpaas_profile.base_url
    move(dpaas_profile, base_url=NOBODY_LISTENS)
    assert tokens(dpaas_profile).access_token().generation == 1
    finish_background_refreshes()
    row = row_of(dpaas_profile)
    assert (row.state, row.failures, row.lease_until) == (TokenState.VALID, 1, None)
    move(dpaas_profile, base_url=base_url)
    end_pause(dpaas_profile)
    tokens(dpaas_profile).access_token()
    finish_background_refreshes()
    assert tokens(dpaas_profile).access_token().generation == 2


def test_an_upstream_that_is_down_is_left_alone_and_the_token_used_until_it_runs_out(
    dpaas, dpaas_profile, tokens
):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    dpaas.faults.add(route="/authentication/*", status=503, times=None)
    for _ in range(5):
        assert tokens(dpaas_profile).access_token().generation == 1
        finish_background_refreshes()
    counts = dpaas.stats.counts
    assert (counts.refresh_calls, counts.sign_in_calls) == (1, 2)
    run_out(dpaas_profile)
    with pytest.raises(SignInPaused) as paused:
        tokens(dpaas_profile).access_token()
    assert "503" in paused.value.sentence
    assert (counts.refresh_calls, counts.sign_in_calls) == (1, 2)


def test_a_first_sign_in_that_cannot_reach_the_upstream_says_so(dpaas_profile, tokens):
    move(dpaas_profile, base_url=NOBODY_LISTENS)
    with pytest.raises(ConnectFailed):
        tokens(dpaas_profile).access_token()
    assert row_of(dpaas_profile).state == TokenState.EMPTY


def test_an_upstream_that_limits_refreshes_is_asked_in_no_other_way_and_left_alone_as_it_asks(
    dpaas, dpaas_profile, tokens
):
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    dpaas.faults.add(route="/authentication/refresh", status=429, headers={"Retry-After": "240"})
    with pytest.raises(RateLimited):
        tokens(dpaas_profile).access_token()
    row = row_of(dpaas_profile)
    assert row.state == TokenState.UNKNOWN
    assert row.backoff_until is not None
    assert 230 < (row.backoff_until - row.now).total_seconds() <= 240
    with pytest.raises(SignInPaused) as paused:
        tokens(dpaas_profile).access_token()
    assert (dpaas.stats.counts.refresh_calls, dpaas.stats.counts.sign_in_calls) == (1, 1)
    # "Try again in 4 minutes" was true then.
    assert paused.value.sentence == (
        "DPaaS received too many requests and refused this one (status 429). "
        "The next try is in 4 minutes, or when you refresh the token in the profile."
    )


def test_ten_minutes_of_an_upstream_that_is_down_are_ten_calls(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    dpaas.faults.add(route="/authentication/*", status=503, times=None)
    elapsed = sum(pauses_of(dpaas_profile, tokens, fetches=9))
    counts = dpaas.stats.counts
    assert counts.refresh_calls + counts.sign_in_calls - 1 == 10
    assert 600 < elapsed <= 630


def test_dxtra_is_asked_in_one_way_at_a_time_while_it_is_down(dxtra, dxtra_profile, tokens):
    tokens(dxtra_profile).access_token()
    run_out(dxtra_profile)
    dxtra.faults.add(route="/v1/*", status=503, times=None)
    pauses_of(dxtra_profile, tokens, fetches=9)
    assert (dxtra.stats.counts.refresh_calls, dxtra.stats.counts.sign_in_calls - 1) == (5, 5)


def test_where_nothing_listens_it_is_tried_every_45_seconds(dpaas_profile, tokens):
    move(dpaas_profile, base_url=NOBODY_LISTENS)
    assert [round(one) for one in pauses_of(dpaas_profile, tokens, fetches=5)] == [
        5,
        15,
        30,
        45,
        45,
    ]


def test_an_upstream_that_fails_and_asks_for_time_gets_it(dpaas, dpaas_profile, tokens):
    retry_later = {"Retry-After": "240"}
    dpaas.faults.add(route="/authentication/login", status=503, headers=retry_later)
    assert [round(one) for one in pauses_of(dpaas_profile, tokens, fetches=1)] == [240]


def pauses_of(profile: CredentialProfile, tokens: TokensOf, *, fetches: int) -> list[float]:
    """For how long a failing upstream is left alone after each of so many fetches, in seconds."""
    pauses = []
    for _ in range(fetches):
        end_pause(profile)
        with pytest.raises(UpstreamError):
            tokens(profile).access_token()
        row = row_of(profile)
        assert row.backoff_until is not None
        pauses.append((row.backoff_until - row.now).total_seconds())
    return pauses


# --- limits ---


def test_a_401_that_means_forbidden_does_not_become_a_storm(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    assert tokens(dpaas_profile).renew(1).generation == 2
    assert [tokens(dpaas_profile).renew(2).generation for _ in range(5)] == [2] * 5
    assert dpaas.stats.counts.refreshes == 1


def test_a_token_that_proved_good_may_be_refused_as_expired_again(dpaas, dpaas_profile, tokens):
    calling = tokens(dpaas_profile)
    calling.access_token()
    calling.proved(calling.renew(1).generation)
    assert tokens(dpaas_profile).renew(2).generation == 3


def test_at_most_five_sign_ins_an_hour_happen_by_themselves(dpaas, dpaas_profile, tokens):
    for generation in range(1, 6):
        assert tokens(dpaas_profile).access_token().generation == generation
        dpaas.expire("session")
        run_out(dpaas_profile)
    with pytest.raises(SignInsLimited):
        tokens(dpaas_profile).access_token()
    assert dpaas.stats.counts.sign_ins == 5
    tokens(dpaas_profile).refresh_now()
    assert dpaas.stats.counts.sign_ins == 6


def test_at_most_six_personal_access_tokens_are_exchanged_in_five_minutes_over_all_profiles(
    alice, dxtra, dxtra_profile, tokens
):
    profiles = [
        DxtraProfileFactory(owner=alice, origin=dxtra.url, name=str(number)) for number in range(9)
    ]
    waiting = iter(profiles)
    lock = threading.Lock()

    def one_each() -> Any:
        with lock:
            profile = next(waiting)
        return tokens(profile).access_token().generation

    got = in_threads(9, one_each)
    assert [result for result in got if result == 1] == [1] * 6
    assert {type(result) for result in got if result != 1} == {SignInsLimited}
    assert dxtra.stats.counts.sign_in_calls == 6
