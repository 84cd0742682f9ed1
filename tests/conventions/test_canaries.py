"""500 secrets that are used in earnest, and found nowhere: pages, logs, database, sessions, cache.

Passwords and personal access tokens, right and mistyped, and every token that the upstreams gave
for them, over a real console whose pages are also made to break.
"""

import json
import random
import sqlite3
import uuid
import zlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import DpaasPerson, DxtraPerson
from tests.services.console import Console
from tests.services.dumps import dump, sessions_in
from tests.services.issued import issued_by
from tests.services.leaks import SecretSearch, found_in
from tests.services.postgres import Cluster
from tests.services.screens import accounts_at, graphql_at
from tests.services.teammate import Teammate, add_teammates

DPAAS_PROFILES, DXTRA_PROFILES, BROKEN, TEAMMATES = 60, 28, 4, 22
QUERY = {"query": "query { dataControllers { id title } }", "variables": ""}


def canary() -> str:
    """What a person could type; its quotes and signs are written otherwise in HTML and in JSON."""
    return f'{uuid.uuid4().hex} +/="<ü'


@dataclass
class World:
    """Both upstreams, each of whose people has a secret of their own; what was typed and shown."""

    dpaas: DpaasUpstream
    dxtra: DxtraUpstream
    mistyped: list[str] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    @property
    def typed(self) -> list[str]:
        right = [person.password for person in self.dpaas.people]
        right += [person.personal_access_token for person in self.dxtra.people]
        return right + self.mistyped

    @property
    def tokens(self) -> list[str]:
        return issued_by(self.dpaas, self.dxtra)

    def mistype(self, secret: str) -> str:
        """Something of the same form: a personal access token is a UUID (upstreams.md)."""
        self.mistyped.append(canary() if secret == "dpaas_secret" else str(uuid.uuid4()))
        return self.mistyped[-1]

    def form_of(self, person: Any) -> tuple[str, str, dict[str, str]]:
        """The form's address, the name of its secret, and what is typed into it."""
        if isinstance(person, DpaasPerson):
            return (
                "/profiles/new/dpaas/",
                "dpaas_secret",
                {
                    "name": person.email,
                    "base_url": self.dpaas.url,
                    "dpaas_email": person.email,
                    "dpaas_secret": person.password,
                    "organization_slug": person.organization_slug,
                },
            )
        return (
            "/profiles/new/dxtra/",
            "personal_access_token",
            {
                "name": person.email,
                "auth_url": self.dxtra.auth_url,
                "graphql_url": self.dxtra.graphql_url,
                "personal_access_token": person.personal_access_token,
            },
        )


@pytest.fixture
def world() -> Iterator[World]:
    dpaas_people = [
        DpaasPerson(f"p{number}@example.com", canary()) for number in range(DPAAS_PROFILES)
    ]
    dxtra_people = [
        DxtraPerson(f"x{number}@example.com", str(uuid.uuid4()), str(uuid.uuid4()))
        for number in range(DXTRA_PROFILES)
    ]
    with DpaasUpstream(people=dpaas_people) as dpaas, DxtraUpstream(people=dxtra_people) as dxtra:
        yield World(dpaas, dxtra)


def use(world: World, teammate: Teammate, person: Any) -> None:
    """Mistype a secret, type it right, call the API, have its token run out, call again."""

    def post(path: str, data: dict[str, str]) -> Any:
        return teammate.post(path, data, allow_redirects=False)

    path, secret, form = world.form_of(person)
    upstream: Any = world.dpaas if secret == "dpaas_secret" else world.dxtra
    mistaken = post(path, form | {secret: world.mistype(secret)})
    saved = post(path, form)
    assert (mistaken.status_code, saved.status_code) == (422, 302)
    world.answers += [mistaken, saved]
    pk = saved.headers["Location"].rstrip("/").rpartition("/")[2]
    accounts = accounts_at(world.dpaas.url, profile=pk)
    graphql = graphql_at(world.dxtra.graphql_url, profile=pk)
    query = QUERY if secret == "dpaas_secret" else QUERY | teammate.opened_with(graphql)
    for _ in range(2):
        answer = teammate.get(accounts) if secret == "dpaas_secret" else post(graphql, query)
        assert answer.status_code == 200
        world.answers.append(answer)
        upstream.expire("access", person.email)


def use_all(world: World, teammate: Teammate, people: list[Any]) -> None:
    for person in random.sample(people, len(people)):
        use(world, teammate, person)


Execute = Callable[[str], None]


