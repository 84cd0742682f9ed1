"""One account's page, and its changes, over the wire to the sandbox."""

import re
import uuid
from html import escape, unescape
from typing import Any

import pytest
from django.test import Client

from console.accounts.detail import changing
from console.accounts.detail.models import AccountChange, ChangeState
from console.profiles.models import CredentialProfile, Environment
from tests.factories import DpaasProfileFactory
from tests.services.profiles import client_of, text

pytestmark = pytest.mark.django_db(transaction=True)

DIGITS = '{"limit": 12345678901234567890.12345678901234567890}'


def one_of(dpaas) -> dict[str, Any]:
    """An active account of acme that is not the default one."""
    acme = dpaas.data.organizations["acme"]["id"]
    return next(
        each
        for each in dpaas.data.accounts
        if each["organization_id"] == acme and each["is_active"] and not each["is_default"]
    )


def page_of(account: dict[str, Any]) -> str:
    return f"/dpaas/acme/accounts/{account['id']}/"


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form of a change."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields if name != "csrfmiddlewaretoken"}


def opened(client: Client, account: dict[str, Any], key: str) -> dict[str, str]:
    return hidden(text(client.get(f"{page_of(account)}{key}/")))


def sent(dpaas) -> list[str]:
    return [e["method"] for e in dpaas.stats.log if e["method"] in ("PATCH", "DELETE", "PUT")]


def test_every_field_is_shown_those_too_that_the_console_does_not_know(client, profile, dpaas):
    account = one_of(dpaas)
    account |= {"region": "eu-<b>1</b>", "quota": 7, "tags": ["a"], "note": None}
    page = text(client.get(page_of(account)))
    for shown in (account["id"], account["name"], "eu-&lt;b&gt;1&lt;/b&gt;", ">region<", "null"):
        assert shown in page, shown
    assert "Rename" in page


def test_the_list_leads_to_the_account(client, profile, dpaas):
    account = one_of(dpaas)
    page = text(client.get("/dpaas/acme/accounts/", {"q": account["id"]}))
    assert f'href="{page_of(account)}"' in page


@pytest.mark.parametrize(
    ("key", "typed", "field", "after"),
    [
        ("rename", {"name": "Neu & <b>"}, "name", "Neu & <b>"),
        ("set-default", {}, "is_default", True),
        ("deactivate", {}, "is_active", False),
        ("metadata", {"metadata": '{"a": [1, 2.50]}', "send": "1"}, "metadata", {"a": [1, 2.5]}),
    ],
)
def test_a_change_is_sent_once_and_as_the_smallest_patch(
    client, profile, dpaas, key: str, typed: dict, field: str, after: object
):
    account = one_of(dpaas)
    before = dict(account)
    form = {**opened(client, account, key), **typed}
    response = client.post(f"{page_of(account)}{key}/", form)
    assert response.status_code == 302, text(response)
    assert response["Location"] == page_of(account)
    assert account[field] == after
    changed = {name for name in account if account[name] != before[name]}
    assert changed == {field, "updated_at"}
    assert sent(dpaas) == ["PATCH"]
    assert client.post(f"{page_of(account)}{key}/", form).status_code == 302
    assert sent(dpaas) == ["PATCH"]  # the second click


def test_deleting_leads_back_to_the_list(client, profile, dpaas):
    account = one_of(dpaas)
    response = client.post(f"{page_of(account)}delete/", opened(client, account, "delete"))
    assert response["Location"] == "/dpaas/acme/accounts/"
    assert account["id"] in dpaas.data.deleted
    assert "Deleted" in text(client.get("/dpaas/acme/accounts/"))


def test_a_deleted_account_says_so_and_offers_nothing_that_would_fail(client, profile, dpaas):
    account = one_of(dpaas)
    dpaas.data.deleted.add(account["id"])
    page = text(client.get(page_of(account)))
    assert "This account is deleted." in page
    assert "does not tell how to restore it" in page
    for key in ("rename", "delete", "restore"):
        assert f'href="{page_of(account)}{key}/"' not in page
        assert client.get(f"{page_of(account)}{key}/")["Location"] == page_of(account)
    account["deleted_at"] = "2026-01-01T00:00:00Z"
    page = text(client.get(page_of(account)))
    assert "This account is deleted." in page
    assert f'href="{page_of(account)}restore/"' in page
    assert f'href="{page_of(account)}rename/"' not in page


