"""What is sealed opens in its own place, and nowhere else."""

import copy
import itertools
import pickle

import pytest

from console.vault.keyset import KeysetUnusable, new_keyset, read_handle
from console.vault.sealing import CannotUnseal, Context, seal, unseal
from console.vault.secret import MASK, Secret

HERE = Context(table="profiles", row="r1", field="password", owner="alice")
SECRET = "correct horse Zürich 名前"


def test_a_sealed_secret_opens_where_it_was_sealed():
    assert unseal(seal(Secret(SECRET), context=HERE), context=HERE).reveal() == SECRET


def test_the_same_secret_is_sealed_differently_each_time():
    assert seal(Secret(SECRET), context=HERE) != seal(Secret(SECRET), context=HERE)


@pytest.mark.parametrize("part", ["table", "row", "field", "owner"])
def test_a_sealed_secret_that_was_moved_does_not_open(part):
    moved = Context(**{**{s: getattr(HERE, s) for s in HERE.__slots__}, part: "another"})
    with pytest.raises(CannotUnseal):
        unseal(seal(Secret(SECRET), context=HERE), context=moved)


def test_the_parts_of_a_place_do_not_run_into_each_other():
    places = [
        Context(*parts) for parts in itertools.product(["a", "ab"], ["b", ""], ["c", '",'], "d")
    ]
    assert len({place.associated_data() for place in places}) == len(places)


def test_no_flipped_bit_of_a_sealed_secret_goes_unnoticed():
    sealed = seal(Secret("short"), context=HERE)
    for position, bit in itertools.product(range(len(sealed)), range(8)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1 << bit
        with pytest.raises(CannotUnseal):
            unseal(bytes(damaged), context=HERE)


def test_another_keyset_does_not_open_it(settings):
    sealed = seal(Secret(SECRET), context=HERE)
    settings.VAULT_KEYSET = new_keyset()
    with pytest.raises(CannotUnseal):
        unseal(sealed, context=HERE)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "no keyset", "AAAA", "{", '{"primaryKeyId": 1, "key": []}', "[]", "null", "\x00"],
)
def test_what_is_no_keyset_is_refused_without_being_quoted(text):
    with pytest.raises(KeysetUnusable) as refused:
        read_handle(text)
    assert len(text) < 3 or text not in str(refused.value)


def test_a_cut_keyset_is_refused():
    whole = new_keyset()
    for length in range(0, len(whole) - 1, 7):
        with pytest.raises(KeysetUnusable):
            read_handle(whole[:length])


def test_a_secret_does_not_show_itself():
    secret = Secret(SECRET)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>40}",
        repr([secret]),
    ]
    assert [SECRET in text for text in shown] == [False] * len(shown)
    assert str(secret) == MASK


@pytest.mark.parametrize("carry", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_secret_cannot_be_carried_away(carry):
    with pytest.raises(TypeError):
        carry(Secret(SECRET))
