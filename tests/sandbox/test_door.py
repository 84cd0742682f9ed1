"""The door under /__sandbox__/, and the server's own manners."""

import json
from typing import Any

import pytest
import requests

from sandbox.dpaas import DpaasUpstream
from sandbox.dxtra import DxtraUpstream
from sandbox.people import AUDITOR_DPAAS, DPAAS_PEOPLE, DXTRA_PEOPLE, OPS_DPAAS, OPS_DXTRA
from tests.sandbox.clients import (
    SECONDS,
    dpaas_credential,
    dpaas_login,
    dpaas_refresh,
    dxtra_login,
    dxtra_refresh,
    get,
    post,
)


def knock(url: str, name: str, value: Any) -> requests.Response:
    return post(f"{url}/__sandbox__/{name}", value)


def stats_of(url: str) -> dict[str, Any]:
    return dict(get(f"{url}/__sandbox__/stats").json())


def test_the_numbers_tell_what_was_done(dpaas: DpaasUpstream) -> None:
    tokens = dpaas_login(dpaas)
    tokens = dpaas_refresh(dpaas, tokens["refresh_token"]).json()
    post(f"{dpaas.url}/accounts", {"name": "Staging"}, tokens["access_token"])
    get(f"{dpaas.url}/accounts", "nonsense")
    numbers = stats_of(dpaas.url)
    counted = {name: number for name, number in numbers.items() if name != "log" and number}
    assert counted == {
        "sign_in_calls": 1,
        "sign_ins": 1,
        "refresh_calls": 1,
        "refreshes": 1,
        "api_calls": 2,
        "refused_api_calls": 1,
        "create_calls": 1,
        "creates": 1,
        "sessions": 1,
        "connections": 5,
        "most_concurrent_sign_ins": 1,
        "most_concurrent_refreshes": 1,
        "most_concurrent_api_calls": 1,
    }


def test_the_log_names_calls_without_a_secret(dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> None:
    tokens, session = dpaas_login(dpaas), dxtra_login(dxtra)
    get(f"{dpaas.url}/accounts?page=2&secret={tokens['access_token']}", tokens["access_token"])
    logged = [(line["method"], line["path"], line["status"]) for line in stats_of(dpaas.url)["log"]]
    assert logged == [("POST", "/authentication/login", 200), ("GET", "/accounts", 200)]
    assert stats_of(dpaas.url)["log"][1]["query"] == {"page": "2", "secret": "…"}
    text = json.dumps([stats_of(dpaas.url), stats_of(dxtra.url)])
    secrets = [tokens["access_token"], tokens["refresh_token"], OPS_DPAAS.password]
    secrets += [session["accessToken"], session["refreshToken"], OPS_DXTRA.personal_access_token]
    assert [secret for secret in secrets if secret in text] == []


def test_people_do_not_show_their_secrets() -> None:
    text = repr(DPAAS_PEOPLE + DXTRA_PEOPLE)
    secrets = [person.password for person in DPAAS_PEOPLE]
    secrets += [person.personal_access_token for person in DXTRA_PEOPLE]
    assert [secret for secret in secrets if secret in text] == []


def test_a_fault_is_asked_for_listed_and_cleared_over_the_wire(dpaas: DpaasUpstream) -> None:
    asked = knock(dpaas.url, "faults", {"route": "/accounts", "status": 500, "times": None})
    assert asked.status_code == 200
    assert [fault["status"] for fault in get(f"{dpaas.url}/__sandbox__/faults").json()] == [500]
    assert get(f"{dpaas.url}/accounts").status_code == 500
    requests.delete(f"{dpaas.url}/__sandbox__/faults", timeout=SECONDS)
    assert get(f"{dpaas.url}/accounts").status_code == 401


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("faults", {"statsu": 500}),
        ("expire", {"what": "everything"}),
        ("expire", []),
        ("lifetime", {"access": 1}),
        ("options", {"nonsense": True}),
        ("credential", {"email": "nobody@example.com", "accepted": False}),
        ("credential", {}),
    ],
)
def test_a_wrong_wish_is_refused_with_a_sentence(
    dxtra: DxtraUpstream, name: str, value: Any
) -> None:
    answer = knock(dxtra.url, name, value)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_an_unknown_door_is_not_found(dxtra: DxtraUpstream) -> None:
    assert knock(dxtra.url, "nothing", {}).status_code == 404