@pytest.mark.parametrize("told", [{"deleted_at": "2026-01-01T00:00:00Z"}, {"is_deleted": True}])
@pytest.mark.parametrize("is_hidden", [True, False])
def test_a_deleted_account_is_restored(client, profile, dpaas, told: dict, is_hidden: bool):
    account = one_of(dpaas)
    account |= told
    if is_hidden:
        dpaas.data.deleted.add(account["id"])
    page = text(client.get(f"{page_of(account)}restore/"))
    assert "Restore" in page
    route = f"PATCH /accounts/{account['id']}"
    dpaas.faults.add(route=route, status=200, body={"id": account["id"]})
    response = client.post(f"{page_of(account)}restore/", hidden(page))
    assert response.status_code == 302, text(response)
    assert sent(dpaas) == ["PATCH"]
    account["updated_at"] = "2030-01-01T00:00:00Z"
    stale = client.post(f"{page_of(account)}restore/", {**hidden(page), "change": ""})
    assert (stale.status_code, sent(dpaas)) == (409, ["PATCH"])


def test_an_account_that_is_there_is_not_called_deleted(client, profile, dpaas):
    account = one_of(dpaas) | {"deleted_at": None, "is_deleted": False}
    assert "is deleted" not in text(client.get(page_of(account)))


def test_what_was_changed_meanwhile_is_said_and_nothing_is_sent(client, profile, dpaas):
    account = one_of(dpaas)
    form = {**opened(client, account, "rename"), "name": "Mine"}
    account |= {"name": "Somebody else's", "updated_at": "2030-01-01T00:00:00Z"}
    response = client.post(f"{page_of(account)}rename/", form)
    assert response.status_code == 409
    page = text(response)
    assert "changed in DPaaS after you opened this form" in page
    assert page.count("Nothing was sent.") == 1
    assert 'value="Mine"' in page
    assert sent(dpaas) == []
    assert (
        client.post(f"{page_of(account)}rename/", {**hidden(page), "name": "Mine"}).status_code
        == 302
    )
    assert account["name"] == "Mine"


@pytest.mark.parametrize(
    ("status", "body", "shown", "code"),
    [
        (403, {"error": "Forbidden", "message": "No"}, "does not allow", 200),
        (409, {"error": "Conflict", "message": "This name is taken"}, "This name is taken", 200),
        (
            422,
            {"error": "V", "message": "Invalid input", "details": {"name": ["Too short"]}},
            "Too short",
            422,
        ),
    ],
)
def test_a_refusal_is_quoted_and_what_was_typed_stays(
    client, profile, dpaas, status: int, body: dict, shown: str, code: int
):
    account = one_of(dpaas)
    form = {**opened(client, account, "rename"), "name": "Typed"}
    dpaas.faults.add(route=f"PATCH /accounts/{account['id']}", status=status, body=body)
    response = client.post(f"{page_of(account)}rename/", form)
    assert response.status_code == code
    page = text(response)
    assert shown in page
    assert "Nothing was changed." in page
    assert 'value="Typed"' in page
    assert hidden(page)["change"] != form["change"]


def test_a_lost_answer_leaves_it_in_doubt_until_dpaas_is_checked(client, profile, dpaas):
    account = one_of(dpaas)
    form = {**opened(client, account, "rename"), "name": "Lost"}
    dpaas.faults.add(route=f"PATCH /accounts/{account['id']}", lose_answer=True)
    page = text(client.post(f"{page_of(account)}rename/", form))
    assert "We don't know whether it was changed" in unescape(page)
    change = AccountChange.objects.get()
    assert change.state == ChangeState.UNKNOWN
    dpaas.faults.clear()
    assert "We don't know whether a change" in unescape(text(client.get(page_of(account))))
    response = client.post(f"{page_of(account)}changes/{change.pk}/reconcile/")
    assert response["Location"] == page_of(account)
    change.refresh_from_db()
    assert change.state == ChangeState.DONE
    assert sent(dpaas) == ["PATCH"]


def test_what_was_not_made_is_said_only_after_dpaas_had_time(
    client, profile, dpaas, monkeypatch: pytest.MonkeyPatch
):
    account = one_of(dpaas)
    form = {**opened(client, account, "rename"), "name": "Never arrives"}
    dpaas.faults.add(route=f"PATCH /accounts/{account['id']}", status=503)
    client.post(f"{page_of(account)}rename/", form)
    change = AccountChange.objects.get()
    if change.state != ChangeState.UNKNOWN:
        pytest.fail(f"{change.state}: {change.explanation}")
    dpaas.faults.clear()
    page = text(client.post(f"{page_of(account)}changes/{change.pk}/reconcile/"))
    assert "may not be done yet" in page
    monkeypatch.setattr(changing, "SETTLED_AFTER", -1.0)
    page = text(client.post(f"{page_of(account)}changes/{change.pk}/reconcile/"))
    assert "Nothing was changed" in page


