"""The sandbox's sign-in, compared with recorded responses of the real Nhost Auth."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DXTRA
from tests.sandbox.clients import SECONDS

NOT_CALLED = ("/v1/user", "/v1/token/verify")  # by the console; the sandbox leaves them out
RECORDED = [
    entry
    for entry in json.loads(Path(__file__).with_name("nhost-auth.json").read_text())
    if entry["request"]["path"] not in NOT_CALLED
]
NAMES = [entry["name"] for entry in RECORDED]
TOKENS = ("accessToken", "refreshToken")


@pytest.mark.parametrize("name", NAMES)
def test_the_sandbox_answers_as_recorded(dxtra: DxtraUpstream, name: str) -> None:
    entry, answer = play_until(dxtra, name)
    assert answer.status_code == entry["response"]["status"]
    assert answer.headers.get("Content-Type") == entry["response"]["content_type"]
    recorded, body = entry["response"]["body"], body_of(answer)
    if answer.ok:
        assert shape(body) == shape(recorded)
    else:
        assert body == recorded


def test_a_user_has_the_recorded_values_except_their_own(
    dxtra: DxtraUpstream,
) -> None:
    own = {"createdAt", "id", "roles"}
    entry, answer = play_until(dxtra, "signin-pat")
    recorded, ours = (
        {key: value for key, value in body["session"]["user"].items() if key not in own}
        for body in (entry["response"]["body"], answer.json())
    )
    assert ours == recorded


def play_until(dxtra: DxtraUpstream, name: str) -> tuple[dict[str, Any], requests.Response]:
    """Send the recorded requests in their order, with our tokens in place of the recorded ones."""
    first = RECORDED[0]["request"]["json"]["personalAccessToken"]
    ours = {first: OPS_DXTRA.personal_access_token}
    for entry in RECORDED[: NAMES.index(name) + 1]:
        dxtra.set_options(conceal_errors=entry["name"].endswith("-concealed"))
        if entry["name"].endswith("-throttled"):
            dxtra.faults.add(status=429)
        answer = send(dxtra, entry, ours)
        ours |= new_tokens(entry["response"]["body"], body_of(answer))
    return entry, answer


def send(dxtra: DxtraUpstream, entry: dict[str, Any], ours: dict[str, str]) -> requests.Response:
    request = entry["request"]
    body = {key: ours.get(value, value) for key, value in (request["json"] or {}).items()}
    return requests.request(
        request["method"],
        dxtra.url + request["path"],
        json=body if request["json"] is not None else None,
        timeout=SECONDS,
    )


def new_tokens(recorded: Any, body: Any) -> dict[str, str]:
    """Recorded token to ours, and the newest access token under its name."""
    if not isinstance(recorded, dict) or not isinstance(body, dict):
        return {}
    recorded, body = recorded.get("session", recorded), body.get("session", body)
    known = {recorded[name]: body[name] for name in TOKENS if name in recorded}
    return known | ({"accessToken": body["accessToken"]} if known else {})


def body_of(answer: requests.Response) -> Any:
    if answer.headers.get("Content-Type", "").startswith("application/json"):
        return answer.json()
    return answer.text


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: shape(part) for key, part in value.items()}
    return type(value)
