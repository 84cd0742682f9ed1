"""The check of a draft: what is ready and what is not, how the table is read, and its start."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from console.accounts.bulk.jobs import open_job
from console.accounts.bulk.models import Job, JobState
from console.accounts.bulk.sealed import open_table
from console.profiles.models import CredentialProfile, Environment
from console.spreadsheets.tables import Table
from tests.accounts.bulk.screens.conftest import OpenDraft, finished, page_of
from tests.accounts.conftest import htmx
from tests.factories import DpaasProfileFactory
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import opened_by, text

pytestmark = pytest.mark.django_db(transaction=True)


def started(client: Client, job: Job, **fields: str):
    return client.post(page_of(job, "start/"), {"rows_per_second": "50", **opened_by(), **fields})


def test_rows_are_ready_exist_or_are_wrong_and_nothing_is_sent(client, open_draft, dpaas):
    there = dpaas.data.accounts[0]["name"]
    job = open_draft("Fresh one", there, "", "x" * 300, "Fresh one")
    page = text(client.get(page_of(job)))
    assert "1 ready, 1 exists, 2 errors, the first at row 4" in page
    assert "Nothing has been sent yet" in page
    assert "This name has 300." in page
    assert "The name is in row 1 already." in page
    assert "Create 1 account in <bdi>acme</bdi>" in page
    assert re.search(r"Compared with all \d+ accounts in DPaaS", page)
    assert dpaas.stats.counts.creates == 0


def test_where_not_all_accounts_were_read_it_says_how_many(client, open_draft, dpaas):
    """As where DPaaS sends rows twice in place of others."""
    first = {"total": 240, "results": dpaas.data.accounts[:100]}
    dpaas.faults.add(route="GET /accounts", times=2, body=first)
    page = text(client.get(page_of(open_draft("Fresh one"))))
    assert "Compared with 100 of 240 accounts in DPaaS. DPaaS did not send the rest." in page
    assert "Compared with all" not in page


def test_one_error_is_named_by_its_row(client, open_draft):
    page = text(client.get(page_of(open_draft("One", "Two", "Two"))))
    assert "2 ready, 1 error at row 3" in page


def test_names_that_exist_are_created_too_if_one_asks_for_it(client, open_draft, dpaas):
    there = dpaas.data.accounts[0]["name"]
    job = open_draft("Fresh one", there)
    posted = {"sends_existing": "on", **opened_by()}
    part = client.post(page_of(job, "reading/"), posted, headers=htmx("job-check"))
    assert part.status_code == 200
    assert "<html" not in text(part)
    assert "2 ready" in text(part)
    assert "Create 2 accounts" in text(part)
    job.refresh_from_db()
    assert job.sends_existing
    without_scripts = client.post(page_of(job, "reading/"), opened_by())
    assert without_scripts["Location"] == page_of(job)
    job.refresh_from_db()
    assert not job.sends_existing


def test_columns_are_guessed_and_can_be_changed(client, open_draft):
    table = Table(["A", "Firma"], [["Alpha", "Beta"], ["Gamma", "Delta"]], 2)
    job = open_draft(table=table)
    page = text(client.get(page_of(job)))
    assert '<option value="1" selected>Firma (Beta, …)</option>' in page
    chosen = {"column_name": "0", "column_is_default": "", "has_heading": "on"}
    client.post(page_of(job, "reading/"), chosen)
    job.refresh_from_db()
    assert job.mapping == {"name": 0}
    assert "Alpha" in text(client.get(page_of(job)))


def test_the_first_row_can_be_data(client, open_draft):
    job = open_draft(table=Table(["Firma", "x"], [["Beta", "y"]], 2))
    client.post(page_of(job, "reading/"), {"column_name": "0", "column_is_default": ""})
    job.refresh_from_db()
    table = open_table(job)
    assert table is not None
    assert table.rows == [["Firma", "x"], ["Beta", "y"]]
    assert "2 ready" in text(client.get(page_of(job)))


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ({"column_name": "", "column_is_default": "1"}, "Choose the column that holds it."),
        ({"column_name": "1", "column_is_default": "1"}, "Another field is read from this column"),
        ({"column_name": "7"}, "Select a valid choice"),
    ],
)
def test_columns_that_cannot_be_are_refused_beside_them(client, open_draft, chosen, shown: str):
    job = open_draft(table=Table(["Name", "Default"], [["Beta", "no"]], 2))
    response = client.post(page_of(job, "reading/"), {**chosen, "has_heading": "on"})
    assert response.status_code == 422
    assert shown in text(response)
    job.refresh_from_db()
    assert job.mapping == {"name": 0, "is_default": 1}


@pytest.mark.parametrize(
    ("part", "sent", "kept"),
    [
        ("start/", {"rows_per_second": "7"}, {"rows_per_second": 7.0}),
        ("reading/", {"column_name": "1", "has_heading": "on"}, {"mapping": {"name": 1}}),
    ],
)
def test_what_was_chosen_is_kept_when_the_session_has_ended(
    client, open_draft, alice, dpaas, part: str, sent: dict, kept: dict
):
    job = open_draft(table=Table(["Name", "Default"], [["Beta", "no"]], 2))
    form = text(client.get(page_of(job))).partition(f'action="{page_of(job, part)}"')[2]
    assert 'name="draft_owner"' in form.partition("</form>")[0]
    back, location = sent_after_expiry(alice, page_of(job, part), sent)
    page = text(back.get(location, follow=True))
    assert ("“Start” was not done" in page) == (part == "start/")
    job.refresh_from_db()
    assert {name: getattr(job, name) for name in kept} == kept
    assert (job.state, dpaas.stats.counts.creates) == (JobState.DRAFT, 0)


def test_problems_come_a_page_at_a_time(client, open_draft):
    job = open_draft(*(["Same"] * 121))
    first = text(client.get(page_of(job)))
    assert "1–50</strong> of 120" in first
    last = text(client.get(page_of(job), {"findings": "3"}, headers=htmx("job-check")))
    assert "101–120</strong> of 120" in last
    assert "<html" not in last


def test_a_long_list_is_compared_over_several_requests(client, open_draft, monkeypatch):
    monkeypatch.setattr("console.accounts.lists.walks.STEP_SECONDS", 0.0)
    job = open_draft()
    page = text(client.get(page_of(job)))
    assert "Comparing with DPaaS: 0" in page or "accounts read …" in page
    assert 'hx-trigger="load delay:150ms"' in page
    assert ">Continue</a>" in page


def test_where_dpaas_does_not_answer_the_rows_can_be_sent_all_the_same(client, open_draft, dpaas):
    dpaas.faults.add(route="/accounts", status=503)
    page = text(client.get(page_of(open_draft())))
    assert "Not compared with DPaaS." in page
    assert "Create 2 accounts" in page


def test_accounts_to_change_are_shown_by_name_and_those_not_there_are_said(client, profile, dpaas):
    acme = dpaas.data.organizations["acme"]["id"]
    account = next(a for a in dpaas.data.accounts if a["organization_id"] == acme)
    table = Table(["id", "name"], [[account["id"], "Neu"], ["acc-none", "Anders"]], 2)
    mapping = {"account_id": 0, "name": 1}
    job = open_job(profile.owner, profile, "rename", table, mapping=mapping)
    page = text(client.get(page_of(job)))
    assert "2 ready, 1 of them not in DPaaS" in page
    assert "DPaaS lists no account with this ID" in page
    assert account["name"] in page
    assert "Rename 2 accounts" in page


# --- its start ------------------------------------------------------------------------------------


def test_it_starts_once_and_at_the_chosen_rate(client, open_draft):
    job = open_draft()
    assert started(client, job)["Location"] == page_of(job)
    job.refresh_from_db()
    assert (job.state, job.rows_per_second) == (JobState.RUNNING, 50.0)
    hands = job.hands
    assert started(client, job)["Location"] == page_of(job)
    job.refresh_from_db()
    assert job.hands == hands


@pytest.mark.parametrize("rate", ["", "0", "-1", "nan", "1e9", "x"])
def test_an_odd_rate_is_refused_beside_its_field(client, open_draft, rate: str):
    job = open_draft()
    response = started(client, job, rows_per_second=rate)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in text(response)
    job.refresh_from_db()
    assert job.state == JobState.DRAFT


def test_production_wants_its_name_for_the_whole_job(client, open_draft):
    CredentialProfile.objects.update(environment=Environment.PRODUCTION)
    job = open_draft()
    page = text(client.get(page_of(job)))
    assert "Create 2 accounts in <bdi>acme · production</bdi>" in page
    assert "Type <b><bdi>acme</bdi></b> to confirm" in page
    assert "Don&#x27;t ask again" not in page, "the job may run longer than an unlock"
    for wrong in ("", "globex"):
        response = started(client, job, typed_name=wrong)
        assert response.status_code == 422
        assert "Nothing was sent" in text(response)
    job.refresh_from_db()
    assert job.state == JobState.DRAFT
    assert started(client, job, typed_name="acme").status_code == 302
    job.refresh_from_db()
    assert (job.state, job.typed_name) == (JobState.RUNNING, "acme")


def test_a_read_only_profile_has_no_button_and_starts_nothing(client, open_draft):
    CredentialProfile.objects.update(read_only=True)
    job = open_draft()
    page = text(client.get(page_of(job)))
    assert "This profile is read-only" in page
    assert "Create 2 accounts" not in page
    assert started(client, job).status_code == 422
    job.refresh_from_db()
    assert job.state == JobState.DRAFT


def test_a_changed_credential_starts_nothing(client, open_draft):
    job, opened = open_draft(), opened_by()
    CredentialProfile.objects.update(
        email="other@example.com", credential_changed_at=timezone.now()
    )
    response = started(client, job, **opened)
    assert response.status_code == 409
    assert "Nothing was sent." in text(response)
    job.refresh_from_db()
    assert job.state == JobState.DRAFT


def test_without_a_row_that_can_be_sent_there_is_no_button(client, open_draft):
    page = text(client.get(page_of(open_draft("x" * 300))))
    assert "No row can be sent" in page
    assert "Create 0" not in page


def test_headings_without_rows_are_called_that(client, open_draft):
    page = text(client.get(page_of(open_draft(table=Table(["Name", "Default"], [], 2)))))
    assert "There are headings, but no rows below them." in page


def test_the_row_of_the_headings_is_named_where_it_is_not_the_first(client, open_draft):
    table = Table(["Name", "Default"], [["Acme", "no"]], 4)
    assert "Row 3 holds headings" in text(client.get(page_of(open_draft(table=table))))
    table = Table(["Name", "Default"], [["Acme", "no"]], 2)
    assert "The first row holds headings" in text(client.get(page_of(open_draft(table=table))))


def test_a_draft_can_be_changed_or_discarded(client, open_draft):
    job = open_draft("Acme", "Beta")
    edited = client.get("/dpaas/acme/accounts/bulk/", {"from": str(job.pk)}).content.decode()
    assert "Acme\nBeta</textarea>" in edited
    assert f'name="replaces" value="{job.pk}"' in edited
    assert client.post(page_of(job, "discard/"))["Location"] == "/dpaas/acme/accounts/"
    assert not Job.objects.exists()


def test_a_started_job_is_not_discarded(client, mixed):
    client.post(page_of(mixed, "discard/"))
    assert Job.objects.filter(pk=mixed.pk).exists()


# --- who may --------------------------------------------------------------------------------------

PARTS = ("", "reading/", "start/", "pause/", "go-on/", "stop/", "look/", "discard/")


@pytest.mark.parametrize("part", [*PARTS, "files/all/csv/"])
def test_anothers_job_is_404_and_so_is_one_of_another_target(
    client, open_draft, alice, bob, bobs, profile, dpaas, part: str
):
    job = open_draft()
    DpaasProfileFactory(owner=alice, base_url=dpaas.url, organization_slug="globex", name="Globex")
    assert bobs.get(page_of(job, part)).status_code == 404
    assert client.get(page_of(job, part).replace("acme", "globex")).status_code == 404
    bob.is_superuser = True
    bob.save()
    assert bobs.get(page_of(job, part)).status_code == 404, "an administrator sees the list alone"
    if part and not part.startswith("files"):
        assert bobs.post(page_of(job, part)).status_code == 404
    job.refresh_from_db()
    assert job.state == JobState.DRAFT


@pytest.mark.parametrize("part", PARTS)
def test_who_may_no_longer_create_accounts_can_do_nothing_with_a_job(
    client, open_draft, alice, part: str
):
    job = open_draft()
    alice.groups.clear()
    answer = client.post(page_of(job, part)) if part else client.get(page_of(job))
    assert answer.status_code == 403
    job.refresh_from_db()
    assert job.state == JobState.DRAFT


def test_a_page_of_one_more_row_takes_no_more_statements(
    client: Client, open_draft: OpenDraft, django_assert_max_num_queries, same_statements
):
    few, many = open_draft(*"ab"), open_draft(*(f"Name {n}" for n in range(300)))
    client.get(page_of(few))  # the list of accounts is read now, and kept for a minute
    with django_assert_max_num_queries(30) as first:
        client.get(page_of(few))
    with django_assert_max_num_queries(len(first)):
        client.get(page_of(many))
    done = [{"name": f"Name {n}", "state": "done", "account_id": f"a-{n}"} for n in range(120)]
    over = finished(many, *done)
    with django_assert_max_num_queries(25):
        client.get(page_of(over))