def test_metadata_is_reviewed_and_goes_out_digit_for_digit(client, profile, dpaas):
    account = one_of(dpaas)
    form = {**opened(client, account, "metadata"), "metadata": DIGITS}
    review = text(client.post(f"{page_of(account)}metadata/", form))
    assert "12345678901234567890.12345678901234567890" in review
    assert sent(dpaas) == []


def test_metadata_is_confirmed_where_it_is_sent_not_where_it_is_reviewed(client, profile, dpaas):
    account, at = one_of(dpaas), "metadata/"
    CredentialProfile.objects.update(environment=Environment.PRODUCTION)
    assert "to confirm" not in text(client.get(f"{page_of(account)}{at}"))
    form = {**opened(client, account, "metadata"), "metadata": DIGITS}
    review = client.post(f"{page_of(account)}{at}", form)
    assert review.status_code == 200
    assert "Type <b><bdi>acme</bdi></b> to confirm" in text(review)
    assert 'class="errors' not in text(review)
    form |= {**hidden(text(review)), "send": "1"}
    wrong = client.post(f"{page_of(account)}{at}", {**form, "typed_name": "globex"})
    assert wrong.status_code == 422
    assert "Save metadata in" in text(wrong), "it stays at the review"
    assert 'value="globex"' in text(wrong)
    assert sent(dpaas) == []
    assert client.post(f"{page_of(account)}{at}", {**form, "typed_name": "acme"}).status_code == 302
    assert sent(dpaas) == ["PATCH"]


@pytest.mark.parametrize("key", ["rename", "deactivate", "metadata"])
def test_with_a_changed_credential_the_form_still_says_what_it_changes(
    client, profile, dpaas, key: str
):
    account = one_of(dpaas)
    form = {**opened(client, account, key), "name": "Typed", "metadata": DIGITS, "send": "1"}
    CredentialProfile.objects.update(email="other@example.com")
    response = client.post(f"{page_of(account)}{key}/", form)
    assert response.status_code == 409
    page = text(response)
    assert f'<bdi class="long">{escape(account["name"])}</bdi></b>' in page
    assert ("Not given" in page, sent(dpaas)) == (False, [])


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("{", "Line 1, column"), ("[]", "This is not a JSON object"), ("NaN", "Line 1, column")],
)
def test_metadata_that_is_no_object_is_refused_beside_the_field(
    client, profile, dpaas, typed: str, shown: str
):
    account = one_of(dpaas)
    form = {**opened(client, account, "metadata"), "metadata": typed}
    response = client.post(f"{page_of(account)}metadata/", form)
    assert response.status_code == 422
    assert shown in text(response)


@pytest.mark.parametrize("send", [{}, {"send": "1"}])
@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (r'{"a": "\ud83d"}', r"Line 1, column 8: \ud83d is half a character."),
        ('{"a":' + "[" * 1500 + "]" * 1500 + "}", "it nests more than 100 levels deep."),
    ],
)
def test_metadata_that_nobody_could_show_again_is_refused_beside_the_field(
    client, profile, dpaas, typed: str, shown: str, send: dict[str, str]
):
    account = one_of(dpaas)
    form = {**opened(client, account, "metadata"), "metadata": typed, **send}
    response = client.post(f"{page_of(account)}metadata/", form)
    assert (response.status_code, shown in text(response), sent(dpaas)) == (422, True, [])


def test_production_wants_its_name_typed_and_read_only_sends_nothing(client, profile, dpaas):
    account = one_of(dpaas)
    CredentialProfile.objects.update(environment=Environment.PRODUCTION)
    form = opened(client, account, "deactivate")
    response = client.post(f"{page_of(account)}deactivate/", form)
    assert response.status_code == 422
    assert sent(dpaas) == []
    ok = client.post(f"{page_of(account)}deactivate/", {**form, "typed_name": "acme"})
    assert ok.status_code == 302
    CredentialProfile.objects.update(environment=Environment.LOCAL, read_only=True)
    form = opened(client, account, "activate")
    assert client.post(f"{page_of(account)}activate/", form).status_code == 422
    assert sent(dpaas) == ["PATCH"]


def test_who_may_not_change_accounts_gets_403_and_sees_no_buttons(bobs, dpaas):
    account = one_of(dpaas)
    assert "Rename" not in text(bobs.get(page_of(account)))
    assert bobs.get(f"{page_of(account)}rename/").status_code == 403
    assert bobs.post(f"{page_of(account)}rename/", {"name": "x"}).status_code == 403
    assert sent(dpaas) == []


