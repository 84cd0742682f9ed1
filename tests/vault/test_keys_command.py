"""`manage.py keys`: what each action makes of the keyset, and each misuse's one sentence."""

import io
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from console.profiles.models import CredentialProfile
from console.vault.columns import sealed_columns
from console.vault.keyset import new_keyset, read_handle
from console.vault.rotation import keys_of
from console.vault.sealing import CannotUnseal, Context, seal, sealed_by, unseal
from console.vault.secret import Secret
from tests.vault.rings import as_json, disabled, key_material, promoted, two_keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
HERE = Context(table="t", row="r", field="f", owner="o")
NOBODYS = 77


def keys(*arguments: Any) -> tuple[str, str]:
    """Run the command; return what it printed: the result, and the words beside it."""
    out, words = io.StringIO(), io.StringIO()
    call_command("keys", *map(str, arguments), stdout=out, stderr=words)
    return out.getvalue().strip(), words.getvalue()


def refusal(*arguments: Any) -> str:
    with pytest.raises(CommandError) as refused:
        keys(*arguments)
    return str(refused.value)


def states(keyset: str) -> list[str]:
    return [key.state for key in keys_of(read_handle(keyset))]


@pytest.fixture
def pair(settings: Settings) -> tuple[int, int]:
    """The keyset in force has a primary and another enabled key: both ids."""
    settings.VAULT_KEYSET, first, second = two_keys()
    return first, second


def test_a_key_that_was_added_opens_before_any_process_seals_with_it(settings: Settings):
    settings.VAULT_KEYSET = before = new_keyset()
    added, words = keys("add")
    new_id = keys_of(read_handle(added))[1].id
    assert states(added) == ["primary", "enabled"]
    assert f"manage.py keys promote {new_id}" in words
    settings.VAULT_KEYSET = added
    assert sealed_by(seal(Secret("x"), context=HERE)) == keys_of(read_handle(before))[0].id
    settings.VAULT_KEYSET, _ = keys("promote", new_id)
    by_the_new_one = seal(Secret("y"), context=HERE)
    assert sealed_by(by_the_new_one) == new_id
    settings.VAULT_KEYSET = added
    assert unseal(by_the_new_one, context=HERE).reveal() == "y"
    settings.VAULT_KEYSET = before  # the negative control: what happens where it was not deployed
    with pytest.raises(CannotUnseal):
        unseal(by_the_new_one, context=HERE)


def test_a_rotation_from_beginning_to_end(settings: Settings, alice: Any, dpaas_profile: Any):
    old_id = keys_of(read_handle(settings.VAULT_KEYSET))[0].id
    settings.VAULT_KEYSET, _ = keys("add")
    new_id = keys_of(read_handle(settings.VAULT_KEYSET))[1].id
    settings.VAULT_KEYSET, _ = keys("promote", new_id)
    said = refusal("disable", old_id)
    assert said == f"1 value is still sealed with key {old_id}. Run manage.py keys reseal."
    assert "credentials: 1 resealed" in keys("reseal")[0]
    settings.VAULT_KEYSET, _ = keys("disable", old_id)
    assert states(settings.VAULT_KEYSET) == ["disabled", "primary"]
    settings.VAULT_KEYSET, _ = keys("destroy", old_id)
    assert [key.id for key in keys_of(read_handle(settings.VAULT_KEYSET))] == [new_id]
    row = CredentialProfile.objects.get()
    opened = unseal(bytes(row.sealed_credential), context=row.sealing_context("credential"))
    assert opened.reveal() == "sandbox-ops-7Qm2-made-up"


def test_status_counts_the_values_of_each_key_and_of_strangers(
    settings: Settings, pair: tuple[int, int], dpaas_profile: Any, dxtra_profile: Any
):
    settings.VAULT_KEYSET, second = promoted(settings.VAULT_KEYSET, pair[1]), pair[1]
    column = CredentialProfile.objects.filter(pk=dpaas_profile.pk)
    column.update(sealed_tokens=seal(Secret("x"), context=HERE))
    CredentialProfile.objects.filter(pk=dxtra_profile.pk).update(
        sealed_credential=b"\1" + NOBODYS.to_bytes(4, "big") + b"rest", sealed_tokens=b"junk"
    )
    out, words = keys("status")
    head, *rows = [line.split() for line in out.splitlines()]
    assert head[:4] == ["KEY", "STATE", "CREDENTIALS", "TOKENS"]
    assert "RESULTS" in head
    others = ["0"] * (len(sealed_columns()) - 2)  # of which nothing is stored
    assert rows == [
        [str(pair[0]), "enabled", "1", "0", *others],
        [str(second), "primary", "0", "1", *others],
        ["unknown", "not", "in", "the", "keyset", "0", "1", *others],
        [str(NOBODYS), "not", "in", "the", "keyset", "1", "0", *others],
    ]
    assert "manage.py doctor" in words


