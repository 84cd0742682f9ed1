"""Whatever an upstream answers, each client gives a value of its type or an error of ours."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.upstream.dpaas import Dpaas
from console.upstream.dpaas_records import Account, Member, account_from, member_from
from console.upstream.dxtra import Dxtra, GraphQLResult, read_result
from console.upstream.errors import UpstreamError
from console.upstream.grants import (
    PasswordGrant,
    PersonalAccessTokenGrant,
    RefreshGrant,
    sign_out,
)
from console.upstream.network.egress import Egress, Response
from console.upstream.pages import Page
from console.upstream.responses import retry_after
from console.upstream.session import AuthorizedSession
from console.upstream.systems import System
from console.upstream.timeline import Timeline
from console.upstream.tokens import TokenSet
from console.vault.secret import Secret
from tests.upstream.clients import CONTEXT, Tokens, egress_to
from tests.upstream.servers import Conversation, listening
from tests.upstream.test_responses import json_values

NAMES = """
    data errors message extensions code path results total page id name is_default created_at email
    session accessToken access_token refreshToken expires_in accessTokenExpiresIn user roles detail
    details error status
""".split()  # noqa: SIM905
MOMENTS = ["2026-01-01", "0001-01-01T00:00:00-14:00", "9999-12-31T23:59:59+14:00", "a.e30.b"]
likely = st.recursive(
    json_values | st.sampled_from([*NAMES, *MOMENTS, "\ud800", "\x00", 10**400, 1e308, -1]),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inside, max_size=5)
    ),
    max_leaves=12,
)
bodies = likely.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=60)
heads = st.lists(
    st.sampled_from(
        [
            *(b"Content-Type: text/html", b"Content-Type: \xff", b"Content-Type: application/json"),
            *(b"Retry-After: 1e999", b"Retry-After: nan", b"Retry-After: -1", b"Retry-After: \xb2"),
            *(
                b"Retry-After: Mon, 01 Jan 0001 00:00:00 +2359",
                b"Date: x",
                b"Content-Encoding: gzip",
            ),
        ]
    ),
    max_size=3,
)


def client(egress: Egress, url: str) -> AuthorizedSession:
    return AuthorizedSession(egress, Tokens(), Timeline(), 20)


def token_of(grant: PasswordGrant | PersonalAccessTokenGrant | RefreshGrant, egress: Egress):  # type: ignore[no-untyped-def]
    return grant.fetch_token(egress, timeline=Timeline())


CLIENTS: dict[str, tuple[Callable[[Egress, str], object], type]] = {
    "accounts": (
        lambda egress, url: Dpaas(client(egress, url), url).page("/accounts", account_from),
        Page,
    ),
    "users": (
        lambda egress, url: Dpaas(client(egress, url), url).page("/users", member_from),
        Page,
    ),
    "create": (
        lambda egress, url: Dpaas(client(egress, url), url).create_account("x", True),
        Account,
    ),
    "query": (
        lambda egress, url: Dxtra(client(egress, url), url).execute("{a}", is_mutation=False),
        GraphQLResult,
    ),
    "mutation": (
        lambda egress, url: Dxtra(client(egress, url), url, "me").execute("{a}", is_mutation=True),
        GraphQLResult,
    ),
    "password": (
        lambda egress, url: token_of(PasswordGrant(url, "a@b.c", Secret("s3cret"), "x"), egress),
        TokenSet,
    ),
    "personal access token": (
        lambda egress, url: token_of(PersonalAccessTokenGrant(url, Secret("s3cret")), egress),
        TokenSet,
    ),
    "refresh": (
        lambda egress, url: token_of(RefreshGrant(System.DPAAS, url, Secret("s3cret")), egress),
        TokenSet,
    ),
    "sign out": (
        lambda egress, url: sign_out(
            egress, auth_url=url, refresh_token=Secret("s3cret"), timeline=Timeline()
        ),
        type(None),
    ),
}


class Upstream:
    """What it answers next."""

    upstream_message = b""
    url = ""

    def __call__(self, conversation: Conversation) -> None:
        while conversation.request():
            conversation.send(self.said)


@pytest.fixture(scope="module")
def upstream() -> Iterator[tuple[Upstream, Egress]]:
    script = Upstream()
    with listening(script) as server:
        script.url = server.url
        yield script, egress_to(server)


@contextmanager
def raised_nothing_but_ours() -> Iterator[None]:
    try:
        yield
    except UpstreamError as error:
        sentence = error.sentence.encode().decode()
    else:
        sentence = ""
    assert "s3cret" not in sentence


@settings(deadline=None, max_examples=40)
@pytest.mark.parametrize("name", CLIENTS)
@given(status=st.sampled_from([200, 200, 200, 201, 400, 401, 422, 500]), head=heads, body=bodies)
def test_no_answer_brings_a_client_down(
    upstream: tuple[Upstream, Egress], name: str, status: int, head: list[bytes], body: bytes
) -> None:
    script, egress = upstream
    lines = [b"HTTP/1.1 %d X" % status, b"Content-Length: %d" % len(body), *head, b"", body]
    script.said = b"\r\n".join(lines)
    call, gives = CLIENTS[name]
    with raised_nothing_but_ours():
        assert isinstance(call(egress, script.url), gives)


MEMBER = ["email", "is_active", "mfa_enabled", "created_at", "last_login_at"]


@given(st.dictionaries(st.sampled_from(MEMBER), likely, max_size=4).map(lambda r: {"id": 1, **r}))
def test_no_record_brings_the_reader_of_members_down(record: dict[str, object]) -> None:
    assert isinstance(member_from(record), Member)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_wait_is_a_number_of_seconds_whatever_the_header_says(header: str, now: str) -> None:
    seconds = retry_after(Response(429, {"retry-after": header, "date": now}, b""))
    assert seconds is None or 0 <= seconds <= 86400


PADDING = " " * (256 * 1024)  # a body that is large, and so is not made into objects whole
whole = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inside, max_size=4)
    ),
    max_leaves=10,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(["data", "errors", "extensions", 'er"rors']), whole))
def test_the_errors_of_a_large_answer_are_those_of_a_small_one(answer: dict[str, object]) -> None:
    small, large = json.dumps(answer), json.dumps({"padding": PADDING, **answer})
    results: list[object] = []
    for body in (small, large):
        try:
            result = read_result(Response(200, {}, body.encode()), CONTEXT)
        except UpstreamError as error:
            results.append(type(error))
        else:
            results.append((result.errors, result.has_data))
    assert results[0] == results[1]
