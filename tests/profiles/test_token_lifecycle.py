"""The life of a token: token-lifecycle's invariants, over the wire, on both databases."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

from console.profiles import lease as leases
from console.profiles import services
from console.profiles import tokens as lifecycle
from console.profiles.clock import seconds_from_now
from console.profiles.connections import egress
from console.profiles.grants import refresh_grant
from console.profiles.models import CredentialProfile, TokenState
from console.upstream.errors import (
    ConnectFailed,
    CredentialNeedsOwner,
    ProfileChanged,
    RateLimited,
    SignInPaused,
    SignInsLimited,
    TokenWaitTimedOut,
    UpstreamError,
    UpstreamFailed,
)
from console.upstream.timeline import Timeline
from console.upstream.tokens import TokenSet
from console.vault.secret import Secret
from sandbox.people import READER_DPAAS
from tests.services.profiles import NOBODY_LISTENS, dpaas_profile_of, dxtra_profile_of

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


def row_of(profile: CredentialProfile) -> CredentialProfile:
    return CredentialProfile.objects.with_clock().get(pk=profile.pk)


def change(profile: CredentialProfile, **columns: Any) -> None:
    CredentialProfile.objects.filter(pk=profile.pk).update(**columns)


def enter_advisory_window(profile: CredentialProfile) -> None:
    change(profile, refresh_after=seconds_from_now(-1))


def run_out(profile: CredentialProfile) -> None:
    past = {"refresh_after": seconds_from_now(-9), "wait_after": seconds_from_now(-5)}
    change(profile, **past, access_expires_at=seconds_from_now(-1))


def end_pause(profile: CredentialProfile) -> None:
    change(profile, not_before=seconds_from_now(-1))


def in_threads(count: int, work: Any) -> list[Any]:
    """Run `work` in `count` threads at once; return what each gave or raised."""
    results: list[Any] = []
    together = threading.Barrier(count)

    def run() -> None:
        together.wait()
        try:
            results.append(work())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


# --- the usual life ---


def test_the_first_use_signs_in_and_the_second_reuses(dpaas, dpaas_profile, tokens):
    first, second = tokens(dpaas_profile), tokens(dpaas_profile)
    assert first.access_token().generation == 1
    assert tokens(dpaas_profile).access_token().generation == 1
    assert (dpaas.stats.counts.sign_ins, dpaas.stats.counts.refreshes) == (1, 0)
    assert [step for step, _ in first.timeline.steps] == ["token exchanged"]
    second.profile.refresh_from_db()
    assert row_of(dpaas_profile).state == TokenState.VALID


def test_a_token_in_its_advisory_window_is_refreshed_not_exchanged(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    assert tokens(dpaas_profile).access_token().generation == 2
    assert (dpaas.stats.counts.sign_ins, dpaas.stats.counts.refreshes) == (1, 1)


def test_dxtra_s_personal_access_token_is_exchanged_once_and_then_refreshed(
    dxtra, dxtra_profile, tokens
):
    for _ in range(3):
        tokens(dxtra_profile).access_token()
        run_out(dxtra_profile)
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.refreshes) == (1, 2)


def test_expiry_counts_from_the_start_of_our_request_on_the_database_s_clock(
    dpaas, dpaas_profile, tokens
):
    dpaas.faults.add(route="/authentication/login", latency=1.0)
    before = row_of(dpaas_profile).now
    tokens(dpaas_profile).access_token()
    row = row_of(dpaas_profile)
    assert row.access_expires_at is not None
    life = row.access_expires_at - before
    assert timedelta(seconds=900) <= life < timedelta(seconds=901)
    assert row.refresh_after is not None
    advisory = (row.access_expires_at - row.refresh_after).total_seconds()
    assert 240 <= advisory <= 360


def test_who_loses_the_claim_in_the_advisory_window_goes_on_with_the_old_token(
    dpaas, dpaas_profile, tokens
):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    assert leases.claim(row_of(dpaas_profile)) is not None
    assert tokens(dpaas_profile).access_token().generation == 1


def test_who_waits_for_another_s_refresh_in_vain_is_told_so(
    dpaas_profile, tokens, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lifecycle, "LONGEST_WAIT", 0.4)
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    assert leases.claim(row_of(dpaas_profile)) is not None  # and it takes its time
    with pytest.raises(TokenWaitTimedOut):
        tokens(dpaas_profile).access_token()


def test_who_waits_in_vain_in_the_mandatory_window_goes_on_with_the_old_token(
    dpaas_profile, tokens, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lifecycle, "LONGEST_WAIT", 0.4)
    tokens(dpaas_profile).access_token()
    change(dpaas_profile, refresh_after=seconds_from_now(-9), wait_after=seconds_from_now(-5))
    assert leases.claim(row_of(dpaas_profile)) is not None
    waiting = tokens(dpaas_profile)
    assert waiting.access_token().generation == 1
    assert [step for step, _ in waiting.timeline.steps] == ["token waited for"]


def test_many_threads_on_a_token_that_ran_out_make_one_refresh(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    dpaas.faults.add(route="/authentication/refresh", latency=0.3)
    got = in_threads(12, lambda: tokens(dpaas_profile).access_token().generation)
    assert got == [2] * 12
    counts = dpaas.stats.counts
    assert (counts.refreshes, counts.sign_ins, counts.replays) == (1, 1, 0)


def test_many_threads_that_met_an_expired_token_make_one_refresh(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    dpaas.expire("access")
    got = in_threads(12, lambda: tokens(dpaas_profile).renew(1).generation)
    assert got == [2] * 12
    assert (dpaas.stats.counts.refreshes, dpaas.stats.counts.most_concurrent_refreshes) == (1, 1)


def test_a_naive_client_fails_the_test_above(dpaas, dpaas_profile, tokens):
    """Negative control: the same refresh token sent by many revokes the session."""
    tokens(dpaas_profile).access_token()
    _, refresh_token = leases.open_tokens(row_of(dpaas_profile))
    grant = refresh_grant(dpaas_profile, refresh_token)
    got = in_threads(12, lambda: grant.fetch_token(egress(), timeline=Timeline()))
    assert sum(isinstance(result, TokenSet) for result in got) <= 1
    assert dpaas.stats.counts.replays > 0


# --- refusals and lost answers ---


def test_a_refused_refresh_signs_in_under_the_same_lease(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    dpaas.expire("session")
    enter_advisory_window(dpaas_profile)
    assert tokens(dpaas_profile).access_token().generation == 2
    assert (dpaas.stats.counts.refused_refreshes, dpaas.stats.counts.sign_ins) == (1, 2)
    assert row_of(dpaas_profile).lease_epoch == 2


@pytest.mark.parametrize("loss", [{"lose_answer": True}, {"status": 503, "work": True}])
def test_after_a_lost_refresh_the_session_is_begun_anew_and_nothing_is_sent_twice(
    dpaas, dpaas_profile, tokens, loss
):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    dpaas.faults.add(route="/authentication/refresh", **loss)
    assert tokens(dpaas_profile).access_token().generation == 2
    counts = dpaas.stats.counts
    assert (counts.sign_ins, counts.resent_refresh_tokens, counts.replays) == (2, 0, 0)


def test_lost_refresh_then_failed_sign_in_never_makes_the_spent_token_usable_again(
    dpaas, dpaas_profile, tokens
):
    """The bug that only combined faults found: refresh answer lost, sign-in answered 503, state
    put back to VALID, the spent token sent again, the session revoked."""
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    dpaas.faults.add(route="/authentication/refresh", lose_answer=True)
    dpaas.faults.add(route="/authentication/login", status=503)
    with pytest.raises(UpstreamFailed):
        tokens(dpaas_profile).access_token()
    assert row_of(dpaas_profile).state == TokenState.UNKNOWN
    end_pause(dpaas_profile)
    assert tokens(dpaas_profile).access_token().generation == 2
    counts = dpaas.stats.counts
    assert (counts.resent_refresh_tokens, counts.replays, counts.sign_ins) == (0, 0, 2)


def test_putting_the_state_back_would_replay_the_spent_token(dpaas, dpaas_profile, tokens):
    """Negative control of the test above: the bug, made by hand."""
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    dpaas.faults.add(route="/authentication/refresh", lose_answer=True)
    dpaas.faults.add(route="/authentication/login", status=503)
    with pytest.raises(UpstreamFailed):
        tokens(dpaas_profile).access_token()
    end_pause(dpaas_profile)
    change(dpaas_profile, state=TokenState.VALID)
    tokens(dpaas_profile).access_token()
    assert (dpaas.stats.counts.replays, dpaas.stats.counts.resent_refresh_tokens) == (1, 1)


def test_a_lost_refresh_is_tried_once_more_at_dxtra_where_that_harms_nothing(
    dxtra, dxtra_profile, tokens
):
    tokens(dxtra_profile).access_token()
    run_out(dxtra_profile)
    dxtra.faults.add(route="/v1/token", status=503)
    dxtra.faults.add(route="/v1/signin/pat", status=503)
    with pytest.raises(UpstreamFailed):
        tokens(dxtra_profile).access_token()
    end_pause(dxtra_profile)
    tokens(dxtra_profile).access_token()
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.refreshes) == (1, 1)


def test_a_wrong_password_is_tried_once_and_not_again_until_it_is_edited(
    dpaas, dpaas_profile, tokens
):
    dpaas.set_credential("ops@example.com", False)
    for _ in range(4):
        with pytest.raises(CredentialNeedsOwner):
            tokens(dpaas_profile).access_token()
    assert dpaas.stats.counts.failed_sign_ins == 1
    assert row_of(dpaas_profile).state == TokenState.NEEDS_USER
    dpaas.set_credential("ops@example.com", True)
    services.save_profile(
        row_of(dpaas_profile), secret=Secret("sandbox-ops-7Qm2-made-up"), checked=None
    )
    assert tokens(dpaas_profile).access_token().generation > 0


# --- an upstream in trouble ---


def test_an_unreachable_upstream_leaves_the_tokens_as_they_were(dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    base_url = dpaas_profile.base_url
    change(dpaas_profile, base_url=NOBODY_LISTENS)
    assert tokens(dpaas_profile).access_token().generation == 1
    row = row_of(dpaas_profile)
    assert (row.state, row.failures, row.lease_until) == (TokenState.VALID, 1, None)
    change(dpaas_profile, base_url=base_url)
    end_pause(dpaas_profile)
    assert tokens(dpaas_profile).access_token().generation == 2


def test_an_upstream_that_is_down_is_left_alone_and_the_token_used_until_it_runs_out(
    dpaas, dpaas_profile, tokens
):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    dpaas.faults.add(route="/authentication/*", status=503, times=None)
    for _ in range(5):
        assert tokens(dpaas_profile).access_token().generation == 1
    counts = dpaas.stats.counts
    assert (counts.refresh_calls, counts.sign_in_calls) == (1, 2)
    run_out(dpaas_profile)
    with pytest.raises(SignInPaused) as paused:
        tokens(dpaas_profile).access_token()
    assert "503" in paused.value.sentence
    assert (counts.refresh_calls, counts.sign_in_calls) == (1, 2)


def test_a_first_sign_in_that_cannot_reach_the_upstream_says_so(dpaas_profile, tokens):
    change(dpaas_profile, base_url=NOBODY_LISTENS)
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
    assert row.not_before is not None
    assert 230 < (row.not_before - row.now).total_seconds() <= 240
    with pytest.raises(SignInPaused):
        tokens(dpaas_profile).access_token()
    assert (dpaas.stats.counts.refresh_calls, dpaas.stats.counts.sign_in_calls) == (1, 1)


def test_the_pauses_grow_to_a_minute(dpaas, dpaas_profile, tokens):
    dpaas.faults.add(route="/authentication/login", status=503, times=None)
    pauses = []
    for _ in range(5):
        end_pause(dpaas_profile)
        with pytest.raises(UpstreamError):
            tokens(dpaas_profile).access_token()
        row = row_of(dpaas_profile)
        assert row.not_before is not None
        pauses.append(round((row.not_before - row.now).total_seconds()))
    assert pauses == [5, 15, 45, 60, 60]


# --- who was overtaken ---


def test_a_holder_that_was_overtaken_writes_nothing(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    stopped = leases.claim(row_of(dpaas_profile))
    assert stopped is not None
    assert leases.claim(row_of(dpaas_profile)) is None
    change(dpaas_profile, lease_until=seconds_from_now(-1))
    generation = tokens(dpaas_profile).access_token().generation
    run_out(dpaas_profile)
    change(dpaas_profile, lease_until=None)
    tokens(dpaas_profile).access_token()
    before = row_of(dpaas_profile)
    stale = TokenSet(Secret("stale"), Secret("stale"), 900.0)
    with pytest.raises(leases.LeaseLost):
        leases.store(stopped, stale, started_at=before.now)
    with pytest.raises(leases.LeaseLost):
        leases.give_back(stopped, state=TokenState.NEEDS_USER)
    after = row_of(dpaas_profile)
    assert bytes(after.sealed_tokens or b"") == bytes(before.sealed_tokens or b"")
    assert (after.generation, after.state) == (generation + 1, TokenState.VALID)


def test_who_saw_the_row_before_another_s_answer_was_lost_claims_nothing(
    dpaas, dpaas_profile, tokens
):
    """Its look is of a valid, unspent token; the generation is the same, the token is spent."""
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    seen_before = row_of(dpaas_profile)
    dpaas.faults.add(route="/authentication/refresh", lose_answer=True)
    dpaas.faults.add(route="/authentication/login", status=503)
    with pytest.raises(UpstreamFailed):
        tokens(dpaas_profile).access_token()
    assert leases.claim(seen_before) is None


def test_a_crash_in_the_middle_of_a_refresh_heals_with_a_sign_in(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    assert leases.claim(row_of(dpaas_profile)) is not None  # and then the process died
    change(dpaas_profile, lease_until=seconds_from_now(0.2))
    assert tokens(dpaas_profile).access_token().generation == 2
    assert (dpaas.stats.counts.refresh_calls, dpaas.stats.counts.sign_ins) == (0, 2)


def test_an_edit_in_the_middle_of_a_refresh_wins(dpaas, dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    holder = leases.claim(row_of(dpaas_profile))
    assert holder is not None
    services.save_profile(row_of(dpaas_profile), secret=Secret("another"), checked=None)
    with pytest.raises(leases.LeaseLost):
        leases.store(holder, TokenSet(Secret("a"), None, 900.0), started_at=holder.row.now)
    row = row_of(dpaas_profile)
    assert (row.state, row.sealed_tokens) == (TokenState.EMPTY, None)


def test_who_calls_while_a_session_is_signed_out_begins_a_new_one_that_stays(
    dxtra, dxtra_profile, tokens
):
    tokens(dxtra_profile).access_token()
    dxtra.faults.add(route="/v1/signout", latency=1.5)
    row = row_of(dxtra_profile)
    signing_out = threading.Thread(
        target=lambda: in_threads(1, lambda: services.sign_out_profile(row))
    )
    signing_out.start()
    while row_of(dxtra_profile).state == TokenState.VALID and signing_out.is_alive():
        time.sleep(0.01)
    tokens(dxtra_profile).access_token()
    assert signing_out.is_alive()
    signing_out.join()
    assert row_of(dxtra_profile).state == TokenState.VALID
    assert (dxtra.stats.counts.sign_ins, dxtra.stats.counts.sign_outs) == (2, 1)


def test_a_sign_out_in_the_middle_of_a_refresh_wins_and_says_what_it_could_not_end(
    dxtra, dxtra_profile, tokens
):
    tokens(dxtra_profile).access_token()
    holder = leases.claim(row_of(dxtra_profile))
    assert holder is not None
    assert services.sign_out_profile(row_of(dxtra_profile)) is False
    with pytest.raises(leases.LeaseLost):
        leases.store(holder, TokenSet(Secret("a"), None, 900.0), started_at=holder.row.now)
    row = row_of(dxtra_profile)
    assert (row.state, row.sealed_tokens) == (TokenState.EMPTY, None)


def test_a_token_is_never_handed_to_a_call_for_another_address(dpaas_profile, tokens):
    calling = tokens(dpaas_profile)
    calling.access_token()
    change(dpaas_profile, base_url=NOBODY_LISTENS, generation=7)
    with pytest.raises(ProfileChanged):
        calling.renew(1)


def test_a_profile_deleted_while_it_is_called_says_so(dpaas_profile, tokens):
    calling = tokens(dpaas_profile)
    calling.access_token()
    services.delete_profile(row_of(dpaas_profile))
    with pytest.raises(ProfileChanged):
        calling.renew(1)


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
    profiles = [dxtra_profile_of(alice, dxtra, name=f"Dxtra {number}") for number in range(9)]
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


# --- what cannot be opened ---


@pytest.mark.parametrize("column", ["sealed_tokens", "sealed_credential"])
def test_a_sealed_value_moved_from_another_profile_needs_the_owner(
    alice, dpaas, dpaas_profile, tokens, column
):
    other = dpaas_profile_of(alice, dpaas, name="Another", person=READER_DPAAS)
    tokens(other).access_token()
    if column == "sealed_tokens":
        tokens(dpaas_profile).access_token()
    change(dpaas_profile, **{column: getattr(row_of(other), column)})
    with pytest.raises(CredentialNeedsOwner):
        tokens(dpaas_profile).access_token()
    assert row_of(dpaas_profile).state == TokenState.NEEDS_USER


# --- nothing is held while an upstream is waited for ---


def test_an_upstream_is_never_waited_for_inside_a_transaction(dpaas_profile, tokens):
    with transaction.atomic(), pytest.raises(RuntimeError):
        tokens(dpaas_profile).access_token()


def test_no_connection_is_held_while_the_auth_server_hangs(dpaas, dpaas_profile, tokens):
    for route in ("/authentication/login", "/authentication/refresh"):
        dpaas.faults.add(route=route, latency=1.0)
        calls = dpaas.stats.counts.faults_played
        source = tokens(dpaas_profile)
        connection.close()
        asking = threading.Thread(target=lambda of=source: in_threads(1, of.access_token))
        asking.start()
        while dpaas.stats.counts.faults_played == calls and asking.is_alive():
            time.sleep(0.01)
        assert asking.is_alive()
        assert connections_in_use() == 0
        asking.join()
        run_out(dpaas_profile)
    assert (dpaas.stats.counts.sign_ins, dpaas.stats.counts.refreshes) == (1, 1)


def test_no_connection_is_held_while_the_api_is_waited_for(dpaas_profile, tokens):
    source = tokens(dpaas_profile)
    source.access_token()
    assert connections_in_use() == 0
    source.renew(1)
    assert connections_in_use() == 0


def test_no_connection_is_held_while_another_s_refresh_is_waited_for(
    dpaas_profile, tokens, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lifecycle, "LONGEST_WAIT", 0.6)
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    assert leases.claim(row_of(dpaas_profile)) is not None
    source = tokens(dpaas_profile)
    connection.close()
    waiting = threading.Thread(target=lambda: in_threads(1, source.access_token))
    waiting.start()
    seen = []
    while waiting.is_alive():
        seen.append(connections_in_use())
        time.sleep(0.005)
    assert seen.count(0) > len(seen) / 2  # each look at the row borrows one for a moment


def connections_in_use() -> int:
    """How many connections are out of the pool. On SQLite none counts: an open one holds nothing
    between statements."""
    if connection.vendor == "sqlite":
        return 0
    stats = connection.pool.get_stats()
    return int(stats["pool_size"] - stats["pool_available"])
