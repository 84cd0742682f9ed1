"""The list of jobs: one's own, and to administrators how far those of everybody are."""

import pytest
from django.test import Client

from console.accounts.bulk.models import Job, JobRow, JobState
from tests.accounts.bulk.screens.conftest import OpenDraft, finished, page_of
from tests.accounts.conftest import htmx
from tests.services.profiles import client_of, text

pytestmark = pytest.mark.django_db(transaction=True)

JOBS = "/jobs/"


def test_ones_own_are_listed_with_what_became_of_their_rows(client, mixed, open_draft):
    draft = open_draft("x", "y")
    page = text(client.get(JOBS))
    assert f'href="{page_of(mixed)}"' in page
    assert "1 created, 1 rejected, 1 in doubt" in page
    assert page.index(page_of(draft)) < page.index(page_of(mixed)), "the newest first"
    assert "2 rows" in page


def test_nobody_sees_those_of_others(bobs, mixed):
    page = text(bobs.get(JOBS, {"everybody": "1"}))
    assert str(mixed.pk) not in page
    assert "Create 3 accounts" not in page
    assert "Everybody" not in page
    assert "No jobs yet" in page


def test_an_administrator_sees_how_far_those_of_everybody_are_and_no_names(bob, bobs, mixed):
    bob.is_superuser = True
    bob.save()
    assert "Create 3 accounts" not in text(bobs.get(JOBS))
    page = text(bobs.get(JOBS, {"everybody": "1"}))
    assert "Create 3 accounts" in page
    assert "alice@example.com" in page
    assert "1 created, 1 rejected, 1 in doubt" in page
    assert page_of(mixed) not in page
    assert "Gamma" not in page


def test_jobs_are_told_apart_by_their_files_to_their_owner_alone(client, bob, bobs, mixed):
    """A file's name may be that of a customer."""
    Job.objects.update(source="customers <may>.csv")
    assert "customers &lt;may&gt;.csv" in text(client.get(JOBS))
    bob.is_superuser = True
    bob.save()
    assert "customers" not in text(bobs.get(JOBS, {"everybody": "1"}))


def test_a_draft_is_its_owners_alone(bob, bobs, open_draft):
    open_draft()
    bob.is_superuser = True
    bob.save()
    assert "Create 2 accounts" not in text(bobs.get(JOBS, {"everybody": "1"}))


def test_why_a_job_waits_is_said(client, mixed):
    Job.objects.update(state=JobState.PAUSED, trouble="The sign-in was refused.", finished_at=None)
    assert "The sign-in was refused." in text(client.get(JOBS))


def test_more_jobs_take_no_more_statements(
    client: Client, open_draft: OpenDraft, alice, django_assert_max_num_queries, same_statements
):
    finished(open_draft(), {"name": "A", "state": "done"})
    client.get(JOBS)
    with django_assert_max_num_queries(8) as few:
        client.get(JOBS)
    for _ in range(15):
        finished(open_draft(), {"name": "A", "state": "done"}, {"name": "B", "state": "rejected"})
    assert JobRow.objects.count() == 31
    with django_assert_max_num_queries(len(few)):
        client.get(JOBS)


def test_it_is_paged(client, mixed):
    copies = [Job(owner=mixed.owner, operation="create", credential="x") for _ in range(60)]
    Job.objects.bulk_create(copies)
    part = text(client.get(JOBS, {"page": "2"}, headers=htmx("jobs-list")))
    assert "51–61" in part
    assert "<html" not in part


def test_the_navigation_leads_there_and_strangers_sign_in(client, mixed):
    assert 'href="/jobs/" aria-current="page"' in text(client.get(JOBS))
    assert Client().get(JOBS).status_code == 302
    assert client_of(mixed.owner).post(JOBS).status_code == 405
