"""DPaaS: the guide's shapes, permissions and pages, and strict token rotation."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sandbox.dpaas import DpaasUpstream
from sandbox.people import AUDITOR_DPAAS, GLOBEX_DPAAS, OPS_DPAAS, READER_DPAAS
from tests.sandbox.clients import (
    SECONDS,
    bearer,
    dpaas_credential,
    dpaas_login,
    dpaas_refresh,
    get,
    post,
)

UNAUTHORIZED = {"error": "Unauthorized", "message": "Invalid or expired token"}
FORBIDDEN = {"error": "Forbidden", "message": "Insufficient permissions"}
ISO_Z = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture
def token(dpaas: DpaasUpstream) -> str:
    return str(dpaas_login(dpaas)["access_token"])


def invalid(**details: list[str]) -> dict[str, Any]:
    return {"error": "ValidationError", "message": "Invalid input", "details": details}


def test_signing_in_answers_the_four_keys_of_the_guide(dpaas: DpaasUpstream) -> None:
    answer = dpaas_login(dpaas)
    assert list(answer) == ["access_token", "refresh_token", "token_type", "expires_in"]
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 900)


@pytest.mark.parametrize(
    "wrong",
    [{"password": "wrong"}, {"email": "nobody@example.com"}, {"organization_slug": "globex"}],
)
def test_a_wrong_password_email_or_slug_is_refused(
    dpaas: DpaasUpstream, wrong: dict[str, str]
) -> None:
    answer = post(f"{dpaas.url}/authentication/login", dpaas_credential(OPS_DPAAS) | wrong)
    assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")
    assert (dpaas.stats.counts.failed_sign_ins, dpaas.stats.counts.sign_ins) == (1, 0)


def test_a_sign_in_names_every_field_that_is_missing(dpaas: DpaasUpstream) -> None:
    answer = post(f"{dpaas.url}/authentication/login", {"email": "ops@example.com"})
    required = ["This field is required"]
    assert answer.status_code == 422
    assert answer.json() == invalid(password=required, organization_slug=required)


def test_a_refresh_answers_the_same_keys_with_new_tokens(dpaas: DpaasUpstream) -> None:
    first = dpaas_login(dpaas)
    second = dpaas_refresh(dpaas, first["refresh_token"]).json()
    assert list(second) == list(first)
    assert second["refresh_token"] != first["refresh_token"]
    assert get(f"{dpaas.url}/accounts", second["access_token"]).status_code == 200


def test_a_spent_refresh_token_revokes_the_session(dpaas: DpaasUpstream) -> None:
    first = dpaas_login(dpaas)
    second = dpaas_refresh(dpaas, first["refresh_token"]).json()
    other = dpaas_login(dpaas)
    replay = dpaas_refresh(dpaas, first["refresh_token"])
    assert (replay.status_code, replay.json()) == (401, UNAUTHORIZED)
    assert get(f"{dpaas.url}/accounts", second["access_token"]).json() == UNAUTHORIZED
    assert dpaas_refresh(dpaas, second["refresh_token"]).json() == UNAUTHORIZED
    assert get(f"{dpaas.url}/accounts", other["access_token"]).status_code == 200
    assert (dpaas.stats.counts.replays, dpaas.stats.counts.revoked_sessions) == (1, 1)


def test_of_many_refreshes_at_once_one_wins_and_the_session_is_lost(dpaas: DpaasUpstream) -> None:
    first = dpaas_login(dpaas)
    dpaas.faults.add(route="*/refresh", latency=0.2, times=None)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(dpaas_refresh, [dpaas] * 8, [first["refresh_token"]] * 8))
    won = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert get(f"{dpaas.url}/accounts", won[0]["access_token"]).status_code == 401
    counts = dpaas.stats.counts
    assert (counts.refresh_calls, counts.refreshes, counts.replays) == (8, 1, 7)
    assert counts.max_concurrent_refreshes == 8


def test_refreshes_one_after_another_are_never_concurrent(dpaas: DpaasUpstream) -> None:
    refresh_token = dpaas_login(dpaas)["refresh_token"]
    for _ in range(50):
        refresh_token = dpaas_refresh(dpaas, refresh_token).json()["refresh_token"]
    assert dpaas.stats.counts.max_concurrent_refreshes == 1


def test_an_expired_token_and_none_are_refused_alike(dpaas: DpaasUpstream, token: str) -> None:
    dpaas.expire("access")
    for bad in (token, "nonsense", None):
        answer = get(f"{dpaas.url}/accounts", bad)
        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)


def test_the_list_has_the_envelope_and_the_account_the_fields_of_the_guide(
    dpaas: DpaasUpstream, token: str
) -> None:
    body = get(f"{dpaas.url}/accounts", token).json()
    assert (list(body), body["total"], body["page"]) == (["total", "page", "results"], 240, 1)
    times = [account["created_at"] for account in body["results"]]
    assert times == sorted(times, reverse=True)
    assert len(times) == 20
    guide = ["id", "name", "organization_id", "is_default", "is_active", "created_at", "updated_at"]
    assert sorted(body["results"][0]) == sorted([*guide, "metadata"])


def test_pages_hold_every_account_once(dpaas: DpaasUpstream, token: str) -> None:
    url = f"{dpaas.url}/accounts?quantity=100&order_by=name&page="
    pages = [get(f"{url}{page}", token).json()["results"] for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [100, 100, 40, 0]
    names = [account["name"] for page in pages for account in page]
    assert names == sorted(names)
    assert len({account["id"] for page in pages for account in page}) == 240


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("page=0", {"page": ["This must be a whole number of at least 1"]}),
        ("page=x", {"page": ["This must be a whole number of at least 1"]}),
        ("quantity=101", {"quantity": ["This must be at most 100"]}),
        ("order_by=-nothing", {"order_by": ["This is not a field to sort by"]}),
    ],
)
def test_an_invalid_page_is_refused(
    dpaas: DpaasUpstream, token: str, query: str, details: dict[str, list[str]]
) -> None:
    answer = get(f"{dpaas.url}/accounts?{query}", token)
    assert (answer.status_code, answer.json()) == (422, invalid(**details))


@pytest.mark.parametrize("name", ["Zürich & Søn <b>", 'O\'Brien "x"', "名前", "x" * 100])
def test_a_new_account_is_returned_bare_and_listed_first(
    dpaas: DpaasUpstream, token: str, name: str
) -> None:
    answer = post(f"{dpaas.url}/accounts", {"name": name, "is_default": False}, token)
    account = answer.json()
    assert (answer.status_code, account["name"], account["is_default"]) == (201, name, False)
    body = get(f"{dpaas.url}/accounts", token).json()
    assert (body["total"], body["results"][0]) == (241, account)
    assert dpaas.stats.counts.creates == 1


@pytest.mark.parametrize(
    ("sent", "details"),
    [
        ({}, {"name": ["This field is required"]}),
        ({"name": " "}, {"name": ["This field may not be blank"]}),
        ({"name": "x" * 101}, {"name": ["Ensure this field has no more than 100 characters"]}),
        ({"name": "a", "is_default": "yes"}, {"is_default": ["This must be true or false"]}),
        ([], {"body": ["This must be a JSON object"]}),
    ],
)
def test_an_invalid_account_is_refused_field_by_field(
    dpaas: DpaasUpstream, token: str, sent: Any, details: dict[str, list[str]]
) -> None:
    answer = post(f"{dpaas.url}/accounts", sent, token)
    assert (answer.status_code, answer.json()) == (422, invalid(**details))
    assert dpaas.stats.counts.creates == 0


def test_a_name_that_is_taken_is_a_conflict(dpaas: DpaasUpstream, token: str) -> None:
    first = post(f"{dpaas.url}/accounts", {"name": "Staging"}, token)
    second = post(f"{dpaas.url}/accounts", {"name": "Staging"}, token)
    assert (first.status_code, second.status_code) == (201, 409)
    assert second.json() == {
        "error": "Conflict",
        "message": "An account with this name already exists",
    }


def test_who_may_create_and_who_may_not(dpaas: DpaasUpstream) -> None:
    reader = dpaas_login(dpaas, READER_DPAAS)["access_token"]
    auditor = dpaas_login(dpaas, AUDITOR_DPAAS)["access_token"]
    assert post(f"{dpaas.url}/accounts", {"name": "One"}, reader).status_code == 201
    refused = post(f"{dpaas.url}/accounts", {"name": "Two"}, auditor)
    assert (refused.status_code, refused.json()) == (403, FORBIDDEN)
    assert get(f"{dpaas.url}/accounts", auditor).status_code == 200


def test_an_organization_sees_only_its_own_accounts(dpaas: DpaasUpstream, token: str) -> None:
    globex = dpaas_login(dpaas, GLOBEX_DPAAS)["access_token"]
    foreign = get(f"{dpaas.url}/accounts", globex).json()
    assert foreign["total"] == 12
    identifier = foreign["results"][0]["id"]
    answer = get(f"{dpaas.url}/accounts/{identifier}", token)
    assert (answer.status_code, answer.json()["error"]) == (404, "NotFound")
    assert get(f"{dpaas.url}/accounts/{identifier}", globex).json() == foreign["results"][0]


def test_a_new_default_account_replaces_the_old_one(dpaas: DpaasUpstream, token: str) -> None:
    account = post(f"{dpaas.url}/accounts", {"name": "New", "is_default": True}, token).json()
    url = f"{dpaas.url}/accounts?quantity=100&page="
    rows = [row for page in (1, 2, 3) for row in get(f"{url}{page}", token).json()["results"]]
    assert [row["id"] for row in rows if row["is_default"]] == [account["id"]]


def test_an_account_is_changed_by_patch_and_put_must_name_it(
    dpaas: DpaasUpstream, token: str
) -> None:
    account = post(f"{dpaas.url}/accounts", {"name": "Before"}, token).json()
    url = f"{dpaas.url}/accounts/{account['id']}"
    patched = send("PATCH", url, token, {"is_active": False})
    assert patched.json() | {"updated_at": ""} == account | {"is_active": False, "updated_at": ""}
    assert send("PUT", url, token, {"is_active": True}).json() == invalid(
        name=["This field is required"]
    )
    assert send("PUT", url, token, {"name": "After"}).json()["name"] == "After"


def test_a_deleted_account_is_shown_to_administrators_who_ask(
    dpaas: DpaasUpstream, token: str
) -> None:
    account = post(f"{dpaas.url}/accounts", {"name": "Gone"}, token).json()
    url = f"{dpaas.url}/accounts/{account['id']}"
    assert send("DELETE", url, token).status_code == 204
    assert get(url, token).status_code == 404
    assert get(f"{url}?include_deleted=true", token).json()["is_active"] is False
    assert get(f"{dpaas.url}/accounts", token).json()["total"] == 240
    reader = dpaas_login(dpaas, READER_DPAAS)["access_token"]
    assert get(f"{dpaas.url}/accounts?include_deleted=true", reader).json() == FORBIDDEN


@pytest.mark.parametrize(
    ("path", "total", "fields"),
    [
        (
            "users",
            130,
            "created_at email id is_active is_verified last_login_at metadata mfa_enabled "
            "organization_id updated_at",
        ),
        (
            "service-accounts?include_inactive=true",
            33,
            "account_id created_at description id is_active last_used_at metadata name "
            "organization_id updated_at",
        ),
        (
            "groups",
            11,
            "attached_policies created_at description id member_count name organization_id "
            "updated_at",
        ),
    ],
)
def test_the_other_lists_have_the_same_envelope(
    dpaas: DpaasUpstream, token: str, path: str, total: int, fields: str
) -> None:
    body = get(f"{dpaas.url}/{path}", token).json()
    assert (body["total"], body["page"]) == (total, 1)
    assert sorted(body["results"][0]) == fields.split()


def test_service_accounts_are_filtered_by_account_and_the_inactive_are_hidden(
    dpaas: DpaasUpstream, token: str
) -> None:
    url = f"{dpaas.url}/service-accounts?quantity=100"
    active = get(url, token).json()["results"]
    assert [robot for robot in active if not robot["is_active"]] == []
    account = active[0]["account_id"]
    own = get(f"{url}&account_id={account}", token).json()["results"]
    assert own == [robot for robot in active if robot["account_id"] == account]


def test_who_may_not_create_may_not_change_or_delete(dpaas: DpaasUpstream, token: str) -> None:
    account = get(f"{dpaas.url}/accounts?quantity=1", token).json()["results"][0]
    url = f"{dpaas.url}/accounts/{account['id']}"
    auditor = dpaas_login(dpaas, AUDITOR_DPAAS)["access_token"]
    assert send("PATCH", url, auditor, {"name": "Mine"}).json() == FORBIDDEN
    assert send("DELETE", url, auditor).json() == FORBIDDEN
    assert get(url, token).json() == account


def test_the_default_account_cannot_be_deleted_nor_a_name_taken_twice(
    dpaas: DpaasUpstream, token: str
) -> None:
    default = post(f"{dpaas.url}/accounts", {"name": "Main", "is_default": True}, token).json()
    url = f"{dpaas.url}/accounts/{default['id']}"
    assert send("DELETE", url, token).status_code == 409
    assert send("PATCH", url, token, {"name": "Production"}).status_code == 409
    assert send("PATCH", url, token, {"name": "Main"}).status_code == 200


def test_users_are_filtered_by_account(dpaas: DpaasUpstream, token: str) -> None:
    account = next(iter(dpaas.data.members[dpaas.data.users[0]["id"]]))
    body = get(f"{dpaas.url}/users?quantity=100&account_id={account}", token).json()
    members = {user for user, accounts in dpaas.data.members.items() if account in accounts}
    assert {user["id"] for user in body["results"]} == members
    assert 0 < body["total"] < 130


def test_some_users_have_never_signed_in(dpaas: DpaasUpstream, token: str) -> None:
    body = get(f"{dpaas.url}/users?order_by=last_login_at&quantity=1", token).json()
    assert body["results"][0]["last_login_at"] is None


def test_the_organization_has_its_slug(dpaas: DpaasUpstream, token: str) -> None:
    assert get(f"{dpaas.url}/organizations/info", token).json()["slug"] == "acme"


def test_data_depend_on_the_seed_only() -> None:
    same, again, other = DpaasUpstream(seed=5), DpaasUpstream(seed=5), DpaasUpstream(seed=6)
    assert same.data == again.data
    assert same.data.accounts != other.data.accounts


def test_an_unknown_path_is_not_found(dpaas: DpaasUpstream, token: str) -> None:
    answer = get(f"{dpaas.url}/nothing", token)
    assert answer.status_code == 404
    assert answer.json() == {"error": "NotFound", "message": "Resource not found"}


def send(method: str, url: str, token: str, value: Any = None) -> requests.Response:
    return requests.request(method, url, json=value, headers=bearer(token), timeout=SECONDS)
