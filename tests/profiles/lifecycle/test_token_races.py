"""A holder that was overtaken writes nothing, and nobody holds what others need; both databases."""

import threading
import time

import pytest
from django.db import connection, transaction

from console.database.clock import seconds_from_now
from console.profiles import services
from console.profiles.editing import saving
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle import tokens as lifecycle
from console.profiles.models import TokenState
from console.upstream.errors import (
    ProfileChanged,
    UpstreamFailed,
)
from console.upstream.tokens import TokenSet
from console.vault.secret import Secret
from tests.profiles.lifecycle.rows import (
    change,
    connections_in_use,
    enter_advisory_window,
    row_of,
    run_out,
)
from tests.services.profiles import NOBODY_LISTENS
from tests.services.threads import in_threads

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


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


def test_who_saw_the_row_before_it_needed_its_owner_claims_nothing(dpaas_profile, tokens):
    tokens(dpaas_profile).access_token()
    seen_before = row_of(dpaas_profile)
    change(dpaas_profile, state=TokenState.NEEDS_USER)
    assert leases.claim(seen_before) is None


def test_who_saw_the_row_before_a_late_holder_met_a_failure_claims_nothing(dpaas, dpaas_profile):
    """Found by the model: the upstream was asked in the middle of its pause."""
    late = leases.claim(row_of(dpaas_profile))
    assert late is not None
    change(dpaas_profile, lease_until=seconds_from_now(-1))
    seen_before = row_of(dpaas_profile)
    leases.give_back(late, state=TokenState.EMPTY, failures=1, backoff_until=seconds_from_now(5))
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
    saving.save_profile(row_of(dpaas_profile), secret=Secret("another"), checked=None)
    with pytest.raises(leases.LeaseLost):
        leases.store(holder, TokenSet(Secret("a"), None, 900.0), started_at=holder.row.now)
    row = row_of(dpaas_profile)
    assert (row.state, row.sealed_tokens) == (TokenState.EMPTY, None)


def test_a_check_of_a_secret_that_was_replaced_meanwhile_stores_no_tokens(dpaas, dpaas_profile):
    """Found by the model: the old secret's tokens stood beside the new secret."""
    editing = row_of(dpaas_profile)
    checked = saving.check_credential(editing, None)
    saving.save_profile(row_of(dpaas_profile), secret=Secret("another"), checked=None)
    saving.save_profile(editing, secret=None, checked=checked)
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


def test_a_call_that_finds_its_row_changed_as_it_claims_uses_no_token_of_before(
    dpaas, dpaas_profile, tokens
):
    """Found by the model: the token of a session that had just been signed out was used."""
    tokens(dpaas_profile).access_token()
    enter_advisory_window(dpaas_profile)
    calling = tokens(dpaas_profile)
    services.sign_out_profile(row_of(dpaas_profile))
    token = calling.access_token()
    assert (token.generation, dpaas.stats.counts.sign_ins) == (3, 2)


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"base_url": NOBODY_LISTENS},
        {"organization_slug": "globex"},
        {"email": "other@example.com"},
    ],
)
def test_a_token_is_never_handed_to_a_call_for_another_address_organization_or_user(
    dpaas_profile, tokens, elsewhere: dict[str, str]
):
    calling = tokens(dpaas_profile)
    calling.access_token()
    change(dpaas_profile, **elsewhere, generation=7)
    with pytest.raises(ProfileChanged):
        calling.renew(1)


def test_a_profile_deleted_while_it_is_called_says_so(dpaas_profile, tokens):
    calling = tokens(dpaas_profile)
    calling.access_token()
    services.delete_profile(row_of(dpaas_profile))
    with pytest.raises(ProfileChanged):
        calling.renew(1)


# --- nothing is held while an upstream is waited for ---


def test_an_upstream_is_never_waited_for_inside_a_transaction(dpaas_profile, tokens):
    with transaction.atomic(), pytest.raises(RuntimeError):
        tokens(dpaas_profile).access_token()


def test_no_connection_is_held_while_the_auth_server_hangs(dpaas, dpaas_profile, tokens):
    for route in ("/authentication/login", "/authentication/refresh"):
        dpaas.faults.add(route=route, latency=1.0)
        calls = dpaas.stats.counts.faults_applied
        source = tokens(dpaas_profile)
        connection.close()
        asking = threading.Thread(target=lambda of=source: in_threads(1, of.access_token))
        asking.start()
        while dpaas.stats.counts.faults_applied == calls and asking.is_alive():
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
    tokens(dpaas_profile).access_token()
    monkeypatch.setattr(lifecycle, "MAX_WAIT_SECONDS", 0.6)
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