def test_another_teammates_change_is_404(client, profile, dpaas, bob):
    account = one_of(dpaas)
    client.post(f"{page_of(account)}rename/", {**opened(client, account, "rename"), "name": "Mine"})
    change = AccountChange.objects.get()
    DpaasProfileFactory(owner=bob, base_url=dpaas.url)
    for path in (f"changes/{change.pk}/", f"changes/{change.pk}/reconcile/"):
        assert client_of(bob).get(f"{page_of(account)}{path}").status_code == 404
        assert client_of(bob).post(f"{page_of(account)}{path}").status_code in (404, 405)
    assert client.get(f"{page_of(account)}changes/{uuid.uuid4()}/").status_code == 404


def test_an_account_that_is_not_there_is_said_so(client, profile):
    page = text(client.get("/dpaas/acme/accounts/acc-none/"))
    assert "Account not found" in page


# --- JSON that Python's numbers cannot hold -------------------------------------------------------

BEYOND = b'{"id": "acc-1", "name": "Big", "updated_at": "2026-01-01T00:00:00Z", "quota": %s}'


@pytest.mark.parametrize("number", [b"1E400", b"-0", b"12345678901234567890.10", b"9" * 5000])
def test_every_number_of_an_account_is_shown_digit_for_digit(client, profile, dpaas, number: bytes):
    dpaas.faults.add(route="GET /accounts/acc-1", body=BEYOND % number)
    response = client.get("/dpaas/acme/accounts/acc-1/")
    assert (response.status_code, number.decode() in text(response)) == (200, True)


def test_metadata_with_a_number_beyond_python_is_reviewed_and_sent_as_typed(client, profile, dpaas):
    account = one_of(dpaas)
    typed = {"metadata": '{"limit": 1E400}'} | opened(client, account, "metadata")
    review = client.post(f"{page_of(account)}metadata/", typed)
    assert (review.status_code, "1E400" in text(review)) == (200, True)
    client.post(f"{page_of(account)}metadata/", typed | {"send": "1"})
    assert sent(dpaas) == ["PATCH"]


@pytest.mark.parametrize(
    ("shown", "state"),
    [
        ('{"limit": 12345678901234567890.1}', ChangeState.DONE),
        ('{"limit": 1.23456789012345678901E19}', ChangeState.DONE),
        ('{"limit": 12345678901234567890.2}', ChangeState.UNKNOWN),
        ('{"limit": 1E400}', ChangeState.UNKNOWN),
    ],
)
def test_a_change_in_doubt_is_compared_digit_for_digit(
    client, profile, dpaas, shown: str, state: ChangeState
):
    account = one_of(dpaas)
    number = '{"limit": 12345678901234567890.1}'
    typed = {"metadata": number, "send": "1"} | opened(client, account, "metadata")
    dpaas.faults.add(route=f"PATCH /accounts/{account['id']}", status=503)
    client.post(f"{page_of(account)}metadata/", typed)
    change = AccountChange.objects.get()
    body = f'{{"id": "x", "updated_at": "later", "metadata": {shown}}}'
    dpaas.faults.add(route=f"GET /accounts/{account['id']}", body=body)
    client.post(f"{page_of(account)}changes/{change.pk}/reconcile/")
    change.refresh_from_db()
    assert change.state == state


def test_a_rename_that_is_answered_with_an_error_under_200_is_in_doubt(client, profile, dpaas):
    account = one_of(dpaas)
    typed = {"name": "Neu"} | opened(client, account, "rename")
    error = {"error": "Unauthorized", "message": "Invalid or expired token"}
    dpaas.faults.add(route=f"PATCH /accounts/{account['id']}", body=error)
    page = text(client.post(f"{page_of(account)}rename/", typed))
    assert ("know whether it was changed" in page, "Invalid or expired token" in page) == (1, 1)


@pytest.mark.parametrize("account_id", ["x%00y", "a" * 201, "%2e%2e", "."])
@pytest.mark.parametrize("screen", ["", "rename/", "of/users/"])
def test_an_id_that_no_row_of_ours_can_hold_has_no_page(
    client, profile, dpaas, account_id: str, screen: str
):
    response = client.get(f"/dpaas/acme/accounts/{account_id}/{screen}")
    assert (response.status_code, paths_of(dpaas)) == (404, [])


def paths_of(dpaas) -> list[str]:
    return [entry["path"] for entry in dpaas.stats.log if entry["path"].startswith("/accounts")]


@pytest.mark.parametrize("account_id", [".", "..", "a" * 201, "a/b"])
def test_a_row_whose_id_makes_no_address_leads_nowhere(client, profile, dpaas, account_id: str):
    row = {"id": account_id, "name": "Odd one"}
    dpaas.faults.add(route="GET /accounts", body={"total": 1, "page": 1, "results": [row]})
    page = text(client.get("/dpaas/acme/accounts/"))
    assert ("Odd one" in page, re.findall("<a [^>]*>[^<]*(?:<bdi[^>]*>)?Odd one", page)) == (
        True,
        [],
    )
