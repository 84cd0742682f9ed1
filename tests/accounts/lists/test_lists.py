"""What all lists share: tabs, columns, density, saved views, export, lists that are missing."""

import csv
import io
import re

import pytest

from console.accounts.lists.models import ListSettings, SavedView
from tests.factories import DpaasProfileFactory
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import client_of, text

pytestmark = pytest.mark.django_db(transaction=True)

ACME = "/dpaas/acme"
ACCOUNTS = f"{ACME}/accounts/"


def body(response) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize(
    ("path", "title"),
    [("service-accounts", "Service accounts"), ("groups", "Groups"), ("users", "Users")],
)
def test_each_list_shows_its_rows_under_its_tabs(client, profile, path: str, title: str):
    page = text(client.get(f"{ACME}/{path}/"))
    assert f"<h1>{title}</h1>" in page
    assert re.search(rf'aria-current="page"[^>]*>{title}<', page)
    assert page.count("<tr>") >= 5


def test_service_accounts_show_inactive_ones_too_unless_told_otherwise(client, profile, dpaas):
    client.get(f"{ACME}/service-accounts/")
    assert dpaas.stats.log[-1]["query"]["include_inactive"] == "true"
    client.get(f"{ACME}/service-accounts/", {"status": "active"})
    assert "include_inactive" not in dpaas.stats.log[-1]["query"]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404, "body": {"error": "NotFound", "message": "?"}},
        {"status": 404, "html": True},  # Django's own
        {"status": 405, "body": {"detail": "Method Not Allowed"}},
    ],
)
def test_a_list_that_the_instance_does_not_know_is_said_once_and_left_out(
    client, profile, dpaas, answer: dict
):
    dpaas.faults.add(route="GET /groups", **answer)
    page = text(client.get(f"{ACME}/groups/"))
    assert "This DPaaS has no groups" in page
    assert ">Groups</a>" not in text(client.get(ACCOUNTS))
    dpaas.faults.clear()
    assert "This DPaaS has no groups" not in text(client.get(f"{ACME}/groups/"))
    assert ">Groups</a>" in text(client.get(ACCOUNTS))


def test_past_the_end_of_a_list_that_says_404_there_is_a_way_back(client, profile, dpaas):
    dpaas.faults.add(route="GET /accounts", status=404, body={"detail": "Invalid page."})
    response = client.get(f"{ACCOUNTS}?page=99")
    assert response.status_code == 200
    page = text(response)
    assert "This page is empty" in page
    assert "Go to the first page" in page


def test_what_was_chosen_of_columns_is_back_after_expiry(alice, profile):
    sent = {"column": ["id", "created_at"], "density": "dense", "query": "q=abc"}
    client, led_to = sent_after_expiry(alice, f"{ACCOUNTS}columns/", sent)
    page = text(client.get(led_to))
    assert led_to == f"{ACCOUNTS}columns/"
    assert re.findall(r'value="(\w+)" checked', page) == ["name", "created_at", "id", "dense"]
    assert 'name="query" value="q=abc"' in page
    assert "“Apply” was not done" in page
    assert not ListSettings.objects.exists()


def test_the_name_of_a_view_and_what_it_shows_are_back_after_expiry(alice, profile):
    sent = {"name": "Mine", "query": "q=abc&order_by=name"}
    client, led_to = sent_after_expiry(alice, f"{ACCOUNTS}views/", sent)
    page = text(client.get(led_to))
    assert (led_to, SavedView.objects.count()) == (f"{ACCOUNTS}views/", 0)
    assert 'value="Mine"' in page
    assert 'name="query" value="q=abc&amp;order_by=name"' in page
    assert "“Save view” was not done" in page


def test_chosen_columns_and_density_are_remembered(client, profile):
    sent = {"column": ["id", "made up"], "density": "dense", "query": "q=&order_by=name"}
    response = client.post(f"{ACCOUNTS}columns/", sent)
    assert response["Location"] == f"{ACCOUNTS}?order_by=name"
    page = text(client.get(ACCOUNTS))
    assert re.findall(r'id="sort-(\w+)"', page) == ["name", "id"]
    assert "is-dense" in page
    assert ListSettings.objects.get().columns == {"accounts": ["id"]}


