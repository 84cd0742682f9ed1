"""A keyset that a key service wraps is unwrapped once, at the start; else there is no start."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests
from django.core.management import CommandError, call_command
from pytest_django import Settings

from console.vault.keyset import KeysetUnusable, new_keyset, read_handle
from console.vault.rotation import keys_of
from console.vault.sealing import Context, seal, unseal
from console.vault.secret import Secret
from tests.services.console import ROOT, StartConsole, free_port
from tests.services.leaks import found_in
from tests.vault.key_services import (
    ACCESS_KEY,
    AWS,
    AWS_SECRET,
    HCVAULT,
    TOKEN,
    KeyService,
    a_key,
    environment,
    key_service,
)
from tests.vault.rings import as_json, key_material

HERE = Context(table="t", row="r", field="f", owner="o")
GOOGLE = "gcp-kms://projects/p/locations/l/keyRings/r/cryptoKeys/k"
both = pytest.mark.parametrize("uri", [HCVAULT, AWS], ids=["hcvault", "aws-kms"])


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[KeyService]:
    with key_service() as running:
        for name, value in environment(running).items():
            monkeypatch.setenv(name, value)
        yield running


def refusal(keyset: str, uri: str) -> str:
    with pytest.raises(KeysetUnusable) as refused:
        read_handle(keyset, uri)
    said = str(refused.value)
    assert [part for part in (TOKEN, AWS_SECRET, ACCESS_KEY) if part in said] == []
    return said


@both
def test_a_wrapped_keyset_seals_and_opens_and_shows_no_key(
    uri: str, service: KeyService, settings: Settings
):
    settings.VAULT_KEYSET, settings.VAULT_KEYSET_KEK_URI = new_keyset(uri), uri
    assert list(as_json(settings.VAULT_KEYSET)) == ["encryptedKeyset", "keysetInfo"]
    service.asked.clear()
    for _ in range(5):
        assert unseal(seal(Secret("x"), context=HERE), context=HERE).reveal() == "x"
    assert service.asked == ["decrypt"]


@both
def test_the_command_rotates_a_wrapped_keyset_and_keeps_it_wrapped(
    uri: str, service: KeyService, settings: Settings
):
    def keys(*arguments: str) -> str:
        out = io.StringIO()
        call_command("keys", *arguments, stdout=out, stderr=io.StringIO())
        return out.getvalue().strip()

    clear = settings.VAULT_KEYSET = new_keyset()
    wrapped = keys("wrap", uri)
    settings.VAULT_KEYSET, settings.VAULT_KEYSET_KEK_URI = wrapped, uri
    material = key_material(clear)
    assert [part for part in material if part in str(as_json(wrapped))] == []
    added = keys("add")
    assert list(as_json(added)) == ["encryptedKeyset", "keysetInfo"]
    before, new = keys_of(read_handle(added, uri))
    assert (before.id, new.state) == (keys_of(read_handle(clear))[0].id, "enabled")


@both
def test_a_service_that_refuses_or_fails_opens_nothing(uri: str, service: KeyService):
    keyset = new_keyset(uri)
    said = []
    for status in (403, 400, 500):
        service.answers_with = status
        said.append(refusal(keyset, uri))
    service.answers_with = 0
    service.key = a_key()  # another key of the same name
    said.append(refusal(keyset, uri))
    assert [text.partition(" (")[0] for text in said] == ["the key service did not unwrap it"] * 4
    assert "(" in said[0]


@both
def test_a_service_that_is_not_there_opens_nothing(
    uri: str, service: KeyService, monkeypatch: pytest.MonkeyPatch
):
    keyset = new_keyset(uri)
    for name in ("VAULT_ADDR", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    assert refusal(keyset, uri).startswith("the key service did not unwrap it (")


def test_what_the_key_service_needs_is_named_where_it_is_not_installed(service: KeyService):
    """Google's client is no part of the development environment."""
    wrapped = new_keyset(HCVAULT)
    assert refusal(wrapped, GOOGLE) == (
        "the key service cannot be asked: gcp-kms:// needs more than is installed: "
        "pip install -r requirements-kms.txt"
    )


@pytest.mark.parametrize("uri", ["hcvault://", "aws-kms://arn", "aws-kms://a:b:c:d:e", "vault://x"])
def test_a_key_that_cannot_be_one_is_refused(uri: str, service: KeyService):
    assert refusal(new_keyset(HCVAULT), uri).startswith("the key service cannot be asked: ")


def test_a_keyset_in_clear_is_refused_where_a_wrapped_one_is_meant(service: KeyService):
    assert (
        refusal(new_keyset(), HCVAULT)
        == "VAULT_KEYSET_KEK_URI is set, but the keyset is not wrapped"
    )


def test_a_keyset_that_cannot_be_wrapped_is_not_printed(service: KeyService, settings: Settings):
    service.answers_with = 403
    with pytest.raises(CommandError, match="the key service did not wrap it"):
        call_command("keys", "wrap", HCVAULT)
    made = subprocess.run(
        [sys.executable, "-m", "console.vault", HCVAULT], cwd=ROOT, capture_output=True, text=True
    )
    assert (made.stdout, made.returncode) == ("", 1)
    assert made.stderr == "No keyset was made: the key service did not wrap it (Forbidden).\n"


@both
def test_a_command_that_logs_everything_shows_the_new_keyset_alone(uri: str, service: KeyService):
    """What a vendor's client logs of its answers would be the keyset in clear."""
    environment = {"VAULT_KEYSET": new_keyset(uri), "VAULT_KEYSET_KEK_URI": uri}
    added = subprocess.run(
        [sys.executable, "manage.py", "keys", "add"],
        cwd=ROOT,
        env={**os.environ, **environment, "LOG_LEVEL": "DEBUG"},
        capture_output=True,
        text=True,
    )
    assert [key.state for key in keys_of(read_handle(added.stdout, uri))] == ["primary", "enabled"]
    assert added.stdout.count("\n") == 1
    assert ("botocore" in added.stderr) == (uri == AWS)  # hvac logs by urllib3, kept to errors
    assert service.unwrapped != []
    secrets = [*service.unwrapped, TOKEN, AWS_SECRET]
    assert found_in((added.stdout + added.stderr).encode(), secrets) == []


def test_a_console_with_two_workers_asks_the_service_once(
    service: KeyService, console: StartConsole
):
    made = subprocess.run(
        [sys.executable, "-m", "console.vault", HCVAULT], cwd=ROOT, capture_output=True, text=True
    )
    service.asked.clear()
    wrapped = {"VAULT_KEYSET": made.stdout, "VAULT_KEYSET_KEK_URI": HCVAULT}
    running = console(workers=2, **wrapped)
    for _ in range(4):
        assert requests.get(f"{running.url}/readyz", timeout=30).text == "ready\n"
    assert service.asked == ["decrypt"]
    running.stop()
    service.answers_with = 503
    refused = subprocess.run(
        [sys.executable, "-m", "gunicorn", "console.wsgi"],
        cwd=ROOT,
        env={**os.environ, **wrapped, "PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode == 1
    assert refused.stderr == (
        "Gatehouse cannot start: VAULT_KEYSET cannot be used: the key service did not unwrap it "
        "(VaultDown). Check VAULT_KEYSET_KEK_URI and the key service.\n"
    )
