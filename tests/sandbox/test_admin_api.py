"""The admin API under /__admin__/, and the server's connections."""

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


def call_admin(url: str, name: str, value: Any) -> requests.Response:
    return post(f"{url}/__admin__/{name}", value)


def stats_of(url: str) -> dict[str, Any]:
    return dict(get(f"{url}/__admin__/stats").json())


def test_the_counters_tell_what_was_done(dpaas: DpaasUpstream) -> None:
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
        "max_concurrent_refreshes": 1,
    }


def test_the_log_holds_calls_without_secrets(dpaas: DpaasUpstream, dxtra: DxtraUpstream) -> None:
    tokens, session = dpaas_login(dpaas), dxtra_login(dxtra)
    get(f"{dpaas.url}/accounts?page=2&secret={tokens['access_token']}", tokens["access_token"])
    logged = [(line["method"], line["path"], line["status"]) for line in stats_of(dpaas.url)["log"]]
    assert logged == [("POST", "/authentication/login", 200), ("GET", "/accounts", 200)]
    assert stats_of(dpaas.url)["log"][1]["query"] == {"page": "2", "secret": "…"}
    text = json.dumps([stats_of(dpaas.url), stats_of(dxtra.url)])
    secrets = [tokens["access_token"], tokens["refresh_token"], OPS_DPAAS.password]
    secrets += [session["accessToken"], session["refreshToken"], OPS_DXTRA.personal_access_token]
    assert [secret for secret in secrets if secret in text] == []


def test_the_repr_of_a_person_holds_no_secret() -> None:
    text = repr(DPAAS_PEOPLE + DXTRA_PEOPLE)
    secrets = [person.password for person in DPAAS_PEOPLE]
    secrets += [person.personal_access_token for person in DXTRA_PEOPLE]
    assert [secret for secret in secrets if secret in text] == []


def test_a_fault_is_added_listed_and_removed_over_http(dpaas: DpaasUpstream) -> None:
    added = call_admin(dpaas.url, "faults", {"route": "/accounts", "status": 500, "times": None})
    assert added.status_code == 200
    assert [fault["status"] for fault in get(f"{dpaas.url}/__admin__/faults").json()] == [500]
    assert get(f"{dpaas.url}/accounts").status_code == 500
    requests.delete(f"{dpaas.url}/__admin__/faults", timeout=SECONDS)
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
def test_an_invalid_admin_call_is_refused_with_a_reason(
    dxtra: DxtraUpstream, name: str, value: Any
) -> None:
    answer = call_admin(dxtra.url, name, value)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_an_unknown_admin_call_is_not_found(dxtra: DxtraUpstream) -> None:
    assert call_admin(dxtra.url, "nothing", {}).status_code == 404


@pytest.mark.parametrize(
    ("what", "access_status", "refresh_status"),
    [("access", 401, 200), ("refresh", 200, 401), ("session", 401, 401), ("all", 401, 401)],
)
def test_tokens_expire_on_request(
    dpaas: DpaasUpstream, what: str, access_status: int, refresh_status: int
) -> None:
    tokens, other = dpaas_login(dpaas), dpaas_login(dpaas, AUDITOR_DPAAS)
    call_admin(dpaas.url, "expire", {"what": what, "email": OPS_DPAAS.email})
    assert get(f"{dpaas.url}/accounts", tokens["access_token"]).status_code == access_status
    assert dpaas_refresh(dpaas, tokens["refresh_token"]).status_code == refresh_status
    assert get(f"{dpaas.url}/accounts", other["access_token"]).status_code == 200
    assert dpaas.stats.counts.replays == 0


def test_a_lifetime_is_sent_to_the_client_and_enforced(dpaas: DpaasUpstream) -> None:
    assert call_admin(dpaas.url, "lifetime", {"access_seconds": 15}).json()["access_seconds"] == 15
    assert dpaas_login(dpaas)["expires_in"] == 15
    call_admin(dpaas.url, "lifetime", {"access_seconds": 0})
    assert get(f"{dpaas.url}/accounts", dpaas_login(dpaas)["access_token"]).status_code == 401


def test_a_credential_is_refused_and_accepted_again(
    dpaas: DpaasUpstream, dxtra: DxtraUpstream
) -> None:
    session = dxtra_login(dxtra)
    call_admin(dxtra.url, "credential", {"email": OPS_DXTRA.email, "accepted": False})
    pat = {"personalAccessToken": OPS_DXTRA.personal_access_token}
    assert post(f"{dxtra.auth_url}/signin/pat", pat).json()["error"] == "invalid-pat"
    assert dxtra_refresh(dxtra, session["refreshToken"]).status_code == 200
    call_admin(dpaas.url, "credential", {"email": OPS_DPAAS.email, "accepted": False})
    login = f"{dpaas.url}/authentication/login"
    assert post(login, dpaas_credential(OPS_DPAAS)).status_code == 401
    call_admin(dpaas.url, "credential", {"email": OPS_DPAAS.email, "accepted": True})
    assert post(login, dpaas_credential(OPS_DPAAS)).status_code == 200


def test_a_reset_restores_the_initial_state(dpaas: DpaasUpstream) -> None:
    token = dpaas_login(dpaas)["access_token"]
    post(f"{dpaas.url}/accounts", {"name": "Staging"}, token)
    call_admin(dpaas.url, "lifetime", {"access_seconds": 1, "refresh_seconds": 1})
    call_admin(dpaas.url, "reset", {})
    assert stats_of(dpaas.url)["log"] == []
    assert get(f"{dpaas.url}/accounts", token).status_code == 401
    tokens = dpaas_login(dpaas)
    assert tokens["expires_in"] == 900
    assert get(f"{dpaas.url}/accounts", tokens["access_token"]).json()["total"] == 240


def test_a_connection_is_reused_for_many_calls(dpaas: DpaasUpstream) -> None:
    with requests.Session() as session:
        answers = [session.get(f"{dpaas.url}/accounts", timeout=SECONDS) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401] * 5
    assert dpaas.stats.counts.connections == 1


def test_a_stopped_server_cuts_its_connections_and_restarts_on_the_same_port() -> None:
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
def test_tokens_of_one_response_are_told_from_tokens_of_two(
    upstream: str, request: pytest.FixtureRequest
) -> None:
    one = request.getfixturevalue(upstream)
    (access, refresh), (_, other) = [_pair(one) for _ in range(2)]

    def issued_together(access: str, refresh: str) -> bool:
        answer = call_admin(one.url, "pair", {"access": access, "refresh": refresh})
        return bool(answer.json()["issued_together"])

    assert issued_together(access, refresh)
    assert not issued_together(access, other)
    assert not issued_together("unknown", "unknown")


def _pair(upstream: DpaasUpstream | DxtraUpstream) -> tuple[str, str]:
    if isinstance(upstream, DpaasUpstream):
        tokens = dpaas_login(upstream)
        return tokens["access_token"], tokens["refresh_token"]
    session = dxtra_login(upstream)
    return session["accessToken"], session["refreshToken"]