def test_a_saved_view_has_a_name_and_a_link(client, profile, bob, dpaas):
    sent = {"name": "Sleepers", "query": "q=Lon%26don&status=inactive&page=3&evil=1"}
    client.post(f"{ACCOUNTS}views/", sent)
    view = SavedView.objects.get()
    assert b"Lon" not in bytes(view.sealed)
    link = f"{ACCOUNTS}views/{view.pk}/"
    assert f'href="{link}"' in text(client.get(f"{ACCOUNTS}views/"))
    assert client.get(link)["Location"] == f"{ACCOUNTS}?q=Lon%26don&status=inactive"
    DpaasProfileFactory(owner=bob, base_url=dpaas.url)
    assert client_of(bob).get(link).status_code == 404
    assert client_of(bob).post(link).status_code == 404
    client.post(link, {"query": ""})
    assert not SavedView.objects.exists()


def test_a_view_without_a_name_is_not_saved(client, profile):
    response = client.post(f"{ACCOUNTS}views/", {"name": " ", "query": "q=x"})
    assert response.status_code == 422
    assert "Give the view a name." in text(response)
    assert 'value="q=x"' in text(response)
    assert not SavedView.objects.exists()


def test_an_export_holds_each_row_once_and_every_field(client, profile, dpaas):
    dpaas.data.accounts[5]["region"] = "=1+1"
    page = text(client.get(f"{ACCOUNTS}export/"))
    assert "240 accounts, every field" in page
    response = client.get(f"{ACCOUNTS}export/csv/", {"rows": "all"})
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    content = body(response).decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    acme = dpaas.data.organizations["acme"]["id"]
    expected = {each["id"] for each in dpaas.data.accounts if each["organization_id"] == acme}
    assert sorted(row["id"] for row in rows) == sorted(expected)
    assert {"metadata", "organization_id", "region"} <= set(rows[0])
    assert "'=1+1" in content  # no formula


def test_what_the_list_shows_is_exported_as_it_is_shown(client, profile, dpaas):
    client.post(f"{ACCOUNTS}columns/", {"column": ["name", "id"], "query": ""})
    response = client.get(f"{ACCOUNTS}export/csv/", {"q": "porto", "order_by": "name"})
    rows = list(csv.reader(io.StringIO(body(response).decode())))
    assert rows[0] == ["Name", "ID"]
    names = [row[0] for row in rows[1:]]
    assert names
    assert names == sorted(names)
    assert all("Porto" in name for name in names)
    assert body(client.get(f"{ACCOUNTS}export/xlsx/", {"q": "porto"})).startswith(b"PK")
    assert client.get(f"{ACCOUNTS}export/exe/").status_code == 404


def test_one_odd_row_hides_no_other(client, profile, dpaas):
    answer = {
        "total": 3,
        "page": 1,
        "results": [{"id": "a", "name": "Good"}, None, {"name": ["odd"], "id": 7}],
    }
    dpaas.faults.add(route="GET /groups", status=200, body=answer)
    page = text(client.get(f"{ACME}/groups/"))
    assert "Good" in page
    assert "This row cannot be read" in page
    assert "Not as expected" in page


def test_a_stranger_to_the_target_exports_nothing(client):
    response = client.get("/dpaas/other/accounts/export/")
    assert response.status_code == 404
    assert "You have no profile for other" in text(response)


ODD_ROWS = {
    "half a character": rb'{"id": "a", "name": "x\ud800y"}',
    "NUL": rb'{"id": "a", "name": "x\u0000y"}',
    "a deep row": b'{"id": "a", "name": ' + b"[" * 400 + b"]" * 400 + b"}",
    "a number of many digits": b'{"id": "a", "quota": ' + b"9" * 5000 + b"}",
    "NaN": b'{"id": "a", "quota": NaN}',
}


@pytest.mark.parametrize("row", ODD_ROWS.values(), ids=ODD_ROWS)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_odd_row_does_not_keep_the_others_from_being_exported(
    client, profile, dpaas, row: bytes, form: str
):
    rows = b'{"total": 2, "page": 1, "results": [%s, {"id": "b", "name": "Other"}]}' % row
    dpaas.faults.add(route="GET /accounts", body=rows)
    page = text(client.get(f"{ACCOUNTS}export/"))
    assert "2 accounts" in page
    response = client.get(f"{ACCOUNTS}export/{form}/", {"rows": "all"})
    assert response.status_code == 200
    assert body(response).startswith(b"PK") if form == "xlsx" else b"Other" in body(response)


def test_an_export_says_that_rows_were_counted_and_not_sent(client, profile, dpaas):
    dpaas.faults.add(route="GET /accounts", body={"total": 25, "page": 1, "results": []})
    page = text(client.get(f"{ACCOUNTS}export/"))
    assert "DPaaS reports 25 accounts but sent 0." in page
