"""A create that is sent twice, or whose answer is lost."""

import re
import threading
import time
import unicodedata
import uuid
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connections
from django.db.models import F

from console.accounts import attempts, submissions
from console.accounts.bulk.models import Job, JobRow, RowState
from console.accounts.models import AccountSubmission, SubmissionState
from console.profiles.models import CredentialProfile
from console.upstream.errors import CredentialRefused, tree
from sandbox.data import utc
from sandbox.dpaas import DpaasUpstream
from tests.accounts.conftest import htmx
from tests.factories import AccountJSONFactory, AccountSubmissionFactory
from tests.services.profiles import client_of, opened_by, text

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/dpaas/acme/accounts/new/"
IN_DOUBT = "We don't know whether it was created"


def page_of(submission: str | uuid.UUID) -> str:
    return f"/dpaas/acme/accounts/submissions/{submission}/"


def typed(name: str = "Staging", submission: str = "") -> dict[str, str]:
    return {"name": name, "submission": submission or str(uuid.uuid4()), **opened_by()}


def named(dpaas: DpaasUpstream, name: str = "Staging") -> list[dict[str, Any]]:
    return [each for each in dpaas.data.accounts if each["name"] == name]


def value_of(field: str, response: Any) -> str:
    found = re.search(rf'<input[^>]* name="{field}" value="([^"]*)"', text(response))
    return unescape(found[1]) if found else ""


def at_once(*works: Any) -> None:
    """Run each in a thread of its own, and wait."""

    def closing(work: Any) -> None:
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=closing, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


# --- sent twice -----------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_a_double_click_creates_one_and_both_see_it(alice, profile, dpaas):
    dpaas.faults.add(route="POST /accounts", latency=0.5)
    sent, seen = typed(), []
    clicks = [client_of(alice) for _ in range(2)]
    at_once(*[lambda click=click: seen.append(click.post(NEW, sent)) for click in clicks])
    created = f"/dpaas/acme/accounts/?created={sent['submission']}"
    assert [each["Location"] for each in seen] == [created] * 2
    assert (dpaas.stats.counts.creates, len(named(dpaas))) == (1, 1)


def test_of_many_clicks_one_waits_and_the_others_are_shown_that_it_is_under_way(
    alice, profile, dpaas
):
    dpaas.faults.add(route="POST /accounts", latency=1.5)
    sent, seen = typed(), []
    clicks = [client_of(alice) for _ in range(5)]
    at_once(*[lambda click=click: seen.append(click.post(NEW, sent)) for click in clicks])
    created = f"/dpaas/acme/accounts/?created={sent['submission']}"
    under_way = page_of(sent["submission"])
    assert sorted(each["Location"] for each in seen) == [created] * 2 + [under_way] * 3
    assert (dpaas.stats.counts.creates, len(named(dpaas))) == (1, 1)


def test_the_control_two_forms_are_two_creates(alice, client, profile, dpaas):
    """The negative control: without a common id the upstream is asked twice."""
    client.post(NEW, typed("One"))
    client.post(NEW, typed("Two"))
    assert dpaas.stats.counts.creates == 2


def test_a_second_click_sees_the_same_refusal(alice, client, profile, dpaas):
    dpaas.faults.add(route="POST /accounts", status=409, body={"message": "Name taken"})
    sent = typed()
    first, second = client.post(NEW, sent), client.post(NEW, sent)
    for response in (first, second):
        assert response.status_code == 200
        assert "Name taken" in text(response)
        assert value_of("submission", response) != sent["submission"]
    assert dpaas.stats.counts.api_calls == 1


def test_the_back_button_after_success_leads_to_the_account_again(client, profile, dpaas):
    sent = typed()
    assert client.post(NEW, sent)["Location"] == client.post(NEW, sent)["Location"]
    assert dpaas.stats.counts.creates == 1


