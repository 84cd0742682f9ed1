"""/users/ over the wire to the sandbox."""

import re

import pytest

from console.accounts.lists.columns import MEMBER_TABLE
from tests.accounts.conftest import htmx
from tests.services.profiles import text

pytestmark = pytest.mark.django_db(transaction=True)

USERS = "/dpaas/acme/users/"


def of_acme(dpaas):
    acme = dpaas.data.organizations["acme"]["id"]
    return [each for each in dpaas.data.users if each["organization_id"] == acme]


def test_the_users_of_the_organization_stand_in_a_table(client, profile, dpaas):
    page = text(client.get(USERS, {"order_by": "email", "quantity": 100}))
    emails = sorted(each["email"] for each in of_acme(dpaas))[:100]
    assert re.findall(r'<bdi class="long">(.*?)</bdi>', page) == emails
    assert f"of {len(of_acme(dpaas))}" in page


def test_who_never_signed_in_is_said_so(client, profile, dpaas):
    for member in dpaas.data.users:
        member["last_login_at"] = None
    assert text(client.get(USERS)).count(">Never</td>") == 20


@pytest.mark.parametrize("column", [column.field for column in MEMBER_TABLE])
def test_each_column_sorts(client, profile, column: str):
    page = text(client.get(USERS, {"order_by": f"-{column}"}))
    assert page.count('aria-sort="descending"') == 1
    assert f'id="sort-{column}"' in page


def test_htmx_gets_the_table_alone(client, profile):
    page = text(client.get(USERS, headers=htmx("list-rows")))
    assert page.startswith('<section id="list-rows"')


def test_beyond_the_end_there_is_a_way_back(client, profile):
    assert "Go to the last page" in text(client.get(USERS, {"page": 500}))


def test_a_failure_is_told_in_words(client, profile, dpaas):
    dpaas.faults.add(route="GET /users", status=403, body={"error": "Forbidden"})
    response = client.get(USERS)
    assert response.status_code == 200
    assert "DPaaS does not allow the profile" in text(response)


def test_without_a_profile_the_way_leads_to_a_new_one(client):
    assert 'href="/profiles/new/dpaas/"' in text(client.get("/users/"))
