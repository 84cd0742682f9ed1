"""No secret is found in the database, the logs or the pages, in any of six encodings."""

import base64
import itertools
import urllib.parse
from typing import Any

import pytest

from sandbox.people import OPS_DPAAS, OPS_DXTRA
from tests.services.dumps import dump
from tests.services.issued import issued_by
from tests.services.leaks import found_in
from tests.services.profiles import dpaas_form
from tests.services.screens import graphql_at
from tests.services.teammate import PASSPHRASE, Teammate, add_teammate

MISTYPED = "mistyped-password-5521"
MISTYPED_PAT = "5a4db0c5-dead-4fa4-8e00-00000000c0de"


def use_everything(ops: Teammate, dpaas: Any, dxtra: Any) -> bytes:
    """Walk through the product, its failures included; return all that it answered."""
    dpaas_typed = dpaas_form(dpaas)
    dxtra_form = {
        "name": "Dxtra",
        "auth_url": dxtra.auth_url,
        "graphql_url": dxtra.graphql_url,
        "personal_access_token": OPS_DXTRA.personal_access_token,
    }
    graphql = graphql_at(dxtra.graphql_url)
    query = {"query": "query { dataControllers { id title } }", "variables": ""}
    answers = [
        ops.post("/profiles/new/dpaas/", dpaas_typed | {"dpaas_secret": MISTYPED}),
        ops.post(
            "/profiles/new/dpaas/", dpaas_typed | {"dpaas_email": "", "dpaas_secret": MISTYPED}
        ),
        ops.post("/profiles/new/dpaas/", dpaas_typed),
        ops.post("/profiles/new/dxtra/", dxtra_form | {"personal_access_token": MISTYPED_PAT}),
        ops.post("/profiles/new/dxtra/", dxtra_form),
        ops.get("/profiles/"),
        ops.get("/accounts/"),
        ops.submit(graphql, query),
    ]
    for upstream, fault in itertools.product(
        (dpaas, dxtra), ({"lose_answer": True}, {"status": 500}, {"html": True})
    ):
        upstream.expire("access")
        upstream.faults.add(times=1, **fault)
        answers += [ops.get("/accounts/"), ops.submit(graphql, query)]
    dpaas.expire("access")
    dxtra.expire("access")
    answers += [ops.get("/accounts/"), ops.submit(graphql, query), ops.get("/calls/")]
    return b"".join(
        answer.content + repr((answer.url, answer.headers, answer.history)).encode()
        for answer in answers
    )


def test_no_secret_is_left_anywhere(console: Any, database_url: str, dpaas: Any, dxtra: Any):
    running = console(database_url, workers=2, upstream_origins=[dpaas.url, dxtra.url])
    ops = add_teammate(running, "ops@example.com", group="Operations")
    pages = use_everything(ops, dpaas, dxtra)
    # Each upstream's tokens ran out twice meanwhile.
    for counts in (dpaas.stats.counts, dxtra.stats.counts):
        assert counts.sign_ins + counts.refreshes > 2
    environment = running.environment
    secrets = [
        OPS_DPAAS.password,
        OPS_DXTRA.personal_access_token,
        MISTYPED,
        MISTYPED_PAT,
        PASSPHRASE,
        environment["SECRET_KEY"],
        environment["VAULT_KEYSET"],
        *issued_by(dpaas, dxtra),
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
