"""Values are resealed one by one; a change to one at the same time wins."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import Settings

from console.profiles.editing.saving import save_profile
from console.profiles.lifecycle import lease as leases
from console.profiles.models import CredentialProfile, TokenState
from console.team.models import User
from console.upstream.tokens import TokenSet
from console.vault.columns import BATCH_SIZE, SealedColumn
from console.vault.sealing import CannotUnseal, seal_bytes, sealed_by
from console.vault.secret import Secret
from tests.factories import DpaasProfileFactory
from tests.profiles.lifecycle.rows import row_of
from tests.profiles.sealed import column, profile_with_tokens, results_of
from tests.vault.rings import promoted, two_keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
FRESH = TokenSet(Secret("fresh access"), Secret("fresh refresh"), expires_in=900.0)


@pytest.fixture
def pair(settings: Settings) -> tuple[int, int]:
    """A keyset of two keys is in force, the first one the primary."""
    settings.VAULT_KEYSET, first, second = two_keys()
    return first, second


@pytest.fixture
def profile(alice: User, pair: tuple[int, int], settings: Settings) -> CredentialProfile:
    """A profile whose values the first key has sealed; the second one is the primary by now."""
    profile = profile_with_tokens(alice, 0)
    settings.VAULT_KEYSET = promoted(settings.VAULT_KEYSET, pair[1])
    return row_of(profile)


def reseal() -> str:
    out = io.StringIO()
    call_command("keys", "reseal", stdout=out, stderr=io.StringIO())
    return out.getvalue()


def of_all_columns(row: CredentialProfile) -> dict[str, Any]:
    """Everything in the row, read anew; sealed values as what they hold."""
    stored = CredentialProfile.objects.filter(pk=row.pk).values().get()
    access, refresh = leases.open_tokens(row_of(row))
    assert refresh
    opened = {
        "sealed_credential": leases.open_credential(row_of(row)).reveal(),
        "sealed_tokens": (access.reveal(), refresh.reveal()),
    }
    return stored | opened


def test_resealing_changes_the_key_and_nothing_else(profile: CredentialProfile, pair: Any):
    before = of_all_columns(profile)
    assert "credentials: 1 resealed, 0 changed meanwhile" in reseal()
    after = row_of(profile)
    assert of_all_columns(profile) == before
    assert [
        sealed_by(bytes(after.sealed_credential)),
        sealed_by(bytes(after.sealed_tokens or b"")),
    ] == [pair[1]] * 2
    assert "credentials: 0 resealed" in reseal()


def test_every_column_is_resealed_however_many_rows_there_are(
    alice: User, bob: User, pair: Any, settings: Settings
):
    results_of(alice, 2)
    template = profile_with_tokens(alice, 0)
    for number in range(BATCH_SIZE + 3):
        DpaasProfileFactory(owner=alice, name=str(number))
        DpaasProfileFactory(owner=bob, name=str(number))
    settings.VAULT_KEYSET = promoted(settings.VAULT_KEYSET, pair[1])
    words = io.StringIO()
    call_command("keys", "reseal", stdout=io.StringIO(), stderr=words)
    total = 2 * (BATCH_SIZE + 3) + 1
    assert words.getvalue().splitlines() == [
        f"credentials: {done} of {total}" for done in range(50, total, 50)
    ]
    assert column("credentials").count_by_key() == {pair[1]: total}
    assert column("tokens").count_by_key() == {pair[1]: 1}
    assert column("results").count_by_key() == {pair[1]: 2}
    assert leases.open_credential(row_of(template)).reveal() == "password 0 of alice@example.com"


def test_a_refresh_under_a_lease_is_not_disturbed(profile: CredentialProfile, pair: Any):
    lease = leases.claim(row_of(profile))
    assert lease
    reseal()
    held = row_of(profile)
    assert (held.state, held.lease_owner, held.lease_epoch) == (
        TokenState.REFRESHING,
        lease.owner,
        lease.epoch,
    )
    assert leases.store(lease, FRESH, started_at=timezone.now()) == 2
    assert leases.open_tokens(row_of(profile))[0].reveal() == "fresh access"


class Meanwhile(SealedColumn):
    """A column in which something happens to a row between its reading and its writing."""

    happens: Any

    def value(self, row: Any) -> bytes:
        value = super().value(row)
        Meanwhile.happens()
        return value


def meanwhile(name: str, happens: Any) -> SealedColumn:
    Meanwhile.happens = staticmethod(happens)
    of = column(name)
    return Meanwhile(of.name, of.model, of.field, of.context, of.remedy)


def test_a_refresh_that_stores_while_its_row_is_resealed_wins(profile: CredentialProfile):
    def refresh() -> None:
        lease = leases.claim(row_of(profile))
        assert lease
        leases.store(lease, FRESH, started_at=timezone.now() - timedelta(seconds=1))

    assert meanwhile("tokens", refresh).reseal(profile.pk) is False
    assert leases.open_tokens(row_of(profile))[0].reveal() == "fresh access"


def test_an_edit_while_its_row_is_resealed_wins(profile: CredentialProfile):
    def edit() -> None:
        save_profile(row_of(profile), secret=Secret("typed anew"), checked=None)

    assert meanwhile("credentials", edit).reseal(profile.pk) is False
    assert leases.open_credential(row_of(profile)).reveal() == "typed anew"


def test_a_row_that_is_deleted_while_it_is_resealed_stays_deleted(profile: CredentialProfile):
    rows: QuerySet[CredentialProfile] = CredentialProfile.objects.filter(pk=profile.pk)
    assert meanwhile("tokens", rows.delete).reseal(profile.pk) is False
    assert not rows.exists()


def test_without_comparing_an_edit_would_be_lost(profile: CredentialProfile):
    """The negative control of the three tests above."""
    tokens = column("credentials")
    row = row_of(profile)
    save_profile(row_of(profile), secret=Secret("typed anew"), checked=None)
    old = leases.open_credential(row).reveal().encode()
    CredentialProfile.objects.filter(pk=profile.pk).update(
        sealed_credential=seal_bytes(old, context=tokens.context(row))
    )
    assert leases.open_credential(row_of(profile)).reveal() != "typed anew"


def test_what_does_not_open_is_left_as_it_is_and_said(profile: CredentialProfile):
    CredentialProfile.objects.filter(pk=profile.pk).update(sealed_tokens=b"damaged")
    with pytest.raises(CannotUnseal):
        column("tokens").reseal(profile.pk)
    with pytest.raises(CommandError, match=r"manage\.py doctor lists them"):
        reseal()
    assert bytes(row_of(profile).sealed_tokens or b"") == b"damaged"
    assert column("credentials").count_others(0) == 1
