"""The life of a token (docs/architecture.md), over the wire, on both databases."""

from datetime import timedelta

import pytest

from console.calls.models import Call
from console.database.clock import seconds_from_now
from console.profiles import services
from console.profiles.clients import egress
from console.profiles.editing import saving
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle import tokens as lifecycle
from console.profiles.lifecycle.grants import refresh_grant
from console.profiles.lifecycle.refresh import CANNOT_OPEN
from console.profiles.models import TokenState
from console.upstream.errors import (
    CredentialNeedsOwner,
    TokenWaitTimedOut,
    UpstreamFailed,
)
from console.upstream.timeline import Timeline
from console.upstream.tokens import TokenSet
from console.vault.keyset import new_keyset
from console.vault.secret import Secret
from sandbox.people import READER_DPAAS
from tests.factories import DpaasProfileFactory
from tests.profiles.lifecycle.rows import (
    change,
    end_pause,
    enter_advisory_window,
    finish_background_refreshes,
    row_of,
    run_out,
)
from tests.services.threads import in_threads

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


# --- the usual life ---


def test_the_first_use_signs_in_and_the_second_reuses_without_a_query(
    dpaas, dpaas_profile, tokens, django_assert_num_queries
):
    first = tokens(dpaas_profile)
    assert first.access_token().generation == 1
    second = tokens(dpaas_profile)
    with django_assert_num_queries(0):  # the row that the caller has read is all it takes
        assert second.access_token().generation == 1
    assert (dpaas.stats.counts.sign_ins, dpaas.stats.counts.refreshes) == (1, 0)
    assert [step for step, _ in first.timeline.steps] == ["token exchanged"]
    assert [step for step, _ in second.timeline.steps] == ["token reused"]
    assert row_of(dpaas_profile).state == TokenState.VALID


def test_a_token_in_its_advisory_window_is_used_and_refreshed_beside_the_call(
    dpaas, dpaas_profile, tokens
):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    calling = tokens(dpaas_profile)
    assert calling.access_token().generation == 1
    assert [step for step, _ in calling.timeline.steps] == ["token reused"]
    finish_background_refreshes()
    assert tokens(dpaas_profile).access_token().generation == 2
    assert (dpaas.stats.counts.sign_ins, dpaas.stats.counts.refreshes) == (1, 1)


def test_while_a_token_lives_nobody_waits_for_its_refresh(dpaas, dpaas_profile, tokens):
    """Neither the call that claims the lease, nor those that come while it is held."""
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    dpaas.faults.add(route="/authentication/refresh", latency=2.0)
    assert [tokens(dpaas_profile).access_token().generation for _ in range(3)] == [1] * 3
    assert row_of(dpaas_profile).state == TokenState.REFRESHING
    finish_background_refreshes()
    assert row_of(dpaas_profile).generation == 2
    assert dpaas.stats.counts.refresh_calls == 1


