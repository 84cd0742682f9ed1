"""Dxtra's sign-in: rotation, replay, sign-out, lifetimes."""

import base64
import json
from typing import Any

import pytest
import requests

from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DXTRA, READER_DXTRA
from tests.sandbox.clients import SECONDS, ask, dxtra_login, dxtra_refresh, post

CLAIMS = "https://hasura.io/jwt/claims"
QUERY = "{ dataControllers { id } }"


def claims_of(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def test_a_refresh_gives_a_new_token_and_keeps_the_id_of_the_session(dxtra: DxtraUpstream) -> None:
    first = dxtra_login(dxtra)
    second = dxtra_refresh(dxtra, first["refreshToken"]).json()
    assert second["refreshTokenId"] == first["refreshTokenId"]
    assert second["refreshToken"] != first["refreshToken"]
    assert second["accessToken"] != first["accessToken"]
    assert second["accessTokenExpiresIn"] == 3600


def test_a_replayed_refresh_token_is_refused_and_changes_nothing_else(dxtra: DxtraUpstream) -> None:
    first = dxtra_login(dxtra)
    second = dxtra_refresh(dxtra, first["refreshToken"]).json()
    assert dxtra_refresh(dxtra, first["refreshToken"]).status_code == 401
    assert dxtra_refresh(dxtra, second["refreshToken"]).status_code == 200
    assert "data" in ask(dxtra, QUERY, token=second["accessToken"]).json()
    counts = dxtra.stats.counts
    assert (counts.replays, counts.resent_refresh_tokens, counts.refreshes) == (1, 1, 2)


def test_the_claims_are_those_that_hasura_reads(dxtra: DxtraUpstream) -> None:
    claims = claims_of(dxtra_login(dxtra)["accessToken"])
    assert claims[CLAIMS] == {
        "x-hasura-allowed-roles": ["data_protection_officer", "me", "user"],
        "x-hasura-default-role": "user",
        "x-hasura-user-id": OPS_DXTRA.user_id,
        "x-hasura-user-is-anonymous": "false",
    }
    assert claims["exp"] - claims["iat"] == 3600
    assert (claims["iss"], claims["sub"]) == ("hasura-auth", OPS_DXTRA.user_id)


def test_each_sign_in_leaves_a_session_of_its_own(dxtra: DxtraUpstream) -> None:
    assert dxtra_login(dxtra)["refreshTokenId"] != dxtra_login(dxtra)["refreshTokenId"]
    assert dxtra.snapshot()["sessions"] == 2


def test_signing_out_ends_one_session_and_leaves_its_access_token_alive(
    dxtra: DxtraUpstream,
) -> None:
    one, other = dxtra_login(dxtra), dxtra_login(dxtra)
    post(f"{dxtra.auth_url}/signout", {"refreshToken": one["refreshToken"]})
    assert dxtra_refresh(dxtra, one["refreshToken"]).status_code == 401
    assert "data" in ask(dxtra, QUERY, token=one["accessToken"]).json()
    assert dxtra_refresh(dxtra, other["refreshToken"]).status_code == 200


def test_signing_out_of_all_is_counted_and_deletes_the_personal_access_token(
    dxtra: DxtraUpstream,
) -> None:
    token = dxtra_login(dxtra)["accessToken"]
    post(f"{dxtra.auth_url}/signout", {"all": True}, token)
    pat = {"personalAccessToken": OPS_DXTRA.personal_access_token}
    assert post(f"{dxtra.auth_url}/signin/pat", pat).status_code == 401
    assert dxtra.stats.counts.sign_outs_of_all == 1
    assert dxtra_login(dxtra, READER_DXTRA)["user"]["email"] == READER_DXTRA.email


def test_a_personal_access_token_sent_to_sign_out_is_counted_and_deleted(
    dxtra: DxtraUpstream,
) -> None:
    post(f"{dxtra.auth_url}/signout", {"refreshToken": OPS_DXTRA.personal_access_token})
    pat = {"personalAccessToken": OPS_DXTRA.personal_access_token}
    assert post(f"{dxtra.auth_url}/signin/pat", pat).json()["error"] == "invalid-pat"
    assert dxtra.stats.counts.misplaced_personal_tokens == 1


def test_the_window_of_a_refresh_token_slides(dxtra: DxtraUpstream) -> None:
    first = dxtra_login(dxtra)
    dxtra.set_lifetime(refresh_seconds=0.0)
    second = dxtra_refresh(dxtra, first["refreshToken"])
    assert second.status_code == 200
    assert dxtra_refresh(dxtra, second.json()["refreshToken"]).status_code == 401


def test_each_sign_in_has_an_access_token_of_its_own(dxtra: DxtraUpstream) -> None:
    assert len({dxtra_login(dxtra)["accessToken"] for _ in range(5)}) == 5


def test_an_access_token_outlives_a_restart_of_the_server() -> None:
    with DxtraUpstream() as before:
        token = dxtra_login(before)["accessToken"]
    with DxtraUpstream() as after:
        assert "data" in ask(after, QUERY, token=token).json()


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff"])
def test_a_body_that_is_no_object_is_refused_by_the_schema(
    dxtra: DxtraUpstream, body: bytes
) -> None:
    answer = requests.post(f"{dxtra.auth_url}/token", data=body, timeout=SECONDS)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
