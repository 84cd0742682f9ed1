"""No secret is found in the database, the logs or the pages, in any of six encodings."""

import base64
import itertools
import sqlite3
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

from sandbox.people import OPS_DPAAS, OPS_DXTRA
from tests.services.postgres import find_binaries
from tests.services.teammate import PASSPHRASE, Teammate, add_teammate

MISTYPED = "mistyped-password-5521"
MISTYPED_PAT = "5a4db0c5-dead-4fa4-8e00-00000000c0de"


def encodings(secret: str) -> set[bytes]:
    """How a secret could stand in a dump: plain, UTF-16, percent, hex, and both base64s."""
    plain = secret.encode()
    found = {
        plain,
        secret.encode("utf-16-le"),
        urllib.parse.quote(secret, safe="").encode(),
        plain.hex().encode(),
        plain.hex().upper().encode(),
    }
    for shift, encode in itertools.product(range(3), (base64.b64encode, base64.urlsafe_b64encode)):
        # Inside a longer text base64 comes in three alignments; the edges depend on neighbours.
        found.add(encode(b"." * shift + plain)[4 : -4 or None])
    return found


def found_in(haystack: bytes, secrets: list[str]) -> list[str]:
    """The secrets that `haystack` holds, named by their place in the list only."""
    return [
        f"secret {number}"
        for number, secret in enumerate(secrets)
        if any(needle in haystack for needle in encodings(secret))
    ]


def dump(database_url: str) -> bytes:
    """Everything that the database holds, as text and as its files are."""
    if database_url.startswith("sqlite"):
        file = Path(database_url.removeprefix("sqlite:///"))
        with sqlite3.connect(file) as connection:
            text = "\n".join(connection.iterdump()).encode()
        connection.close()
        parts = [part.read_bytes() for part in file.parent.glob(f"{file.name}*")]
        return b"".join([text, *parts])
    folder, name = database_url.removeprefix("postgres://postgres@/").rsplit("/", 1)
    binaries = find_binaries()
    assert binaries is not None
    command = [binaries / "pg_dump", "-h", f"/{folder.lstrip('/')}", "-U", "postgres", name]
    return subprocess.run(command, check=True, capture_output=True).stdout


def use_everything(ops: Teammate, dpaas: Any, dxtra: Any) -> bytes:
    """Walk through the product, its failures included; return all that it answered."""
    dpaas_form = {
        "name": "DPaaS",
        "base_url": dpaas.url,
        "email": OPS_DPAAS.email,
        "password": OPS_DPAAS.password,
        "organization_slug": OPS_DPAAS.organization_slug,
    }
    dxtra_form = {
        "name": "Dxtra",
        "auth_url": dxtra.auth_url,
        "graphql_url": dxtra.graphql_url,
        "personal_access_token": OPS_DXTRA.personal_access_token,
    }
    query = {"query": "query { dataControllers { id title } }", "variables": ""}
    answers = [
        ops.post("/profiles/new/dpaas/", dpaas_form | {"password": MISTYPED}),
        ops.post("/profiles/new/dpaas/", dpaas_form | {"email": "", "password": MISTYPED}),
        ops.post("/profiles/new/dpaas/", dpaas_form),
        ops.post("/profiles/new/dxtra/", dxtra_form | {"personal_access_token": MISTYPED_PAT}),
        ops.post("/profiles/new/dxtra/", dxtra_form),
        ops.get("/profiles/"),
        ops.get("/accounts/"),
        ops.post("/graphql/", query),
    ]
    for upstream, fault in itertools.product(
        (dpaas, dxtra), ({"lose_answer": True}, {"status": 500}, {"html": True})
    ):
        upstream.expire("access")
        upstream.faults.add(times=1, **fault)
        answers += [ops.get("/accounts/"), ops.post("/graphql/", query)]
    dpaas.expire("access")
    dxtra.expire("access")
    answers += [ops.get("/accounts/"), ops.post("/graphql/", query), ops.get("/calls/")]
    return b"".join(
        answer.content + repr((answer.url, answer.headers, answer.history)).encode()
        for answer in answers
    )


def issued_by(*upstreams: Any) -> list[str]:
    """Every token that the sandbox has given out."""
    return [
        token
        for upstream in upstreams
        for tokens in (
            upstream.sessions._by_access,
            upstream.sessions._by_refresh,
            upstream.sessions._spent,
        )
        for token in tokens
    ]


def test_no_secret_is_left_anywhere(console: Any, database_url: str, dpaas: Any, dxtra: Any):
    running = console(database_url, workers=2, upstream_origins=[dpaas.url, dxtra.url])
    ops = add_teammate(running, "ops@example.com", group="Operations")
    pages = use_everything(ops, dpaas, dxtra)
    tokens = issued_by(dpaas, dxtra)
    assert len(tokens) > 8
    environment = running.environment
    secrets = [
        OPS_DPAAS.password,
        OPS_DXTRA.personal_access_token,
        MISTYPED,
        MISTYPED_PAT,
        PASSPHRASE,
        environment["SECRET_KEY"],
        environment["VAULT_KEYSET"],
        *tokens,
    ]
    assert found_in(pages, secrets) == []
    assert found_in(running.logs.encode(), secrets) == []
    assert found_in(dump(database_url), secrets) == []


@pytest.mark.parametrize("secret", [MISTYPED, OPS_DXTRA.personal_access_token])
def test_the_search_finds_a_secret_in_each_encoding(secret: str):
    """Negative control."""
    plain = secret.encode()
    hidden = [
        plain,
        secret.encode("utf-16-le"),
        plain.hex().encode(),
        base64.b64encode(b"user:" + plain + b" and more"),
        base64.urlsafe_b64encode(b"x" + plain + b"y"),
        f"?p={urllib.parse.quote(secret, safe='')}".encode(),
    ]
    assert [found_in(b"..." + text + b"...", [secret]) for text in hidden] == [["secret 0"]] * 6
