"""The sandbox's sign-in, held to what the real Nhost Auth answered."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.dxtra import DxtraUpstream
from sandbox.people import OPS_DXTRA
from tests.sandbox.clients import SECONDS

RECORDED = json.loads(Path(__file__).with_name("nhost-auth.json").read_text())
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


def test_a_user_is_shown_as_recorded_in_every_value_that_is_not_their_own(
    dxtra: DxtraUpstream,
) -> None:
    entry, answer = play_until(dxtra, "user")
    own = {"createdAt", "id", "roles"}
    recorded = {key: value for key, value in entry["response"]["body"].items() if key not in own}
    assert {key: value for key, value in answer.json().items() if key not in own} == recorded


def play_until(dxtra: DxtraUpstream, name: str) -> tuple[dict[str, Any], requests.Response]:
    """Send the recorded requests in their order, with our tokens in place of the recorded ones."""
    first = RECORDED[0]["request"]["json"]["personalAccessToken"]
    ours = {first: OPS_DXTRA.personal_access_token}
    for entry in RECORDED[: NAMES.index(name) + 1]:
        dxtra.set_options(
            conceal_errors=entry["name"].endswith("-concealed"),
            limit_sign_ins=entry["name"].endswith("-throttled"),
        )
        for _ in range(10 if entry["name"].endswith("-throttled") else 0):
            send(dxtra, entry, ours)
        answer = send(dxtra, entry, ours)
        ours |= learnt(entry["response"]["body"], body_of(answer))
    return entry, answer


def send(dxtra: DxtraUpstream, entry: dict[str, Any], ours: dict[str, str]) -> requests.Response:
    request = entry["request"]
    body = {key: ours.get(value, value) for key, value in (request["json"] or {}).items()}
    access = "nonsense" if entry["name"] == "user-bad-token" else ours.get("accessToken", "")
    headers = dict.fromkeys(request["headers"], f"Bearer {access}")
    return requests.request(
        request["method"],
        dxtra.url + request["path"],
        json=body if request["json"] is not None else None,
        headers=headers,
        timeout=SECONDS,
    )


def learnt(recorded: Any, body: Any) -> dict[str, str]:
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
