"""A sealed value opens in its own row, field and owner alone. Elsewhere nothing of it is shown."""

import itertools
from typing import Any

import pytest

from console.graphql.models import StoredResult
from console.graphql.stored import store_result
from console.profiles.models import CredentialProfile, TokenState
from console.team.models import User
from console.vault.columns import SealedColumn, sealed_columns
from tests.factories import DpaasProfileFactory
from tests.profiles.lifecycle.rows import change, row_of, run_out
from tests.profiles.sealed import column, profile_with_tokens, results_of
from tests.services.profiles import client_of, text

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]

URL = "https://api.dxtra.ai/v1/graphql"
RESULTS = "/dxtra/api.dxtra.ai/graphql/results/"
ROWS = 5
NEEDS_YOU = "Credential unreadable"


def places() -> list[tuple[SealedColumn, Any]]:
    """Every sealed value that is stored, as its column and its row."""
    return [(each, row) for each in sealed_columns() for row in each.filled().order_by("pk")]


def opens_with(place: tuple[SealedColumn, Any], sealed: bytes) -> bool:
    """Does `sealed` open where `place` is?"""
    each, row = place
    own = each.value(row)
    setattr(row, each.field, sealed)
    opened = each.opens(row)
    setattr(row, each.field, own)
    return opened


def test_no_sealed_value_opens_in_the_place_of_another(alice: User, bob: User):
    for owner in (alice, bob):
        for number in range(ROWS):
            profile_with_tokens(owner, number)
        results_of(owner, ROWS)
    stored = places()
    assert len(stored) == ROWS * 4 * 2
    assert [opens_with(place, place[0].value(place[1])) for place in stored] == [True] * 40
    moved = [
        (source, target)
        for source, target in itertools.permutations(range(40), 2)
        if opens_with(stored[target], stored[source][0].value(stored[source][1]))
    ]
    assert moved == []


@pytest.mark.parametrize("name", ["credentials", "tokens", "results", "outlines of results"])
def test_a_value_with_any_bit_flipped_does_not_open(name: str, alice: User):
    profile_with_tokens(alice, 0)
    results_of(alice, 1)
    each = column(name)
    row = each.filled().get()
    sealed = each.value(row)
    opened = []
    for position, bit in itertools.product(range(len(sealed)), range(8)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1 << bit
        if opens_with((each, row), bytes(damaged)):
            opened.append((position, bit))
    assert opened == []
    assert opens_with((each, row), sealed)


# --- what the teammate sees ---


def used(user: User, dpaas: Any, name: str) -> CredentialProfile:
    """A profile of `user` that is in use and has its tokens."""
    profile = DpaasProfileFactory(owner=user, base_url=dpaas.url, name=name)
    client = client_of(user)
    page = client.get(f"/dpaas/acme/accounts/?profile={profile.pk}", follow=True)
    assert "<tbody" in page.content.decode()
    return row_of(profile)


@pytest.mark.parametrize("case", ["tokens", "tokens of a stranger", "a credential as tokens"])
def test_moved_tokens_show_nothing_and_their_owner_is_asked_to_act(
    case: str, alice: User, bob: User, dpaas: Any, reachable: None
):
    other = used(bob if case == "tokens of a stranger" else alice, dpaas, "another")
    mine = used(alice, dpaas, "mine")
    field = "sealed_credential" if case == "a credential as tokens" else "sealed_tokens"
    change(mine, sealed_tokens=getattr(other, field))
    _shows_nothing(alice, mine, dpaas)


@pytest.mark.parametrize("case", ["credential", "credential of a stranger", "tokens"])
def test_a_moved_credential_shows_nothing_and_its_owner_is_asked_to_act(
    case: str, alice: User, bob: User, dpaas: Any, reachable: None
):
    other = used(bob if case == "credential of a stranger" else alice, dpaas, "another")
    mine = used(alice, dpaas, "mine")
    moved = other.sealed_tokens if case == "tokens" else other.sealed_credential
    change(mine, sealed_credential=moved, state=TokenState.UNKNOWN)
    run_out(mine)
    _shows_nothing(alice, mine, dpaas)


def _shows_nothing(alice: User, mine: CredentialProfile, dpaas: Any) -> None:
    calls = dpaas.stats.counts.api_calls
    before = row_of(mine)
    client = client_of(alice)
    page = text(client.get("/dpaas/acme/accounts/", follow=True))
    assert "<tbody" not in page
    assert "The stored credential cannot be decrypted." in page
    after = row_of(mine)
    assert (after.state, after.generation) == (before.state, before.generation)
    assert (after.sealed_credential, after.sealed_tokens) == (
        before.sealed_credential,
        before.sealed_tokens,
    )
    assert NEEDS_YOU in text(client.get(f"/profiles/{mine.pk}/"))
    assert NEEDS_YOU in text(client.get("/profiles/"))
    assert dpaas.stats.counts.api_calls == calls


@pytest.mark.parametrize("owners", ["of one owner", "of two owners"])
def test_a_moved_result_is_not_there(owners: str, alice: User, bob: User):
    body = b'{"data": "mine"}'
    mine = store_result(alice.pk, graphql_url=URL, operation="mine", body=body)
    other = alice if owners == "of one owner" else bob
    theirs = store_result(other.pk, graphql_url=URL, operation="theirs", body=b'{"data": "theirs"}')
    client = client_of(alice)
    assert client.get(f"{RESULTS}{mine.pk}/download/").getvalue() == body
    StoredResult.objects.filter(pk=mine.pk).update(sealed=theirs.sealed)
    for part in ("", "branch/", "download/"):
        answer = client.get(f"{RESULTS}{mine.pk}/{part}")
        assert answer.status_code == 404
        assert b"theirs" not in answer.content
