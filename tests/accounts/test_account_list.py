"""/accounts/ over the wire to the sandbox."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from console.accounts.lists.columns import ACCOUNT_TABLE
from console.calls.models import Call
from console.profiles.models import CredentialProfile
from console.team.models import User
from sandbox.dpaas import DpaasUpstream
from tests.accounts.conftest import htmx
from tests.factories import AccountJSONFactory, DpaasProfileFactory
from tests.services.profiles import NO_SUCH_HOST, NOBODY_LISTENS, client_of, screen_of, text

pytestmark = pytest.mark.django_db(transaction=True)

ACCOUNTS = "/dpaas/acme/accounts/"
HOSTILE = [
    "Zürich & Søn <b>",
    'O\'Brien "x"',
    "名前",
    "<script>alert(1)</script>",
    "{{ request.user }} {% debug %}",
    "\u202eevil\u202c \u200b\u200dzero",
    "x" * 10_000,
]


def rows(response: Any) -> list[str]:
    """The names in the table, as HTML."""
    return re.findall(r'<bdi class="long">(.*?)</bdi>', response.content.decode(), re.DOTALL)


def of_acme(dpaas: DpaasUpstream) -> list[dict[str, Any]]:
    acme = dpaas.data.organizations["acme"]["id"]
    return [each for each in dpaas.data.accounts if each["organization_id"] == acme]


def test_the_newest_accounts_stand_first(client, profile, dpaas):
    response = client.get(ACCOUNTS)
    newest = sorted(of_acme(dpaas), key=lambda each: each["created_at"], reverse=True)
    assert response.status_code == 200
    assert len(rows(response)) == 20
    assert newest[0]["id"] in text(response)
    assert f"<strong>1–20</strong> of {len(newest)}" in text(response)
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("column", [column.field for column in ACCOUNT_TABLE])
def test_each_column_sorts(client, profile, dpaas, column: str):
    response = client.get(ACCOUNTS, {"order_by": column, "quantity": 100})
    assert response.status_code == 200
    assert dpaas.stats.log[-1]["path"].startswith("/accounts")
    assert f'id="sort-{column}"' in text(response)
    assert text(response).count('aria-sort="ascending"') == 1


def test_pages_follow_each_other_without_gap_or_double(client, profile, dpaas):
    total, seen = len(of_acme(dpaas)), []
    for page in range(1, -(-total // 50) + 1):
        seen += rows(client.get(ACCOUNTS, {"page": page, "quantity": 50, "order_by": "id"}))
    assert len(seen) == total


def test_links_keep_the_state_of_the_table(client, profile):
    page = text(client.get(ACCOUNTS, {"quantity": 50, "order_by": "name", "page": 2}))
    assert 'href="?quantity=50&amp;order_by=name&amp;page=3"' in page
    assert 'href="?quantity=50&amp;order_by=-name"' in page  # a new order starts at page 1


def test_hostile_parameters_are_no_error(client, profile):
    response = client.get(ACCOUNTS, {"order_by": "x' OR 1=1", "page": "-3", "quantity": "9999"})
    assert (response.status_code, len(rows(response))) == (200, 20)


def test_beyond_the_end_there_is_a_way_back(client, profile, dpaas):
    response = client.get(ACCOUNTS, {"page": 900})
    last = -(-len(of_acme(dpaas)) // 20)
    assert response.status_code == 200
    assert "This page is empty" in text(response)
    assert f'href="?page={last}"' in text(response)


def test_htmx_gets_the_table_alone(client, profile):
    response = client.get(ACCOUNTS, headers=htmx("list-rows"))
    assert text(response).startswith('<section id="list-rows"')
    assert len(rows(response)) == 20
    assert 'hx-push-url="true"' in text(response)
    assert "<html" not in text(response)


def test_names_of_any_kind_are_shown_whole_and_harmless(client, profile, dpaas):
    newest = sorted(of_acme(dpaas), key=lambda each: each["created_at"], reverse=True)
    for account, name in zip(newest, HOSTILE, strict=False):
        account["name"] = name
    response = client.get(ACCOUNTS)
    page = response.content.decode()
    assert [_unescaped(name) for name in rows(response)][: len(HOSTILE)] == HOSTILE
    assert "<script>alert" not in page
    assert "Søn <b>" not in page


def _unescaped(markup: str) -> str:
    from html import unescape

    assert not re.search("<[a-z]", markup)
    return unescape(markup)


def test_without_a_profile_the_way_leads_to_a_new_one(client):
    response = client.get("/accounts/")
    assert response.status_code == 200
    assert 'href="/profiles/new/dpaas/"' in text(response)


def test_who_may_not_create_reads_why_in_place_of_the_button(bobs, client, profile):
    new = "/dpaas/acme/accounts/new/"
    assert f'href="{new}"' in text(client.get(ACCOUNTS))
    page = text(bobs.get(ACCOUNTS))
    assert f'href="{new}"' not in page
    assert "Only the Operations group can create accounts" in page


def test_a_stranger_is_sent_to_sign_in(reachable, db):
    response = Client().get(ACCOUNTS)
    assert (response.status_code, response["Location"]) == (
        302,
        "/login/?next=/dpaas/acme/accounts/",
    )


@pytest.mark.usefixtures("same_statements")
@pytest.mark.parametrize("quantity_of_rows", [1, 100])
def test_a_proxied_page_takes_few_statements(client, profile, dpaas, quantity_of_rows: int):
    client.get(ACCOUNTS)  # signs in
    del dpaas.data.accounts[: len(dpaas.data.accounts)]
    organization = dpaas.data.organizations["acme"]["id"]
    dpaas.data.accounts += AccountJSONFactory.create_batch(
        quantity_of_rows, organization_id=organization
    )
    with CaptureQueriesContext(
        connection,
    ) as statements:
        response = client.get(ACCOUNTS, {"quantity": 100})
    assert len(rows(response)) == quantity_of_rows
    assert len(statements) <= 7, [query["sql"] for query in statements]


def test_an_empty_organization_says_so(client, profile, dpaas):
    dpaas.data.accounts.clear()
    assert "No accounts yet" in text(client.get(ACCOUNTS))


def test_the_page_shows_the_timeline_of_its_call(client, profile):
    client.get(ACCOUNTS)
    page = text(client.get(ACCOUNTS))
    assert 'class="timeline"' in page
    assert "token reused" in page


# --- what comes is not what was asked for ---------------------------------------------------------


def answers(dpaas: DpaasUpstream, total: Any, results: list[Any]) -> None:
    dpaas.faults.add(
        route="GET /accounts", status=200, body={"total": total, "page": 1, "results": results}
    )


def test_a_capped_page_says_so_and_leads_on_by_its_own_size(client, profile, dpaas):
    answers(dpaas, 25, AccountJSONFactory.create_batch(10))
    page = text(client.get(ACCOUNTS, {"order_by": "name"}))
    assert "<strong>1–10</strong> of 25" in page
    assert "20 per page requested" in page
    assert 'href="?order_by=name&amp;page=2&amp;quantity=10"' in page
    answers(dpaas, 25, AccountJSONFactory.create_batch(10))
    page = text(client.get(ACCOUNTS, {"page": 2, "quantity": 10}))
    assert "<strong>11–20</strong> of 25" in page
    assert dpaas.stats.log[-1]["path"].startswith("/accounts")


def test_a_page_whose_place_is_not_known_claims_none(client, profile, dpaas):
    answers(dpaas, 25, AccountJSONFactory.create_batch(10))
    page = text(client.get(ACCOUNTS, {"page": 2}))
    assert "<strong>10 rows</strong> of 25" in page
    assert 'href="?page=3"' in page


def test_without_a_total_the_next_page_is_offered(client, profile, dpaas):
    answers(dpaas, None, AccountJSONFactory.create_batch(20))
    page = text(client.get(ACCOUNTS))
    assert "<strong>1–20</strong> of 20 or more" in page
    assert 'href="?page=2"' in page


def test_rows_that_are_counted_and_do_not_come_are_not_called_none(client, profile, dpaas):
    answers(dpaas, 25, [])
    page = text(client.get(ACCOUNTS))
    assert "DPaaS reports 25 accounts but sent none." in page
    assert "No accounts yet" not in page


def test_one_odd_row_hides_no_other(client, profile, dpaas):
    answers(dpaas, 3, [*AccountJSONFactory.create_batch(2), None])
    response = client.get(ACCOUNTS)
    assert len(rows(response)) == 2
    assert "This row cannot be read" in text(response)
    assert "<strong>1–3</strong> of 3" in text(response)


# --- what goes wrong ------------------------------------------------------------------------------

ANSWERS = [
    ({"status": 403, "body": {"error": "Forbidden", "message": "Insufficient permissions"}}, 200,
     "DPaaS does not allow the profile"),
    ({"status": 404, "body": {"error": "NotFound"}}, 200, "could not find what was requested"),
    ({"status": 409, "body": {}}, 200, "conflicts"),
    ({"status": 422, "body": {"error": "ValidationError", "message": "No such order"}}, 200,
     "No such order"),
    ({"status": 429, "headers": {"Retry-After": "120"}, "body": ""}, 200, "2 minutes"),
    ({"status": 500, "body": {"error": "boom"}}, 200, "DPaaS failed (status 500)"),
    ({"html": True, "status": 502}, 200, "a gateway"),
    ({"html": True, "status": 403}, 502, "in front of DPaaS"),
    ({"html": True, "status": 401}, 502, "in front of DPaaS"),
    ({"status": 403, "body": {"detail": {"reason": "quota", "limit": 5}}}, 200, "quota"),
    ({"status": 400, "body": {"order_by": ["Not a column"]}}, 200, "order_by: Not a column"),
    ({"html": True, "status": 200}, 502, "it is a web page"),
    ({"status": 200, "body": "no json", "content_type": "application/json"}, 502, "it is not JSON"),
    ({"status": 200, "body": {"results": "none"}}, 502, "no list of results"),
    ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}, "body": ""}, 502, "redirect"),
    ({"lose_answer": True}, 502, "was lost"),
    ({"cut_after": 10}, 502, "was lost"),
    ({"hang": 20}, 504, "did not respond within 1 second"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "status", "words"), ANSWERS, ids=[str(fault) for fault, _, _ in ANSWERS]
)
def test_each_failure_has_its_sentence(
    settings, client, profile, dpaas, fault: dict[str, Any], status: int, words: str
):
    settings.DPAAS_DEADLINE = 1.0
    dpaas.faults.add(route="GET /accounts", times=None, **fault)
    response = client.get(ACCOUNTS)
    part = client.get(ACCOUNTS, headers=htmx("list-rows"))
    dpaas.faults.clear()
    assert (response.status_code, part.status_code) == (status, status)
    for answer in (response, part):
        assert words in text(answer)
        assert 'role="alert"' in text(answer)
        assert "Traceback" not in text(answer)
    if status >= 400:
        assert (part["HX-Retarget"], part["HX-Reswap"]) == ("#list-rows", "outerHTML")
    assert Call.objects.exclude(outcome="ok").count() == 2


@pytest.mark.parametrize(
    ("base_url", "words"),
    [(NOBODY_LISTENS, "Could not connect to DPaaS"), (NO_SUCH_HOST, "could not be found")],
)
def test_a_host_that_cannot_be_reached_is_named(
    alice: User, reachable, client, dpaas, base_url: str, words: str
):
    response = client.get(screen_of(DpaasProfileFactory(owner=alice, base_url=base_url)))
    assert response.status_code == 502
    assert words in text(response)
    assert base_url.removeprefix("http://").split(":")[0] in text(response)


def test_a_refused_credential_leads_to_its_profile(alice: User, reachable, client, dpaas):
    wrong = DpaasProfileFactory(owner=alice, base_url=dpaas.url, secret="wrong-password")
    for _ in range(3):
        response = client.get(ACCOUNTS)
        assert response.status_code == 200
        assert f'href="/profiles/{wrong.pk}/"' in text(response)
    assert dpaas.stats.counts.sign_in_calls == 1


def test_a_pause_after_a_failed_sign_in_leads_to_the_profile_where_it_can_be_ended(
    client, profile, dpaas
):
    dpaas.faults.add(route="/authentication/login", status=503)
    assert f'href="/profiles/{profile.pk}/">Open' not in text(client.get(ACCOUNTS))
    page = text(client.get(ACCOUNTS))
    assert "or when you refresh the token" in page
    assert f'<a href="/profiles/{profile.pk}/">Open the profile</a>' in page
    client.post(f"/profiles/{profile.pk}/refresh/")
    assert len(rows(client.get(ACCOUNTS))) == 20


def test_an_expired_token_goes_unnoticed(client, profile, dpaas):
    client.get(ACCOUNTS)
    dpaas.expire("access")
    response = client.get(ACCOUNTS)
    assert (response.status_code, len(rows(response))) == (200, 20)
    assert "token refreshed" in text(response)
    assert dpaas.stats.counts.replays == 0


def test_a_teammate_sees_the_organization_of_their_own_profile(alice, bob, dpaas, reachable):
    from sandbox.people import GLOBEX_DPAAS

    DpaasProfileFactory(owner=bob, base_url=dpaas.url, person=GLOBEX_DPAAS)
    DpaasProfileFactory(owner=alice, base_url=dpaas.url)
    ours, theirs = (client_of(user).get("/accounts/", follow=True) for user in (alice, bob))
    assert "<b><bdi>acme</bdi></b>" in text(ours)
    assert "<b><bdi>globex</bdi></b>" in text(theirs)
    assert CredentialProfile.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "heading"),
    [
        ({"total": 247, "results": []}, "acme · 247 accounts · local"),
        ({"total": 1247, "results": []}, "acme · 1,247 accounts · local"),
        ({"total": 1, "results": [{"id": "1"}]}, "acme · 1 account · local"),
        ({"total": 1, "results": [{"id": "1"}, {"id": "2"}]}, "acme · local"),  # or more
        ({"results": [{"id": "1"}]}, "acme · local"),
    ],
    ids=["counted", "thousands", "one", "more than counted", "not counted"],
)
@pytest.mark.parametrize("headers", [{}, htmx("list-rows")], ids=["page", "part"])
def test_the_heading_counts_what_dpaas_counts(client, profile, dpaas, headers, body, heading: str):
    dpaas.faults.add(route="/accounts", body=body)
    page = client.get(ACCOUNTS, headers=headers).content.decode()
    counted = re.search(r'<span id="list-total"[^>]*>(.*?)</span>', page)
    assert counted
    if headers:
        assert 'id="list-total" hx-swap-oob="true"' in page
        assert heading == " ".join(f"acme {counted[1]} · local".split())
    else:
        line = re.search(r'<p class="intro of-target">(.*?)</p>', page, re.DOTALL)
        assert line
        assert " ".join(re.sub(r"<[^>]+>", "", line[1]).split()) == heading


def test_a_list_that_failed_is_not_counted(client, profile, dpaas):
    dpaas.faults.add(route="/accounts", status=500)
    page = client.get(ACCOUNTS, headers=htmx("list-rows")).content.decode()
    assert '<span id="list-total" hx-swap-oob="true"></span>' in page


def test_no_link_to_another_page_names_the_account_that_was_created(client, profile):
    page = client.get(ACCOUNTS, {"created": "x", "page": "2", "quantity": "50"}).content.decode()
    links = re.findall(r'(?:href|hx-get)="(\?[^"]*)"', page)
    assert len(links) > 10
    assert [link for link in links if "created=" in link] == []