@pytest.mark.parametrize(
    ("what", "access_status", "refresh_status"),
    [("access", 401, 200), ("refresh", 200, 401), ("session", 401, 401), ("all", 401, 401)],
)
def test_tokens_end_when_asked(
    dpaas: DpaasUpstream, what: str, access_status: int, refresh_status: int
) -> None:
    tokens, other = dpaas_login(dpaas), dpaas_login(dpaas, AUDITOR_DPAAS)
    knock(dpaas.url, "expire", {"what": what, "email": OPS_DPAAS.email})
    assert get(f"{dpaas.url}/accounts", tokens["access_token"]).status_code == access_status
    assert dpaas_refresh(dpaas, tokens["refresh_token"]).status_code == refresh_status
    assert get(f"{dpaas.url}/accounts", other["access_token"]).status_code == 200
    assert dpaas.stats.counts.replays == 0


def test_a_lifetime_is_told_to_the_client_and_kept(dpaas: DpaasUpstream) -> None:
    assert knock(dpaas.url, "lifetime", {"access_seconds": 15}).json()["access_seconds"] == 15
    assert dpaas_login(dpaas)["expires_in"] == 15
    knock(dpaas.url, "lifetime", {"access_seconds": 0})
    assert get(f"{dpaas.url}/accounts", dpaas_login(dpaas)["access_token"]).status_code == 401


def test_a_credential_is_refused_and_accepted_again(
    dpaas: DpaasUpstream, dxtra: DxtraUpstream
) -> None:
    session = dxtra_login(dxtra)
    knock(dxtra.url, "credential", {"email": OPS_DXTRA.email, "accepted": False})
    pat = {"personalAccessToken": OPS_DXTRA.personal_access_token}
    assert post(f"{dxtra.auth_url}/signin/pat", pat).json()["error"] == "invalid-pat"
    assert dxtra_refresh(dxtra, session["refreshToken"]).status_code == 200
    knock(dpaas.url, "credential", {"email": OPS_DPAAS.email, "accepted": False})
    login = f"{dpaas.url}/authentication/login"
    assert post(login, dpaas_credential(OPS_DPAAS)).status_code == 401
    knock(dpaas.url, "credential", {"email": OPS_DPAAS.email, "accepted": True})
    assert post(login, dpaas_credential(OPS_DPAAS)).status_code == 200


def test_a_reset_brings_back_the_beginning(dpaas: DpaasUpstream) -> None:
    token = dpaas_login(dpaas)["access_token"]
    post(f"{dpaas.url}/accounts", {"name": "Staging"}, token)
    knock(dpaas.url, "lifetime", {"access_seconds": 1, "refresh_seconds": 1})
    knock(dpaas.url, "reset", {})
    assert stats_of(dpaas.url)["log"] == []
    assert get(f"{dpaas.url}/accounts", token).status_code == 401
    tokens = dpaas_login(dpaas)
    assert tokens["expires_in"] == 900
    assert get(f"{dpaas.url}/accounts", tokens["access_token"]).json()["total"] == 240


def test_a_connection_is_kept_for_many_calls(dpaas: DpaasUpstream) -> None:
    with requests.Session() as session:
        answers = [session.get(f"{dpaas.url}/accounts", timeout=SECONDS) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert dpaas.stats.counts.connections == 1


def test_a_stopped_server_cuts_its_connections_and_starts_again_where_it_was() -> None:
    upstream = DpaasUpstream().start()
    url = upstream.url
    try:
        with requests.Session() as session:
            session.get(f"{url}/accounts", timeout=SECONDS)
            upstream.stop()
            with pytest.raises(requests.ConnectionError):
                session.get(f"{url}/accounts", timeout=SECONDS)
        assert upstream.start().url == url
        assert get(f"{url}/accounts").status_code == 401
    finally:
        upstream.stop()


@pytest.mark.parametrize("upstream", ["dpaas", "dxtra"])
def test_it_tells_a_torn_pair_from_one_that_an_answer_brought(
    upstream: str, request: pytest.FixtureRequest
) -> None:
    one = request.getfixturevalue(upstream)
    (access, refresh), (_, other) = [_pair(one) for _ in range(2)]

    def of_one_answer(access: str, refresh: str) -> bool:
        answer = knock(one.url, "pair", {"access": access, "refresh": refresh})
        return bool(answer.json()["of_one_answer"])

    assert of_one_answer(access, refresh)
    assert not of_one_answer(access, other)
    assert not of_one_answer("unknown", "unknown")


def _pair(upstream: DpaasUpstream | DxtraUpstream) -> tuple[str, str]:
    if isinstance(upstream, DpaasUpstream):
        tokens = dpaas_login(upstream)
        return tokens["access_token"], tokens["refresh_token"]
    session = dxtra_login(upstream)
    return session["accessToken"], session["refreshToken"]