def statements(console: Console, request: pytest.FixtureRequest) -> Execute:
    """Execute a statement in the database of `console`."""

    def execute(statement: str) -> None:
        if console.database_url.startswith("sqlite"):
            connection = sqlite3.connect(
                Path(console.database_url.removeprefix("sqlite:///")), 30, isolation_level=None
            )
            connection.execute(statement)
            connection.close()
            return
        cluster: Cluster = request.getfixturevalue("postgres")
        with cluster.connect(console.database_url.rsplit("/", 1)[1]) as server:
            server.execute(statement.encode())

    return execute


@contextmanager
def table_away(execute: Execute, table: str) -> Iterator[None]:
    """Whatever asks for `table` breaks: a forced 500."""
    execute(f"ALTER TABLE {table} RENAME TO {table}_away")
    try:
        yield
    finally:
        execute(f"ALTER TABLE {table}_away RENAME TO {table}")


def break_it(
    world: World, teammate: Teammate, people: list[Any], query: dict[str, str]
) -> list[int]:
    """Have pages break with secrets in their hands; return how each was answered."""
    graphql = graphql_at(world.dxtra.graphql_url)
    broken = [teammate.get("/accounts/"), teammate.post(graphql, query)]
    for person in people:
        path, secret, form = world.form_of(person)
        broken.append(teammate.post(path, form | {"name": f"{uuid.uuid4()}"}))
        # A mistyped secret may only come back in the page: it is not stored.
        world.answers.append(teammate.post(path, form | {secret: world.mistype(secret)}))
    world.answers += broken
    return [answer.status_code for answer in broken]


def test_500_secrets_are_found_nowhere(
    console: Any, database_url: str, world: World, request: pytest.FixtureRequest
):
    origins = [world.dpaas.url, world.dxtra.url]
    running = console(database_url, workers=2, upstream_origins=origins, LOG_LEVEL="DEBUG")
    # A teammate may have ten credentials checked in five minutes: those of five people.
    teammates = add_teammates(running, TEAMMATES)
    people: list[Any] = [*world.dpaas.people, *world.dxtra.people]
    parts = [people[number::TEAMMATES] for number in range(TEAMMATES)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda each: use_all(world, *each), zip(teammates, parts, strict=True)))
    execute = statements(running, request)
    execute("DELETE FROM shared_cache")  # as if five minutes had passed
    query = QUERY | teammates[0].opened_with(graphql_at(world.dxtra.graphql_url))
    for table in ("calls_call", "profiles_credentialprofile"):
        with table_away(execute, table):
            statuses = break_it(world, teammates[0], people[:BROKEN], query)
            assert statuses == [500] * (BROKEN + 2)
    assert len({*world.typed, *world.tokens}) >= 500
    # Also the telling part alone, however the signs behind it are written.
    secrets = [*world.typed, *(secret.partition(" ")[0] for secret in world.typed), *world.tokens]
    search = SecretSearch()
    for number, secret in enumerate(secrets):
        search.add(secret, f"secret {number}")
    pages = b"".join(
        answer.content + repr((answer.url, answer.headers, answer.history)).encode()
        for answer in world.answers
    )
    assert search.found_in(pages) == []
    assert search.found_in(running.logs.encode()) == []
    assert search.found_in(dump(database_url)) == []
    assert "Traceback" in running.logs


def test_every_one_of_500_would_be_found_in_each_encoding_at_each_place():
    """Negative control."""
    canaries = [canary() for _ in range(500)]
    search = SecretSearch()
    for number, secret in enumerate(canaries):
        search.add(secret, f"secret {number}")
    noise = random.randbytes(4000)
    for number, secret in enumerate(canaries):
        plain = secret.encode()
        hidden = [
            plain,
            secret.encode("utf-16-le"),
            plain.hex().encode(),
            urlsafe_b64encode(b"x" * (number % 3) + plain + b"yy"),
            json.dumps({"percent": plain.hex().upper()}).encode(),
        ]
        for text in hidden:
            before = noise[: 8 + number % 97]
            assert search.found_in(before + text + noise[:9]) == [f"secret {number}"]


def test_what_a_compressed_session_holds_is_found():
    """Negative control: a session in the database is base64 of compressed JSON."""
    secret = canary()
    body = urlsafe_b64encode(zlib.compress(json.dumps({"kept": secret, "x": "y" * 99}).encode()))
    row = b"INSERT ... '." + body.rstrip(b"=") + b":1vNabc:" + b"s" * 43 + b"'"
    telling = secret.partition(" ")[0]
    assert found_in(row, [telling]) == []
    assert found_in(b"".join(sessions_in(row)), [telling]) == ["secret 0"]