@pytest.mark.parametrize("action", ["promote", "enable", "disable", "destroy"])
def test_a_key_that_the_keyset_does_not_have(action: str, pair: tuple[int, int]):
    said = refusal(action, NOBODYS)
    assert said == f"The keyset has no key {NOBODYS}. Its keys: {pair[0]}, {pair[1]}."


def test_each_misuse_has_a_sentence(settings: Settings, pair: tuple[int, int]):
    first, second = pair
    assert [refusal("promote", first), refusal("disable", first)] == [
        f"Key {first} is already the primary.",
        f"Key {first} is the primary. Promote another key first.",
    ]
    assert [refusal("enable", second), refusal("destroy", second), refusal("destroy", first)] == [
        f"Key {second} is already enabled.",
        f"Key {second} is not disabled. Disable it first.",
        f"Key {first} is not disabled. Disable it first.",
    ]
    settings.VAULT_KEYSET = disabled(settings.VAULT_KEYSET, second)
    assert [refusal("promote", second), refusal("disable", second)] == [
        f"Key {second} is disabled. Enable it first.",
        f"Key {second} is already disabled.",
    ]
    assert (
        refusal("add", "--write")
        == "VAULT_KEYSET_FILE is not set. Run the command without --write."
    )
    with pytest.raises(CommandError, match="invalid int value"):
        keys("promote", "x")


def test_a_disable_that_came_too_early_can_be_taken_back(
    settings: Settings, pair: tuple[int, int], dpaas_profile: Any
):
    """The first key still seals a value, stored by a process that had the old keyset."""
    settings.VAULT_KEYSET = disabled(promoted(settings.VAULT_KEYSET, pair[1]), pair[0])
    said = f"1 value is still sealed with key {pair[0]}. Run manage.py keys enable {pair[0]}, then "
    assert refusal("destroy", pair[0]) == said + "manage.py keys reseal."
    with pytest.raises(CommandError, match="Some values are not sealed with the primary key"):
        keys("reseal")
    settings.VAULT_KEYSET, _ = keys("enable", pair[0])
    keys("reseal")
    assert refusal("destroy", pair[0]).endswith("Disable it first.")


def test_key_material_stands_in_the_new_keyset_alone(settings: Settings, pair: tuple[int, int]):
    second, runs = pair[1], [keys("status"), keys("reseal"), keys("promote", pair[1])]
    settings.VAULT_KEYSET = disabled(settings.VAULT_KEYSET, second)
    runs += [keys("add"), keys("enable", second), keys("destroy", second)]
    material = key_material(settings.VAULT_KEYSET)
    texts = [words for _, words in runs] + [out for out, _ in runs[:2]]
    assert [part for part in material for text in texts if part in text] == []
    assert all(len(out.splitlines()) == 1 for out, _ in runs[2:])
    assert material[0] in str(as_json(runs[2][0]))  # the negative control


# --- VAULT_KEYSET_FILE ---


@pytest.fixture
def file(tmp_path: Path, settings: Settings) -> Path:
    """A file that everybody may read, reached by a link, as orchestrators mount them."""
    (tmp_path / "data").mkdir()
    real, link = tmp_path / "data" / "keyset", tmp_path / "keyset"
    settings.VAULT_KEYSET = new_keyset()
    real.write_text(settings.VAULT_KEYSET + "\n")
    real.chmod(0o644)
    link.symlink_to(real)
    settings.VAULT_KEYSET_FILE = str(link)
    return real


def test_the_file_is_replaced_whole_and_for_its_owner_alone(file: Path):
    if os.geteuid() == 0:
        os.chown(file, 12345, 23456)
    before = file.stat()
    out, words = keys("add", "--write")
    after = file.stat()
    assert out == ""
    assert "Restart every process" in words
    assert states(file.read_text()) == ["primary", "enabled"]
    assert stat.S_IMODE(after.st_mode) == 0o600
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)
    assert after.st_ino != before.st_ino
    assert [path.name for path in file.parent.iterdir()] == ["keyset"]
    assert Path(file.parent.parent, "keyset").is_symlink()


def test_a_file_that_somebody_else_has_changed_is_left_alone(file: Path):
    file.write_text("another")
    said = refusal("add", "--write")
    assert said.startswith("Could not write ")
    assert said.endswith(": it was changed meanwhile. Nothing was changed.")
    assert file.read_text() == "another"


def test_a_file_that_cannot_be_replaced_is_left_alone(file: Path, settings: Settings):
    settings.VAULT_KEYSET_FILE = str(file.parent / "elsewhere" / "keyset")
    assert ": No such file or directory. Nothing was changed." in refusal("add", "--write")
    assert states(file.read_text()) == ["primary"]