def test_an_old_form_with_another_name_is_not_taken_for_the_old_account(client, profile, dpaas):
    sent = typed("One")
    client.post(NEW, sent)
    response = client.post(NEW, {**sent, "name": "Two"})
    assert response.status_code == 422
    assert "Nothing was sent this time." in text(response)
    assert value_of("name", response) == "Two"
    assert client.post(NEW, typed("Two", value_of("submission", response))).status_code == 302
    assert len(named(dpaas, "Two")) == 1


def test_a_second_click_waits_only_so_long(client, profile, alice, dpaas, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_WAIT_SECONDS", 0.3)
    row = stored(alice, profile, state=SubmissionState.SENDING)
    response = client.post(NEW, typed(submission=str(row.pk)))
    assert response["Location"] == page_of(row.pk)
    page = text(client.get(page_of(row.pk)))
    assert "Creating the account…" in page
    assert 'hx-trigger="load delay:2s"' in page
    assert dpaas.stats.counts.api_calls == 0


def stored(user: Any, profile: CredentialProfile, **columns: Any) -> AccountSubmission:
    row: AccountSubmission = AccountSubmissionFactory(user=user, profile=profile, **columns)
    return row


def test_a_stored_failure_leads_to_the_profile_where_its_error_does():
    stored_and_raised = {
        error: (AccountSubmission(failure=error.kind).profile_helps, error.profile_helps)
        for error in tree()
    }
    assert stored_and_raised[CredentialRefused] == (True, True)
    assert {stored == raised for stored, raised in stored_and_raised.values()} == {True}


def time_passes(seconds: float = 60) -> None:
    """All was sent longer ago: DPaaS has had time to finish."""
    AccountSubmission.objects.update(sent_at=F("sent_at") - timedelta(seconds=seconds))


# --- the answer is lost ---------------------------------------------------------------------------

LOST = [
    ({"lose_answer": True}, "was lost"),
    ({"reset": True}, "was lost"),
    ({"work": True, "cut_after": 5}, "was lost"),
    ({"work": True, "html": True, "status": 504}, "status 504"),
    ({"work": True, "status": 500, "body": ""}, "status 500"),
    ({"work": True, "status": 201, "body": "{}"}, "cannot be read"),
    ({"work": True, "html": True, "status": 200}, "web page"),
    ({"work": True, "status": 307, "headers": {"Location": "/"}, "body": ""}, "redirect"),
    ({"work": True, "latency": 5}, "did not respond within 1 second"),
]


@pytest.mark.parametrize(("fault", "words"), LOST, ids=[str(fault) for fault, _ in LOST])
def test_a_lost_answer_is_neither_success_nor_failure(
    settings, client, profile, dpaas, fault: dict[str, Any], words: str
):
    client.get("/dpaas/acme/accounts/")
    settings.DPAAS_DEADLINE = 1.0
    dpaas.faults.add(route="POST /accounts", **fault)
    sent = typed("Søn <b>")
    response = client.post(NEW, sent)
    assert response["Location"] == page_of(sent["submission"])
    page = client.get(response["Location"])
    assert page.status_code == 200
    for expected in (IN_DOUBT, ">Unknown<", "Check DPaaS", words, "Søn &lt;b&gt;"):
        assert expected in text(page)
    assert "was created" not in text(page).replace("If the account was created", "").replace(
        "whether it was created", ""
    )
    assert "response was lost" not in text(page)
    assert value_of("name", page) == "Søn <b>"  # another try, with everything in it
    assert value_of("submission", page) not in ("", sent["submission"])


def test_a_lost_answer_is_never_sent_again_by_itself(client, profile, dpaas):
    dpaas.faults.add(route="POST /accounts", lose_answer=True)
    sent = typed()
    for _ in range(3):
        assert client.post(NEW, sent)["Location"] == page_of(sent["submission"])
        client.get(page_of(sent["submission"]))
    assert dpaas.stats.counts.creates == 1


def test_the_list_reminds_of_creates_in_doubt_until_their_outcome_is_known(client, profile, dpaas):
    dpaas.faults.add(route="POST /accounts", lose_answer=True)
    sent = typed("Søn <b>")
    client.post(NEW, sent)
    reminder = "We don't know whether"
    page = text(client.get("/dpaas/acme/accounts/"))
    assert (page.count(reminder), page.count(page_of(sent["submission"]))) == (1, 1)
    assert "Søn &lt;b&gt;" in page
    assert "was lost" in page  # said as it was
    client.post(page_of(sent["submission"]) + "reconcile/")
    assert reminder not in text(client.get("/dpaas/acme/accounts/"))


def test_the_list_reminds_of_a_create_that_was_interrupted_but_of_none_under_way(
    alice, client, bobs, profile
):
    for name, age in (("interrupted", submissions.MAX_SENDING_SECONDS + 1), ("under way", 1)):
        stored(alice, profile, state=SubmissionState.SENDING, name=name, age=age)
    page = text(client.get("/dpaas/acme/accounts/"))
    assert ("interrupted" in page, "under way" in page) == (True, False)
    assert "interrupted" not in text(bobs.get("/dpaas/acme/accounts/"))


@pytest.mark.parametrize("target", ["", "account-submission"])
def test_a_search_finds_what_was_created(client, profile, dpaas, target: str):
    dpaas.faults.add(route="POST /accounts", lose_answer=True)
    sent = typed()
    client.post(NEW, sent)
    headers = htmx(target) if target else {}
    response = client.post(page_of(sent["submission"]) + "reconcile/", headers=headers)
    assert response["HX-Redirect" if target else "Location"] == page_of(sent["submission"])
    page = client.get(page_of(sent["submission"]))
    assert page["Location"] == f"/dpaas/acme/accounts/?created={sent['submission']}"
    assert named(dpaas)[0]["id"] in text(client.get(page["Location"]))


def test_a_search_says_when_nothing_is_there_and_offers_another_try(client, profile, dpaas):
    dpaas.faults.add(route="POST /accounts", status=503)
    sent = typed()
    client.post(NEW, sent)
    time_passes()
    client.post(page_of(sent["submission"]) + "reconcile/")
    page = client.get(page_of(sent["submission"]))
    assert "Account not found" in text(page)
    assert client.post(NEW, typed(value_of("name", page), value_of("submission", page)))[
        "Location"
    ].startswith("/dpaas/acme/accounts/?created=")
    assert len(named(dpaas)) == 1


def test_an_older_account_of_the_same_name_is_not_taken_for_the_new_one(client, profile, dpaas):
    acme = dpaas.data.organizations["acme"]["id"]
    old = next(each for each in dpaas.data.accounts if each["organization_id"] == acme)
    dpaas.faults.add(route="POST /accounts", status=503)
    sent = typed(old["name"])
    client.post(NEW, sent)
    time_passes()
    client.post(page_of(sent["submission"]) + "reconcile/")
    assert AccountSubmission.objects.get().state == SubmissionState.MISSING


def test_an_account_known_from_another_submission_is_not_found_twice(alice, client, profile, dpaas):
    client.post(NEW, typed())
    row = stored(alice, profile, state=SubmissionState.UNKNOWN, age=60)
    client.post(page_of(row.pk) + "reconcile/")
    row.refresh_from_db()
    assert row.state == SubmissionState.MISSING


def test_nor_is_one_that_a_bulk_job_created(alice, client, profile, dpaas):
    bulk_row(alice, profile, created(client, dpaas))
    row = stored(alice, profile, state=SubmissionState.UNKNOWN, age=60)
    client.post(page_of(row.pk) + "reconcile/")
    row.refresh_from_db()
    assert (row.state, row.candidates) == (SubmissionState.MISSING, [])


@pytest.mark.parametrize("columns", [{"organization_slug": "globex"}, {"operation": "deactivate"}])
def test_but_one_of_another_target_or_that_a_job_has_changed_is_found(
    alice, client, profile, dpaas, columns
):
    """Another DPaaS may give the same ids."""
    bulk_row(alice, profile, created(client, dpaas), **columns)
    row = stored(alice, profile, state=SubmissionState.UNKNOWN, age=60)
    client.post(page_of(row.pk) + "reconcile/")
    row.refresh_from_db()
    assert row.state == SubmissionState.CREATED


def created(client, dpaas) -> str:
    """The id of an account "Staging"; a submission at another target created one of the same id."""
    client.post(NEW, typed())
    AccountSubmission.objects.update(organization_slug="globex")
    return str(named(dpaas)[0]["id"])


def bulk_row(alice, profile, account_id: str, **columns: Any) -> None:
    """A row of a bulk job that is known to have created the account, unless `columns` differ."""
    where = {"organization_slug": profile.organization_slug, "base_url": profile.base_url}
    job = Job.objects.create(owner=alice, **{"operation": "create", **where, **columns})
    JobRow.objects.create(job=job, number=1, state=RowState.DONE, account_id=account_id)


def test_a_search_goes_back_as_far_as_the_submission_and_no_further(alice, client, profile, dpaas):
    acme = dpaas.data.organizations["acme"]["id"]
    now = datetime.now(UTC)
    fresh = [_account(acme, f"New {each}", now + timedelta(seconds=each)) for each in range(250)]
    dpaas.data.accounts += [_account(acme, "Staging", now), *fresh]
    row = stored(alice, profile, state=SubmissionState.UNKNOWN)
    before = dpaas.stats.counts.api_calls
    client.post(page_of(row.pk) + "reconcile/")
    row.refresh_from_db()
    assert (row.state, row.account_id) == (SubmissionState.CREATED, "acc-Staging")
    assert dpaas.stats.counts.api_calls - before == 3


def test_a_search_that_cannot_end_says_so(alice, client, profile, dpaas, monkeypatch):
    monkeypatch.setattr(submissions, "MAX_PAGES", 2)
    acme = dpaas.data.organizations["acme"]["id"]
    now = datetime.now(UTC)
    dpaas.data.accounts += [_account(acme, f"New {each}", now) for each in range(300)]
    row = stored(alice, profile, state=SubmissionState.UNKNOWN)
    client.post(page_of(row.pk) + "reconcile/")
    page = text(client.get(page_of(row.pk)))
    assert IN_DOUBT in page
    assert submissions.NOT_AMONG_THE_NEWEST in page


@pytest.mark.parametrize("lists_it", [True, False])
def test_a_page_that_repeats_rows_in_place_of_others_proves_nothing(
    alice, client, profile, dpaas, lists_it: bool
):
    acme = dpaas.data.organizations["acme"]["id"]
    now = datetime.now(UTC)
    rows = [_account(acme, f"New {each}", now + timedelta(seconds=1)) for each in range(150)]
    staging = _account(acme, "Staging", now + timedelta(seconds=2 * lists_it))
    dpaas.data.accounts += [*rows, staging]
    first_page = sorted([*rows, staging], key=lambda each: each["created_at"], reverse=True)[:100]
    body = {"total": 391, "page": 2, "results": first_page}
    dpaas.faults.add(route="GET /accounts", after=1, body=body)
    row = stored(alice, profile, state=SubmissionState.UNKNOWN, age=60)
    client.post(page_of(row.pk) + "reconcile/")
    row.refresh_from_db()
    if lists_it:  # twice, and is one account
        assert (row.state, row.account_id) == (SubmissionState.CREATED, "acc-Staging")
    else:
        assert row.state == SubmissionState.UNKNOWN
        assert submissions.NOT_AMONG_THE_NEWEST in row.explanation


def _account(organization: str, name: str, moment: datetime) -> dict[str, Any]:
    created_at = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = {"name": name, "organization_id": organization, "created_at": created_at}
    account: dict[str, Any] = AccountJSONFactory(id=f"acc-{name}", **fields)
    return account


@pytest.mark.parametrize("target", ["", "account-submission"])
def test_a_search_that_fails_changes_nothing(alice, client, profile, dpaas, target: str):
    row = stored(alice, profile, state=SubmissionState.UNKNOWN, explanation="It was lost.")
    dpaas.faults.add(route="GET /accounts", cut_after=3)
    headers = htmx(target) if target else {}
    response = client.post(page_of(row.pk) + "reconcile/", headers=headers)
    assert response.status_code == 502
    assert "was lost" in text(response)
    assert "Check DPaaS" in text(response)
    row.refresh_from_db()
    assert (row.state, row.explanation) == (SubmissionState.UNKNOWN, "It was lost.")
    assert client.get(page_of(row.pk) + "reconcile/")["Location"] == page_of(row.pk)


def test_a_sending_that_was_interrupted_may_have_happened(alice, client, profile, dpaas):
    row = stored(alice, profile, state=SubmissionState.SENDING, age=3600)
    page = text(client.get(page_of(row.pk)))
    assert IN_DOUBT in page
    assert attempts.INTERRUPTED in page


def test_what_is_certain_is_never_replaced(alice, profile):
    row = stored(alice, profile, state=SubmissionState.CREATED, account_id="acc-1")
    attempts.record_outcome(row, SubmissionState.UNKNOWN, explanation="late")
    row.refresh_from_db()
    assert (row.state, row.account_id, row.explanation) == (SubmissionState.CREATED, "acc-1", "")


def test_without_its_profile_nothing_can_be_looked_for(alice, client, profile, dpaas):
    row = stored(alice, profile, state=SubmissionState.UNKNOWN)
    CredentialProfile.objects.all().delete()
    assert "You no longer have a profile for <bdi>acme</bdi>" in text(client.get(page_of(row.pk)))
    assert client.post(page_of(row.pk) + "reconcile/")["Location"] == page_of(row.pk)
    assert dpaas.stats.counts.connections == 0


# --- what may be it ---

LISTED_AS = {
    "decomposed": ("Zürich", unicodedata.normalize("NFD", "Zürich")),
    "compatible forms": ("\uff21\uff43me \ufb01ne", "Acme fine"),
    "blanks folded": ("A  B", "A B"),
    "blanks trimmed": ("A\u00a0B", "AB"),
    "zero width": ("A\u200bB", "AB"),
    "case": ("Staging", "STAGING"),
    "case, sharp s": ("Straße", "STRASSE"),
    "cut": ("Staging environment of the north", "Staging env"),
    "cut, with dots": ("Staging environment", "Staging…"),
    "escaped": ("Zürich & Søn", "Zürich &amp; Søn"),
    "escaped twice": ("Zürich & Søn", "Zürich &amp;amp; Søn"),
    "escaped as in a URL": ("A B", "A%20B"),
    "unescaped": ("A &amp; B", "A & B"),
    "without tags": ("Staging <b>north</b>", "Staging north"),
    "quotes": ("O\u2019Brien “x”", 'O\'Brien "x"'),
    "accents": ("Zürich", "Zurich"),
    "a wrong encoding": ("Zürich", "ZÃ¼rich"),
    "no encoding": ("名前", "??"),
    "a slug": ("Zürich & Søn", "zurich-and-son"),
    "letters of another alphabet": ("Ærø", "AERO"),
    "made unique": ("Staging", "Staging (2)"),
    "nothing": ("Staging", ""),
    "null": ("Staging", None),
}


def lost(client: Any, dpaas: DpaasUpstream, name: str) -> str:
    """Send a create that is answered 500; the address of its page."""
    dpaas.faults.add(route="POST /accounts", status=500, body="")
    sent = typed(name)
    client.post(NEW, sent)
    time_passes()
    return page_of(sent["submission"])


def listed(dpaas: DpaasUpstream, name: Any, **columns: Any) -> dict[str, Any]:
    """An account of DPaaS that was created a moment ago."""
    acme = dpaas.data.organizations["acme"]["id"]
    account = _account(acme, "x", datetime.now(UTC)) | {"id": str(uuid.uuid4()), "name": name}
    dpaas.data.accounts.append(account | columns)
    return account


@pytest.mark.parametrize(("name", "became"), LISTED_AS.values(), ids=LISTED_AS)
def test_what_may_be_it_leaves_it_in_doubt_and_is_shown_to_choose_from(
    client, profile, dpaas, name: str, became: Any
):
    address, account = lost(client, dpaas, name), listed(dpaas, became)
    client.post(address + "reconcile/")
    page = text(client.get(address))
    for expected in (IN_DOUBT, account["id"], "This one", "None of these"):
        assert expected in page
    assert "You can send it again" not in page
    client.post(address + "reconcile/", {"account": account["id"]})
    assert client.get(address)["Location"].startswith("/dpaas/acme/accounts/?created=")
    assert AccountSubmission.objects.get().account_id == account["id"]


@pytest.mark.parametrize("other", ["Production", "Staging 2", "New account", "Stage right"])
def test_what_resembles_nothing_is_no_candidate(client, profile, dpaas, other: str):
    address = lost(client, dpaas, "Staging 1")
    listed(dpaas, other)
    client.post(address + "reconcile/")
    assert "You can send it again" in text(client.get(address))


UNCLEAR: dict[str, dict[str, Any]] = {
    "created at no time": {"created_at": None},
    "created at an odd time": {"created_at": "today"},
    "local time": {"created_at": f"{datetime.now(UTC) - timedelta(hours=3):%Y-%m-%dT%H:%M:%S}"},
    "another default": {"is_default": True},
    "no id": {"id": None},
}


@pytest.mark.parametrize("columns", UNCLEAR.values(), ids=UNCLEAR)
def test_the_same_name_is_not_enough_where_the_rest_is_unclear(
    client, profile, dpaas, columns: dict[str, Any]
):
    address = lost(client, dpaas, "Staging")
    accounts = [AccountJSONFactory(name="Staging", created_at=utc(datetime.now(UTC))) | columns]
    body = {"total": 1, "page": 1, "results": [None, *accounts]}
    dpaas.faults.add(route="GET /accounts", status=200, body=body)
    client.post(address + "reconcile/")
    page = text(client.get(address))
    assert (IN_DOUBT in page, "None of these" in page) == (True, True)


def test_of_two_of_the_same_name_the_teammate_chooses(client, profile, dpaas):
    address = lost(client, dpaas, "Staging")
    for _ in range(2):
        listed(dpaas, "Staging")
    client.post(address + "reconcile/")
    assert text(client.get(address)).count("This one") == 2


@pytest.mark.both_databases
def test_none_of_these_lets_it_be_sent_again_and_asks_no_more(client, profile, dpaas):
    address = lost(client, dpaas, "Staging")
    listed(dpaas, "STAGING")
    client.post(address + "reconcile/")
    for data in ({"account": ""}, {}):
        client.post(address + "reconcile/", data)
        page = text(client.get(address))
        assert ("You can send it again" in page, "This one" in page) == (True, False)


def test_only_a_candidate_can_be_chosen(client, profile, dpaas):
    address = lost(client, dpaas, "Staging")
    listed(dpaas, "STAGING")
    client.post(address + "reconcile/")
    client.post(address + "reconcile/", {"account": "acc-of-somebody"})
    assert AccountSubmission.objects.get().state == SubmissionState.UNKNOWN


def test_a_list_out_of_order_is_looked_through_to_its_end(client, profile, dpaas):
    address = lost(client, dpaas, "Staging")
    old = AccountJSONFactory.create_batch(100)
    made = AccountJSONFactory(name="Staging", created_at=utc(datetime.now(UTC)))
    new = AccountJSONFactory(name="Other", created_at=utc(datetime.now(UTC)))
    for results in ([*old[:99], new], [*old[:50], new, *old[50:99]], [made]):
        body = {"total": 201, "page": 1, "results": [*results[:20], *results[20:]]}
        dpaas.faults.add(route="GET /accounts", status=200, body=body)
    client.post(address + "reconcile/")
    assert AccountSubmission.objects.get().account_id == made["id"]


@pytest.mark.both_databases
def test_an_account_that_comes_late_is_not_called_missing_before(client, profile, dpaas):
    dpaas.faults.add(route="POST /accounts", status=504, html=True)
    sent = typed("Late")
    client.post(NEW, sent)
    address = page_of(sent["submission"])
    assert 'hx-trigger="submit, load delay:' in text(client.get(address))
    part = client.post(address + "reconcile/", headers=htmx("account-submission"))
    assert text(part).startswith('<section id="account-submission"')
    assert ("It is not in DPaaS yet." in text(part), "You can send" in text(part)) == (True, False)
    time_passes(5)
    assert 'hx-trigger="submit, load delay:' in text(client.get(address))
    listed(dpaas, "Late")
    time_passes(5)
    assert "load delay:" not in text(client.get(address))
    client.post(address + "reconcile/")
    assert client.get(address)["Location"].startswith("/dpaas/acme/accounts/?created=")


# --- while the upstream is waited for ---


@pytest.mark.both_databases
@pytest.mark.parametrize("path", ["/dpaas/acme/accounts/", NEW])
@pytest.mark.parametrize("expired", [False, True])
def test_no_database_connection_is_held_meanwhile(
    alice, client, profile, dpaas, path: str, expired: bool
):
    client.get("/dpaas/acme/accounts/")
    if expired:
        dpaas.expire("access")
    dpaas.faults.add(route="* /accounts", latency=1.0, after=1 if expired else 0)
    wrapper: list[Any] = []
    held: list[bool] = []

    def ask() -> None:
        wrapper.append(connections["default"])
        browser = client_of(alice)
        answer = (
            browser.get(path) if path == "/dpaas/acme/accounts/" else browser.post(path, typed())
        )
        assert answer.status_code in (200, 302)

    def watch() -> None:
        calls = dpaas.stats.counts.api_calls
        wanted = calls + (2 if expired else 1)
        give_up_at = time.monotonic() + 60
        while dpaas.stats.counts.api_calls < wanted and time.monotonic() < give_up_at:
            time.sleep(0.02)
        time.sleep(0.2)
        held.append(wrapper[0].connection is not None)

    at_once(watch, ask)
    # SQLite keeps its file open: it holds no lock between statements.
    assert held == [connections["default"].vendor == "sqlite"]


# --- whose it is ----------------------------------------------------------------------------------


def test_a_submission_is_its_senders_alone(alice, client, bob, bobs, profile, dpaas):
    from django.contrib.auth.models import Group

    bob.groups.add(Group.objects.get())
    sent = typed("Alice's")
    client.post(NEW, sent)
    lost = stored(alice, profile, state=SubmissionState.UNKNOWN, name="Alice's too")
    calls = dpaas.stats.counts.api_calls
    for pk in (sent["submission"], lost.pk):
        for response in (
            bobs.get(page_of(pk)),
            bobs.post(page_of(pk) + "reconcile/"),
            bobs.post(NEW, typed("Bob's", str(pk)) | opened_by("bob@example.com")),
        ):
            assert response.status_code == 404
            assert "Alice" not in text(response)
    assert dpaas.stats.counts.api_calls == calls
    assert "was created" not in text(
        bobs.get(f"/dpaas/acme/accounts/?created={sent['submission']}")
    )


def test_no_such_submission(client, profile):
    for response in (client.get(page_of(uuid.uuid4())), client.get(f"{page_of('x')}")):
        assert response.status_code == 404
    assert client.get(page_of(uuid.uuid4()) + "reconcile/").status_code == 404


def test_what_is_older_than_the_record_of_calls_is_forgotten(client, profile, alice, settings):
    for days in (settings.CALLS_KEPT_DAYS - 1, settings.CALLS_KEPT_DAYS + 1):
        AccountSubmissionFactory(user=alice, name=f"{days} days", age=days * 86_400)
    client.post(NEW, typed("new"))
    kept = set(AccountSubmission.objects.values_list("name", flat=True))
    assert kept == {f"{settings.CALLS_KEPT_DAYS - 1} days", "new"}
