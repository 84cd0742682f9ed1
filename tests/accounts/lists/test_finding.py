"""Find in a whole list over the wire: by name, id and e-mail, whatever the case and accents."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.accounts.lists import walks
from console.accounts.lists.finding import find
from console.accounts.lists.kinds import ACCOUNTS, USERS
from console.accounts.lists.models import Walk
from console.accounts.lists.state import ListState
from console.calls.models import Call
from console.upstream.pages import UnreadableRow
from tests.accounts.conftest import htmx
from tests.factories import DpaasProfileFactory
from tests.services.profiles import client_of, text

LIST = "/dpaas/acme/accounts/"


def calls_of(dpaas, path: str) -> int:
    return sum(entry["path"].startswith(path) for entry in dpaas.stats.log)


def names(page: str) -> list[str]:
    return re.findall(r'<bdi class="long">(.*?)</bdi>', page)


def rename(dpaas, number: int, name: str) -> dict:
    acme = dpaas.data.organizations["acme"]["id"]
    account = [each for each in dpaas.data.accounts if each["organization_id"] == acme][number]
    account["name"] = name
    return account


RECORDS = [
    {"id": "1", "name": "Élodie", "is_active": True},
    {"id": "x-ELO", "name": "Bob", "is_active": False},
    {"id": "3", "name": None, "is_active": True, "note": "elo"},
    {"name": "Łódź Straße"},
    UnreadableRow("[1, elo]"),
]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (ListState(q="elo", order_by="id"), [0, 1, 4]),
        (ListState(q="ÉLO", order_by="-id"), [1, 0, 4]),
        (ListState(q="elo", status="active"), [0]),
        (ListState(status="inactive"), [1]),
        (ListState(q="strasse"), [3]),
        (ListState(q="lodz"), [3]),
        (ListState(q="łodz"), [3]),
        (ListState(q="nobody"), []),
        (ListState(order_by="name"), [1, 0, 3, 2, 4]),
    ],
)
def test_what_is_found_and_in_which_order(state: ListState, found: list[int]):
    assert find(RECORDS, ACCOUNTS, state) == [RECORDS[number] for number in found]


def test_users_are_found_by_their_e_mail():
    records = [{"id": "1", "email": "Ada@Example.com"}, {"id": "2", "email": "bob@example.com"}]
    assert find(records, USERS, ListState(q="ADA@")) == records[:1]


@pytest.mark.django_db(transaction=True)
def test_a_search_reads_the_whole_list_once_a_minute(client, profile, dpaas):
    rename(dpaas, 17, "Élodie & Søn")
    page = text(client.get(LIST, {"q": "elodie &"}))
    assert names(page) == ["Élodie &amp; Søn"]
    assert "1 of 240 accounts" in page
    assert calls_of(dpaas, "/accounts") == 3
    assert names(text(client.get(LIST, {"q": "ÉLODIE  & SØN"}))) == ["Élodie &amp; Søn"]
    assert calls_of(dpaas, "/accounts") == 3
    assert Call.objects.filter(operation="read accounts").count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_address_keeps_what_is_searched_for_and_no_empty_field(client, profile):
    headers = {**htmx("list-rows"), "HX-Trigger": "list-form"}
    response = client.get(LIST, {"q": "porto", "status": "", "order_by": "name"}, headers=headers)
    assert response["HX-Push-Url"] == f"{LIST}?q=porto&order_by=name"


@pytest.mark.django_db(transaction=True)
def test_nothing_found_says_what_was_searched_for(client, profile):
    page = text(client.get(LIST, {"q": "rgia <b>"}))
    assert "No account contains “rgia &lt;b&gt;”" in page
    assert "The accounts were read at <time" in page, "others may have come since"
    assert 'value="rgia &lt;b&gt;"' in page


@pytest.mark.django_db(transaction=True)
def test_inactive_accounts_stand_alone_and_in_pages(client, profile, dpaas):
    acme = dpaas.data.organizations["acme"]["id"]
    inactive = [
        each
        for each in dpaas.data.accounts
        if each["organization_id"] == acme and not each["is_active"]
    ]
    page = text(client.get(LIST, {"status": "inactive", "quantity": 20, "page": 2}))
    assert len(names(page)) == min(20, len(inactive) - 20)
    assert f"{len(inactive)} of 240 accounts" in page


@pytest.mark.django_db(transaction=True)
def test_a_long_list_shows_progress_and_goes_on_where_it_was(
    client, profile, dpaas, settings, monkeypatch
):
    monkeypatch.setattr(walks, "STEP_SECONDS", 0.0)
    rename(dpaas, 200, "Needle")
    walk = []
    for _ in range(2):
        page = text(client.get(LIST, {"q": "needle"}, headers=htmx("list-rows")))
        walk.append(re.search(r"Read (\d+)(?: of 240)? accounts", page)[1])
        assert 'hx-trigger="load delay:' in page
    assert walk == ["0", "0"]
    monkeypatch.setattr(walks, "STEP_SECONDS", 30.0)
    assert names(text(client.get(LIST, {"q": "needle"}))) == ["Needle"]


@pytest.mark.django_db(transaction=True)
def test_beyond_the_bound_it_says_what_was_searched(client, profile, settings):
    settings.LISTS_MAX_ROWS = 100
    page = text(client.get(LIST, {"q": "a"}))
    assert "Searched the newest 100 of 240." in page


@pytest.mark.django_db(transaction=True)
def test_rows_that_move_while_pages_are_read_are_neither_doubled_nor_lost(
    client, profile, dpaas, monkeypatch
):
    """A new account moves all others down; a deleted one moves them up."""
    monkeypatch.setattr(walks, "STEP_SECONDS", 0.0)
    acme = dpaas.data.organizations["acme"]["id"]
    of_acme = [each for each in dpaas.data.accounts if each["organization_id"] == acme]
    newest = sorted(of_acme, key=lambda each: each["created_at"], reverse=True)
    real = walks.services.list_page
    pages = []

    def moving(*args, **kwargs):
        result = real(*args, **kwargs)
        pages.append(kwargs["page"])
        if len(pages) == 1:
            dpaas.data.deleted |= {newest[3]["id"], newest[4]["id"]}
        return result

    monkeypatch.setattr(walks, "STEP_SECONDS", 30.0)
    monkeypatch.setattr(walks.services, "list_page", moving)
    client.get(LIST, {"q": "x"})
    walk = Walk.objects.get()
    ids = [record["id"] for record in walks._unpacked(walk)]
    assert len(ids) == len(set(ids))
    assert {each["id"] for each in of_acme} <= set(ids)
    assert walk.total_moved


@pytest.mark.django_db(transaction=True)
def test_rows_are_sealed_and_of_their_owner_alone(client, alice, bob, profile, dpaas):
    rename(dpaas, 5, "Very personal name")
    client.get(LIST, {"q": "personal"})
    assert b"Very personal" not in bytes(Walk.objects.get().sealed)
    DpaasProfileFactory(owner=bob, base_url=dpaas.url)
    before = calls_of(dpaas, "/accounts")
    client_of(bob).get(LIST, {"q": "personal"})
    assert calls_of(dpaas, "/accounts") == before + 3


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_the_midst_is_said_and_the_rows_stay(client, profile, dpaas):
    dpaas.faults.add(route="GET /accounts", status=503, after=1)
    page = client.get(LIST, {"q": "a"})
    assert page.status_code in (200, 502, 503)
    assert "Try again" in text(page)


@pytest.mark.django_db(transaction=True)
def test_the_queries_of_a_search_do_not_grow_with_its_pages(client, profile):
    client.get(LIST, {"q": "a"})
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(LIST, {"q": "b"})
    assert len(queries) <= 12
