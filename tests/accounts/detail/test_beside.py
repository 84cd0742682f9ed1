"""What stands beside an account's fields: users, service accounts, what was done with it."""

import pytest
from django.db import connection

from console.calls.models import Call
from console.team.models import FormerTeammate
from sandbox.people import GLOBEX_DPAAS
from tests.accounts.conftest import htmx
from tests.accounts.detail.test_account import one_of, opened, page_of
from tests.accounts.test_account_new import NEW, typed
from tests.factories import DpaasProfileFactory, UserFactory
from tests.services.profiles import client_of, text

pytestmark = pytest.mark.django_db(transaction=True)

USERS, SERVICE_ACCOUNTS = "account-users", "account-service-accounts"


def part(client, account, kind: str):
    return client.get(f"{page_of(account)}of/{kind}/", headers=htmx(f"account-{kind}"))


def with_users(dpaas) -> dict:
    acme = dpaas.data.organizations["acme"]["id"]
    return next(
        each
        for each in dpaas.data.accounts
        if each["organization_id"] == acme
        and any(each["id"] in accounts for accounts in dpaas.data.members.values())
    )


def paths(dpaas) -> list[str]:
    return [entry["path"] for entry in dpaas.stats.log if entry["method"] == "GET"]


def record(client, account) -> str:
    return text(client.get(page_of(account))).partition('id="record-title"')[2]


def test_the_page_comes_without_them_and_asks_for_them_then(client, profile, dpaas):
    account = with_users(dpaas)
    page = text(client.get(page_of(account)))
    for kind in ("users", "service-accounts"):
        assert f'hx-get="{page_of(account)}of/{kind}/"' in page
        assert f'href="/dpaas/acme/{kind}/?account_id={account["id"]}"' in page
    assert paths(dpaas) == [f"/accounts/{account['id']}"]


def test_a_part_shows_the_accounts_own_and_does_not_ask_again(client, profile, dpaas):
    account = with_users(dpaas)
    own = [u["email"] for u in dpaas.data.users if account["id"] in dpaas.data.members[u["id"]]]
    response = part(client, account, "users")
    page = text(response)
    assert page.startswith('<section id="account-users"')
    assert sum(f">{email}<" in page for email in own) == min(len(own), 10) > 0
    assert "hx-trigger" not in page
    assert dpaas.stats.log[-1]["query"]["account_id"] == account["id"]


def test_anybody_else_is_led_to_the_list_of_them(client, profile, dpaas):
    account = with_users(dpaas)
    answer = client.get(f"{page_of(account)}of/users/")
    assert answer["Location"] == f"/dpaas/acme/users/?account_id={account['id']}"
    assert client.get(f"{page_of(account)}of/groups/").status_code == 404
    assert paths(dpaas) == []


@pytest.mark.parametrize("status", [404, 405])
def test_a_list_that_the_instance_does_not_know_is_said_once(client, profile, dpaas, status: int):
    account = one_of(dpaas)
    dpaas.faults.add(route="GET /service-accounts", status=status, body={"error": "E"})
    assert "This DPaaS does not know this list." in text(part(client, account, "service-accounts"))
    page = text(client.get(page_of(account)))
    assert USERS in page
    assert SERVICE_ACCOUNTS not in page


def test_one_that_fails_says_so_in_its_own_place(client, profile, dpaas):
    account = one_of(dpaas)
    dpaas.faults.add(route="GET /users", status=403, body={"error": "Forbidden", "message": "No"})
    response = part(client, account, "users")
    assert text(response).startswith(f'<section id="{USERS}"')
    assert 'role="alert"' in text(response)
    assert USERS in text(client.get(page_of(account)))  # the list is there all the same


def test_a_stranger_to_the_target_gets_no_rows(bob, dpaas, reachable):
    response = part(client_of(bob), one_of(dpaas), "users")
    assert paths(dpaas) == []
    assert "example.com" not in text(response)


# --- what was done with it ------------------------------------------------------------------------


def test_what_was_done_with_it_is_told_by_its_name(client, profile, dpaas):
    account = one_of(dpaas)
    assert "You have not changed it" in record(client, account)
    form = {**opened(client, account, "rename"), "name": "Renamed"}
    client.post(f"{page_of(account)}rename/", form)
    shown = record(client, account)
    assert "Change account: rename" in shown
    assert "· you, with" in shown
    other = next(each for each in dpaas.data.accounts if each["id"] != account["id"])
    assert "rename" not in record(client, other)


def test_the_creation_counts_and_a_refused_change_too(client, profile, dpaas):
    client.post(NEW, typed("Made here"))
    account = dpaas.data.accounts[-1]
    assert "Create account" in record(client, account)
    dpaas.faults.add(route="PATCH /accounts/*", status=403, body={"error": "Forbidden"})
    client.post(f"{page_of(account)}deactivate/", opened(client, account, "deactivate"))
    assert "Change account: deactivate" in record(client, account)


def test_others_see_their_own_and_administrators_everybodys(client, profile, bob, dpaas):
    account = one_of(dpaas)
    client.post(f"{page_of(account)}deactivate/", opened(client, account, "deactivate"))
    DpaasProfileFactory(owner=bob, base_url=dpaas.url)
    assert "You have not changed it" in record(client_of(bob), account)
    root = UserFactory(administrator=True)
    DpaasProfileFactory(owner=root, base_url=dpaas.url)
    assert "alice@example.com" in record(client_of(root), account)
    call = Call.objects.get(method="PATCH")
    FormerTeammate.objects.create(id=UserFactory.build().pk, email="gone@example.com")
    Call.objects.filter(pk=call.pk).update(user_id=FormerTeammate.objects.get().pk)
    assert "gone@example.com" in record(client_of(root), account)


def test_an_account_of_the_same_id_elsewhere_is_another_one(client, profile, alice, dpaas):
    account = one_of(dpaas)
    client.post(f"{page_of(account)}deactivate/", opened(client, account, "deactivate"))
    DpaasProfileFactory(
        owner=alice,
        name="Globex",
        base_url=dpaas.url,
        email=GLOBEX_DPAAS.email,
        secret=GLOBEX_DPAAS.password,
        organization_slug="globex",
    )
    globex = dpaas.data.organizations["globex"]["id"]
    account["organization_id"] = globex
    elsewhere = f"/dpaas/globex/accounts/{account['id']}/"
    page = text(client.get(elsewhere))
    assert "You have not changed it" in page


def test_no_more_than_twenty_are_shown(client, profile, dpaas):
    account = one_of(dpaas)
    for number in range(23):
        client.post(
            f"{page_of(account)}rename/",
            {**opened(client, account, "rename"), "name": f"Name {number}"},
        )
    shown = record(client, account)
    assert shown.count("<li>") == 20
    assert "The newest 20." in shown


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by what is stored")
def test_it_is_looked_up_by_an_index_of_writes_alone(alice):
    calls = Call.objects.about("acme/accounts/1")
    for rows in (calls, calls.visible_to(alice)):
        assert "INDEX calls_call_subject" in rows[:21].explain()
