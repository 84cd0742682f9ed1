"""Faults on request: each has the effect on the wire that its name says."""

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.dpaas import DpaasUpstream
from tests.sandbox.clients import bearer, dpaas_login, dpaas_refresh, get, post


@pytest.fixture
def token(dpaas: DpaasUpstream) -> str:
    return str(dpaas_login(dpaas)["access_token"])


def raw_get(dpaas: DpaasUpstream, token: str) -> bytes:
    """Every byte of one response; raises ConnectionResetError."""
    where = urlsplit(dpaas.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as connection:
        lines = ["GET /accounts HTTP/1.1", "Host: sandbox", f"Authorization: Bearer {token}"]
        connection.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_fault_applies_as_often_as_asked_and_only_on_its_route(
    dpaas: DpaasUpstream, token: str
) -> None:
    body = {"error": "TooManyRequests", "message": "Slow down"}
    dpaas.faults.add(
        route="GET /accounts", times=2, status=429, body=body, headers={"Retry-After": "7"}
    )
    assert get(f"{dpaas.url}/users", token).status_code == 200
    answers = [get(f"{dpaas.url}/accounts", token) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert (answers[0].json(), answers[0].headers["Retry-After"]) == (body, "7")
    assert dpaas.stats.counts.faults_applied == 2


def test_without_a_number_of_times_a_fault_lasts_until_it_is_cleared(
    dpaas: DpaasUpstream, token: str
) -> None:
    dpaas.faults.add(route="*", times=None, status=503)
    answers = [get(f"{dpaas.url}/accounts", token) for _ in range(3)]
    assert [(answer.status_code, answer.content) for answer in answers] == [(503, b"")] * 3
    dpaas.faults.clear()
    assert get(f"{dpaas.url}/accounts", token).status_code == 200


def test_a_fault_can_start_after_some_calls(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(after=2, status=500)
    answers = [get(f"{dpaas.url}/accounts", token).status_code for _ in range(4)]
    assert answers == [200, 200, 500, 200]


def test_probabilities_give_the_same_sequence_for_the_same_seed() -> None:
    def sample() -> list[bool]:
        faults = DpaasUpstream(seed=3).faults
        faults.add(probability=0.5, times=None)
        return [faults.take("GET", "/") is not None for _ in range(200)]

    assert sample() == sample()
    assert 60 < sum(sample()) < 140


def test_a_faulty_response_replaces_the_work(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(route="POST /accounts", status=502)
    assert post(f"{dpaas.url}/accounts", {"name": "Staging"}, token).status_code == 502
    assert dpaas.stats.counts.creates == 0


def test_a_faulty_response_can_hide_completed_work(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(route="POST /accounts", status=502, work=True)
    assert post(f"{dpaas.url}/accounts", {"name": "Staging"}, token).status_code == 502
    assert dpaas.stats.counts.creates == 1


def test_a_gateway_answers_html(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(html=True)
    answer = get(f"{dpaas.url}/accounts", token)
    assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
    assert answer.text.startswith("<html>")


def test_the_work_is_done_when_the_response_is_lost(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(route="POST /accounts", lose_answer=True)
    with pytest.raises(requests.ConnectionError, match="without response"):
        post(f"{dpaas.url}/accounts", {"name": "Staging"}, token)
    assert dpaas.stats.counts.creates == 1
    assert dpaas.stats.log[-1]["status"] is None


def test_a_lost_refresh_spends_the_token(dpaas: DpaasUpstream) -> None:
    refresh_token = dpaas_login(dpaas)["refresh_token"]
    dpaas.faults.add(route="*/refresh", lose_answer=True)
    with pytest.raises(requests.ConnectionError):
        dpaas_refresh(dpaas, refresh_token)
    assert dpaas_refresh(dpaas, refresh_token).status_code == 401
    assert (dpaas.stats.counts.refreshes, dpaas.stats.counts.replays) == (1, 1)


def test_a_refresh_token_sent_again_after_a_faulty_response_is_counted(
    dpaas: DpaasUpstream,
) -> None:
    refresh_token = dpaas_login(dpaas)["refresh_token"]
    dpaas.faults.add(route="*/refresh", status=503)
    assert dpaas_refresh(dpaas, refresh_token).status_code == 503
    assert dpaas_refresh(dpaas, refresh_token).status_code == 200
    counts = dpaas.stats.counts
    assert (counts.resent_refresh_tokens, counts.replays) == (1, 0)


def test_a_connection_is_reset(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(reset=True)
    with pytest.raises(ConnectionResetError):
        raw_get(dpaas, token)


def test_a_body_is_cut(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(cut_after=10)
    head, _, body = raw_get(dpaas, token).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == b'{"total":2'


def test_a_response_is_cut_inside_its_head(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(cut_head_after=20)
    assert raw_get(dpaas, token) == b"HTTP/1.1 200 OK\r\nCon"


def test_a_hung_call_gets_no_response(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(hang=0.1)
    with pytest.raises(requests.ConnectionError):
        get(f"{dpaas.url}/accounts", token)


def test_latency_delays_the_real_response(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.faults.add(latency=0.1)
    started = time.monotonic()
    assert get(f"{dpaas.url}/accounts", token).json()["total"] == 240
    assert time.monotonic() - started >= 0.1


def test_a_reset_of_the_sandbox_ends_a_hung_call_and_forgets_it(
    dpaas: DpaasUpstream, token: str
) -> None:
    dpaas.faults.add(hang=60.0)
    failures: list[Exception] = []

    def hung() -> None:
        try:
            requests.get(f"{dpaas.url}/accounts", headers=bearer(token), timeout=30)
        except requests.ConnectionError as error:
            failures.append(error)

    caller = threading.Thread(target=hung)
    caller.start()
    while dpaas.stats.counts.faults_applied == 0:
        time.sleep(0.01)
    dpaas.reset()
    caller.join(60)
    assert len(failures) == 1
    assert (dpaas.stats.counts.api_calls, list(dpaas.stats.log)) == (0, [])


def test_an_unknown_key_of_a_fault_is_refused(dpaas: DpaasUpstream) -> None:
    with pytest.raises(ValueError, match="unknown in a fault: statsu"):
        dpaas.faults.add(statsu=500)
