"""Twelve keysets that are none: twelve refused starts, one sentence each, and nothing quoted."""

import os
import subprocess
import sys

import pytest
import tink
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings
from tink import aead, hybrid, mac

from console.vault.keyset import KeysetUnusable, new_keyset, read_handle, write_keyset
from tests.services.console import ROOT, free_port
from tests.vault.rings import as_json, as_text, of_template, two_keys

mac.register()
hybrid.register()
MAC = mac.mac_key_templates.HMAC_SHA256_128BITTAG
HYBRID = hybrid.hybrid_key_templates.ECIES_P256_HKDF_HMAC_SHA256_AES128_GCM
ANOTHER = aead.aead_key_templates.AES256_GCM


def wrapped() -> str:
    """A keyset that another keyset's key wraps, as a key service would."""
    handle = tink.new_keyset_handle(ANOTHER)
    service = tink.new_keyset_handle(ANOTHER).primitive(aead.Aead)
    return tink.json_proto_keyset_format.serialize_encrypted(handle, service, b"")


def with_key(number: int, **changed: object) -> str:
    """A keyset of two keys, the first one the primary, with one key changed."""
    keyset = as_json(two_keys()[0])
    keyset["key"][number] |= changed
    return as_text(keyset)


def short_material() -> str:
    """The second key, which is not the primary, has lost its last bytes."""
    keyset = as_json(two_keys()[0])
    data = keyset["key"][1]["keyData"]
    data["value"] = data["value"][:24]
    return as_text(keyset)


def twice_the_same_id() -> str:
    keyset = as_json(two_keys()[0])
    third = as_json(new_keyset())["key"][0]
    keyset["key"] += [third | {"keyId": keyset["key"][1]["keyId"]}]
    return as_text(keyset)


BAD = {
    "nothing": lambda: "",
    "the placeholder of .env.example": lambda: "replace-me",
    "JSON null": lambda: as_text(None),  # type: ignore[arg-type]
    "cut in the middle": lambda: new_keyset()[: len(new_keyset()) // 2],
    "a key for another purpose": lambda: of_template(MAC),
    "a public key": lambda: of_template(HYBRID, public=True),
    "a primary that is disabled": lambda: with_key(0, status="DISABLED"),
    "a primary that is not there": lambda: as_text(as_json(new_keyset()) | {"primaryKeyId": 7}),
    "another key's material cut": short_material,
    "two keys of one id": twice_the_same_id,
    "a key that leaves no mark": lambda: of_template(aead.aead_key_templates.AES256_GCM_RAW),
    "wrapped, and no key service named": wrapped,
}
IN_REAL_PROCESSES = (
    "a primary that is disabled",
    "two keys of one id",
    "wrapped, and no key service named",
)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_keyset_refuses_to_start_and_is_not_quoted(case: str, settings: Settings):
    settings.VAULT_KEYSET = BAD[case]()
    with pytest.raises(ImproperlyConfigured) as refused:
        apps.get_app_config("vault").ready()
    said = str(refused.value)
    assert said.startswith("VAULT_KEYSET cannot be used: ")
    assert said.endswith(".")
    assert not any(part in said for part in settings.VAULT_KEYSET.split("A") if len(part) > 9)


def test_twelve_of_them_are_refused_and_a_good_one_is_not(settings: Settings):
    """The negative control: what is refused is the fault, not the keyset around it."""
    refused = []
    for case in BAD:
        with pytest.raises(KeysetUnusable) as error:
            read_handle(BAD[case]())
        refused.append(str(error.value))
    assert len(refused) == 12
    assert len(set(refused)) >= 6
    settings.VAULT_KEYSET = two_keys()[0]
    apps.get_app_config("vault").ready()
    read_handle(with_key(1, status="DISABLED"))
    read_handle(write_keyset(tink.new_keyset_handle(ANOTHER)))


@pytest.mark.parametrize("program", ["manage.py", "gunicorn"])
@pytest.mark.parametrize("case", IN_REAL_PROCESSES)
def test_real_processes_do_not_start_with_it(case: str, program: str):
    commands = {"manage.py": ["manage.py", "check"], "gunicorn": ["-m", "gunicorn", "console.wsgi"]}
    done = subprocess.run(
        [sys.executable, *commands[program]],
        cwd=ROOT,
        env={**os.environ, "VAULT_KEYSET": BAD[case](), "PORT": str(free_port())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("Gatehouse cannot start: VAULT_KEYSET cannot be used: ")
    assert done.stdout.count("\n") == 1