def test_a_refresh_in_the_background_stands_in_the_record_of_calls(dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    tokens(dpaas_profile).access_token()
    finish_background_refreshes()
    call = Call.objects.get()
    assert (call.operation, call.outcome) == ("refresh token", "ok")
    assert [step for step, _ in call.timeline] == ["token refreshed"]


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
    assert row.advisory_refresh_at is not None
    advisory = (row.access_expires_at - row.advisory_refresh_at).total_seconds()
    assert 240 <= advisory <= 360


def test_who_loses_the_claim_in_the_advisory_window_goes_on_with_the_old_token(
    dpaas, dpaas_profile, tokens
):
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    assert leases.claim(row_of(dpaas_profile)) is not None
    assert tokens(dpaas_profile).access_token().generation == 1


def test_a_call_that_waited_for_another_s_refresh_long_enough_is_told_so(
    dpaas_profile, tokens, monkeypatch: pytest.MonkeyPatch
):
    tokens(dpaas_profile).access_token()
    monkeypatch.setattr(lifecycle, "MAX_WAIT_SECONDS", 0.4)
    run_out(dpaas_profile)
    assert leases.claim(row_of(dpaas_profile)) is not None  # and it takes its time
    waiting = tokens(dpaas_profile)
    with pytest.raises(TokenWaitTimedOut):
        waiting.access_token()
    ((step, milliseconds),) = waiting.timeline.steps
    assert (step, milliseconds >= 400) == ("waited for token", True)


def test_who_has_waited_for_a_lease_that_ran_out_begins_nothing_it_would_not_wait_for(
    dpaas, dpaas_profile, tokens, monkeypatch: pytest.MonkeyPatch
):
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
    monkeypatch.setattr(lifecycle, "MAX_WAIT_SECONDS", lifecycle.MIN_REFRESH_SECONDS + 1)
    assert leases.claim(row_of(dpaas_profile)) is not None  # and then the process died
    change(dpaas_profile, lease_until=seconds_from_now(2))
    with pytest.raises(TokenWaitTimedOut, match=r"within [23] seconds\."):  # not 5
        tokens(dpaas_profile).access_token()
    assert (dpaas.stats.counts.refresh_calls, dpaas.stats.counts.sign_in_calls) == (0, 1)
    monkeypatch.undo()
    assert tokens(dpaas_profile).access_token().generation == 2


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
    assert (dpaas.stats.counts.refreshes, dpaas.stats.counts.max_concurrent_refreshes) == (1, 1)


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
    run_out(dpaas_profile)
    assert tokens(dpaas_profile).access_token().generation == 2
    assert (dpaas.stats.counts.refused_refreshes, dpaas.stats.counts.sign_ins) == (1, 2)
    assert row_of(dpaas_profile).lease_epoch == 2


@pytest.mark.parametrize("loss", [{"lose_answer": True}, {"status": 503, "work": True}])
def test_after_a_lost_refresh_the_session_is_begun_anew_and_nothing_is_sent_twice(
    dpaas, dpaas_profile, tokens, loss
):
    tokens(dpaas_profile).access_token()
    run_out(dpaas_profile)
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
    saving.save_profile(
        row_of(dpaas_profile), secret=Secret("sandbox-ops-7Qm2-made-up"), checked=None
    )
    assert tokens(dpaas_profile).access_token().generation > 0


def test_a_refused_credential_is_not_tried_again_because_of_a_sign_out(
    dpaas, dpaas_profile, tokens
):
    """Found by the model: a sign-out emptied the row, and the wrong password was sent again."""
    dpaas.set_credential("ops@example.com", False)
    for _ in range(2):
        with pytest.raises(CredentialNeedsOwner):
            tokens(dpaas_profile).access_token()
        services.sign_out_profile(row_of(dpaas_profile))
    assert dpaas.stats.counts.failed_sign_ins == 1
    assert row_of(dpaas_profile).last_error


# --- what cannot be opened ---


@pytest.mark.parametrize("column", ["sealed_tokens", "sealed_credential"])
def test_a_sealed_value_moved_from_another_profile_does_not_open_and_changes_no_row(
    alice, dpaas, dpaas_profile, tokens, column
):
    other = DpaasProfileFactory(
        owner=alice, base_url=dpaas.url, name="Another", person=READER_DPAAS
    )
    tokens(other).access_token()
    if column == "sealed_tokens":
        tokens(dpaas_profile).access_token()
    own = getattr(row_of(dpaas_profile), column)
    change(dpaas_profile, **{column: getattr(row_of(other), column)})
    state = row_of(dpaas_profile).state
    with pytest.raises(CredentialNeedsOwner) as caught:
        tokens(dpaas_profile).access_token()
    assert caught.value.sentence == CANNOT_OPEN
    row = row_of(dpaas_profile)
    assert (row.state, row.last_error, row.lease_until) == (state, "", None)
    change(dpaas_profile, **{column: own})
    assert tokens(dpaas_profile).access_token().generation == 1


def test_a_sealed_value_moved_to_another_field_does_not_open(dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    change(dpaas_profile, sealed_tokens=row_of(dpaas_profile).sealed_credential)
    with pytest.raises(CredentialNeedsOwner):
        tokens(dpaas_profile).access_token()


@pytest.mark.parametrize("used_before", [True, False])
def test_a_row_moved_to_another_teammate_opens_nothing(
    bob, dpaas, dpaas_profile, tokens, used_before
):
    if used_before:
        tokens(dpaas_profile).access_token()
    change(dpaas_profile, owner=bob)
    with pytest.raises(CredentialNeedsOwner):
        tokens(dpaas_profile).access_token()
    assert dpaas.stats.counts.sign_in_calls == int(used_before)


def test_a_token_that_another_keyset_sealed_is_usable_again_once_its_own_is_back(
    dpaas, dpaas_profile, tokens, settings
):
    """A process with the wrong keyset spoils no profile."""
    tokens(dpaas_profile).access_token()
    own, settings.VAULT_KEYSET = settings.VAULT_KEYSET, new_keyset()
    for prepare in (lambda: None, lambda: run_out(dpaas_profile)):
        prepare()
        with pytest.raises(CredentialNeedsOwner):
            tokens(dpaas_profile).access_token()
        assert row_of(dpaas_profile).state == TokenState.VALID
    settings.VAULT_KEYSET = own
    assert tokens(dpaas_profile).access_token().generation == 2
    assert (dpaas.stats.counts.refreshes, dpaas.stats.counts.sign_ins) == (1, 1)
