"""Tokens out of any sign-in's answer, and claims for display."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.upstream.tokens import HASURA_CLAIMS, Identity, decode_claims, token_set_from
from console.vault.secret import Secret
from tests.upstream.test_responses import json_values

RECORDED = Path(__file__).parent.parent / "sandbox" / "nhost-auth.json"


def jwt(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.c2ln"


def recorded(name: str) -> Any:
    entries = json.loads(RECORDED.read_text())
    return next(entry for entry in entries if entry["name"] == name)["response"]["body"]


@pytest.mark.parametrize("name", ["signin-pat", "token"])
def test_a_recorded_session_is_read_wrapped_or_bare(name: str) -> None:
    body = recorded(name)
    tokens = token_set_from(body)
    session = body.get("session", body)
    assert tokens is not None
    assert tokens.refresh_token is not None
    assert tokens.access_token.reveal() == session["accessToken"]
    assert tokens.refresh_token.reveal() == session["refreshToken"]
    assert tokens.expires_in == 3600
    assert tokens.identity == Identity("ops@example.com", ("me", "user"), "user")


@pytest.mark.parametrize(
    "name", ["token-spent", "signin-pat-malformed", "signin-pat-throttled", "signout"]
)
def test_a_recorded_refusal_holds_no_tokens(name: str) -> None:
    assert token_set_from(recorded(name)) is None


def test_dpaas_tokens_are_read_flat() -> None:
    body = {"access_token": "a", "refresh_token": "r", "token_type": "Bearer", "expires_in": 900}
    tokens = token_set_from(body, fallback_name="ops@example.com")
    assert tokens is not None
    assert tokens.refresh_token is not None
    assert (tokens.access_token.reveal(), tokens.refresh_token.reveal()) == ("a", "r")
    assert (tokens.expires_in, tokens.identity) == (900, Identity("ops@example.com"))
    assert "'a'" not in repr(tokens)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        (900, 900),
        (899.5, 899.5),
        ("900", 900),
        (0, 300),
        (-1, 300),
        (None, 300),
        ("soon", 300),
        (True, 300),
        (float("nan"), 300),
        (float("inf"), 30 * 86400),
        (10**400, 300),
    ],
)
def test_a_lifetime_that_cannot_be_used_is_a_short_one(told: object, seconds: float) -> None:
    tokens = token_set_from({"access_token": "a", "expires_in": told})
    assert tokens is not None
    assert (tokens.expires_in, tokens.refresh_token) == (seconds, None)


def test_a_lifetime_that_is_not_told_is_the_tokens_own_by_the_upstreams_clock() -> None:
    tokens = token_set_from({"access_token": jwt({"iat": 1000, "exp": 1900})})
    assert tokens is not None
    assert tokens.expires_in == 900


@pytest.mark.parametrize("body", [None, [], "OK", {}, {"session": None}, {"accessToken": ""}])
def test_without_an_access_token_there_are_no_tokens(body: object) -> None:
    assert token_set_from(body) is None


def test_claims_are_decoded_for_display() -> None:
    claims = {"sub": "7", HASURA_CLAIMS: {"x-hasura-allowed-roles": ["me", "user"]}}
    assert decode_claims(Secret(jwt(claims))) == claims


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "a.!!!.c", "a.ä.c", "a." + "x" * 99999 + ".c"]
)
def test_a_token_that_is_no_jwt_has_no_claims(text: str) -> None:
    assert decode_claims(Secret(text)) == {}


@given(st.text() | st.text().map(lambda text: f"a.{text}.b") | json_values.map(jwt))
def test_no_token_brings_the_decoder_down(text: str) -> None:
    assert isinstance(decode_claims(Secret(text)), dict)


@given(
    json_values
    | st.fixed_dictionaries(
        {"access_token": json_values.map(jwt)},
        optional={"user": json_values, "expires_in": json_values, "refresh_token": json_values},
    )
)
def test_no_answer_brings_the_reader_of_tokens_down(body: object) -> None:
    tokens = token_set_from(body)
    assert tokens is None or 0 < tokens.expires_in <= 30 * 86400


@given(
    st.dictionaries(
        st.sampled_from(["x-hasura-allowed-roles", "x-hasura-default-role"]), json_values
    )
)
def test_roles_are_texts_whatever_the_claims_say(hasura: dict[str, object]) -> None:
    tokens = token_set_from({"accessToken": jwt({HASURA_CLAIMS: hasura})})
    assert tokens is not None
    roles = tokens.identity.roles if tokens.identity else ()
    assert all(isinstance(role, str) and role for role in roles)


@pytest.mark.parametrize("token", [" ", "a\r\nX: y", "tök", "a\x00b", "a b", "\ud800"])
def test_a_token_that_no_header_can_hold_is_none(token: str) -> None:
    assert token_set_from({"access_token": token, "expires_in": 900}) is None
