"""A job from its start to its end: each row is sent once, and told as it is."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest
from django.db import OperationalError, connection, connections
from django.db.models import F
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from console.accounts.bulk import jobs
from console.accounts.bulk.models import Job, JobState
from console.accounts.bulk.preparing.tables import Table
from console.accounts.bulk.running import (
    claiming,
    doubts,
    pacing,
    reviving,
    searching,
    slices,
    storing,
)
from console.accounts.bulk.running.claiming import claim
from console.accounts.bulk.running.looking import look
from console.accounts.bulk.running.sending import send
from console.accounts.bulk.running.tasks import send_rows
from console.accounts.bulk.sealed import seal_table
from console.accounts.lists.models import Walk
from console.accounts.models import SubmissionState
from console.accounts.permissions import NOT_ALLOWED
from console.accounts.submissions import NOT_AMONG_THE_NEWEST
from console.profiles.editing import saving
from console.profiles.models import CredentialProfile
from console.upstream.errors import WriteRefused
from console.vault.secret import Secret
from sandbox.data import Row, utc
from sandbox.dpaas import DpaasUpstream
from sandbox.people import GLOBEX_DPAAS
from tests.accounts.bulk.conftest import names_at, outcomes, work
from tests.factories import AccountSubmissionFactory
from tests.services.profiles import text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.both_databases
def test_each_row_of_a_job_creates_one_account(start_job, dpaas):
    names = [f"Customer {number}" for number in range(12)]
    job = work(start_job(*names))
    assert job.state == JobState.DONE
    assert set(outcomes(job).values()) == {"done"}
    assert [names_at(dpaas).count(name) for name in names] == [1] * 12
    ids = {account["name"]: account["id"] for account in dpaas.data.accounts}
    assert {row.account_id for row in job.rows.all()} == {ids[name] for name in names}
    progress = jobs.progress(job)
    assert (progress.total, progress.done, progress.settled) == (12, 12, 12)


@pytest.mark.both_databases
@pytest.mark.parametrize(("lanes", "finished"), [(2, ["Two", "One"]), (1, ["One", "Two"])])
def test_with_two_lanes_a_slow_row_does_not_hold_up_the_next(start_job, dpaas, lanes, finished):
    dpaas.faults.add(route="POST /accounts", latency=2.0)  # of the first
    job = start_job("One", "Two", rows_per_second=2.0)
    slices.work(job.pk, job.hands, lanes=lanes)
    assert list(job.rows.order_by("finished_at").values_list("name", flat=True)) == finished
    assert dpaas.stats.counts.create_calls == 2


def test_who_searches_the_list_finds_what_a_job_that_still_runs_has_created(
    start_job, profile, dpaas, client
):
    found = {"q": "Brand"}
    job = start_job("Brand new", "Later")
    assert "No account contains" in text(client.get("/dpaas/acme/accounts/", found))
    just_read = Walk.objects.get().pk
    Walk.objects.update(read_at=timezone.now() - timedelta(seconds=20))
    dpaas.faults.add(
        route="POST /accounts", after=1, status=429, headers={"Retry-After": "60"}, body={}
    )
    slices.work(job.pk, job.hands)
    assert [row.state for row in job.rows.order_by("number")] == ["done", "waiting"]
    assert "Brand new" in text(client.get("/dpaas/acme/accounts/", found))
    assert Walk.objects.get().pk != just_read


def test_a_row_that_dpaas_rejects_says_why_and_the_others_go_on(start_job, dpaas):
    job = work(start_job("One", "x" * 101, "Two"))
    assert list(outcomes(job).values()) == ["done", "rejected", "done"]
    rejected = job.rows.get(number=2)
    assert rejected.details == {"name": ["Ensure this field has no more than 100 characters"]}
    assert "DPaaS did not accept the input (status 422)." in rejected.explanation
    assert rejected.unique_key == ""


def test_names_that_dpaas_has_are_not_sent(start_job, dpaas):
    job = work(start_job("Production", "Brand new"))
    assert outcomes(job) == {"Production": "rejected", "Brand new": "done"}
    assert job.rows.get(number=1).explanation == storing.EXISTS
    assert dpaas.stats.counts.create_calls == 1


def test_unless_their_owner_wants_them_sent(start_job, dpaas):
    job = work(start_job("Production", sends_existing=True))
    assert dpaas.stats.counts.create_calls == 1
    assert job.rows.get().failure == "conflict"


def test_a_row_with_a_problem_is_not_sent(start_job, dpaas):
    job = work(start_job("One", "One"))
    assert sorted(row.state for row in job.rows.all()) == ["done", "rejected"]
    assert dpaas.stats.counts.create_calls == 1


@pytest.mark.both_databases
def test_the_same_rows_in_two_jobs_create_nothing_twice(start_job, dpaas):
    first, second = start_job("One", "Two"), start_job("Two", "Three")
    for _ in range(2):
        for job in (first, second):
            work(job, slices_at_most=1)
    assert [names_at(dpaas).count(name) for name in ("One", "Two", "Three")] == [1] * 3
    assert dpaas.stats.counts.create_calls == 3
    assert outcomes(second)["Two"] == "rejected"


def test_a_name_whose_answer_another_job_lost_is_told_as_that(start_job, dpaas):
    first, second = start_job("One"), start_job("One")
    dpaas.faults.add(route="POST /accounts", status=503, body={"message": "down"})
    work(first, slices_at_most=1)
    assert outcomes(first) == {"One": "in_doubt"}
    assert outcomes(work(second)) == {"One": "rejected"}
    assert second.rows.get().explanation == claiming.BY_ANOTHER["in_doubt"]


def test_a_name_whose_account_is_gone_in_dpaas_is_created_again(start_job, dpaas):
    first = work(start_job("One"))
    dpaas.data.accounts[:] = [each for each in dpaas.data.accounts if each["name"] != "One"]
    first.rows.update(finished_at=timezone.now() - timedelta(hours=1))
    Walk.objects.all().delete()
    second = work(start_job("One"))
    assert outcomes(second) == {"One": "done"}
    assert names_at(dpaas).count("One") == 1


def test_changes_are_sent_to_the_accounts_of_their_ids(start_job, dpaas):
    account, other = dpaas.data.accounts[3:5]
    rows = [[account["id"], "New name"], [other["id"], "Other name"], ["acc-nowhere", "Nobody"]]
    job = work(start_job.rows(rows, {"account_id": 0, "name": 1}, "rename"))
    assert [row.state for row in job.rows.all()] == ["done", "done", "rejected"]
    assert (account["name"], other["name"]) == ("New name", "Other name")
    assert job.rows.get(number=3).failure == "not_found"


def test_metadata_is_sent_as_it_was_brought(start_job, dpaas):
    account = dpaas.data.accounts[3]
    rows = [[account["id"], '{"tier": 1.50, "owner": {"é": null}}']]
    job = work(start_job.rows(rows, {"account_id": 0, "metadata": 1}, "metadata"))
    assert job.rows.get().state == "done"
    assert account["metadata"] == {"tier": 1.5, "owner": {"é": None}}
    assert b"tier" not in bytes(job.rows.get().sealed)


def test_a_token_that_expires_in_mid_job_is_refreshed(start_job, dpaas):
    job = start_job(*[f"Customer {number}" for number in range(6)], rows_per_second=20.0)
    dpaas.set_lifetime(access_seconds=0.1)
    work(job)
    assert set(outcomes(job).values()) == {"done"}
    assert dpaas.stats.counts.creates == 6


def test_rows_are_not_sent_faster_than_the_rate(start_job, dpaas, monkeypatch):
    """By the turns that are given out: no second one before its time, however many ask."""
    job = start_job("One", rows_per_second=1.0)
    read = slices.JOB.first(job.pk)
    assert pacing.take_turn(read) == 0
    again = slices.JOB.first(job.pk)
    assert 0.5 < pacing.take_turn(again) <= 1
    assert pacing.take_turn(read) > 0  # who read the job before has missed the turn too


# --- pause, go on, stop ---------------------------------------------------------------------------


def test_a_paused_job_sends_nothing_until_it_goes_on(start_job, profile, dpaas):
    job = start_job("One", "Two")
    assert jobs.pause(job)
    assert work(job).state == JobState.PAUSED
    assert dpaas.stats.counts.create_calls == 0
    assert jobs.progress(job).waiting == 2
    assert jobs.go_on(job, profile)
    assert not jobs.go_on(job, profile)
    assert work(job).state == JobState.DONE
    assert dpaas.stats.counts.creates == 2


def test_tasks_of_a_job_that_was_paused_and_goes_on_do_not_pile_up(start_job, profile, dpaas):
    job = start_job("One")
    older = job.hands
    jobs.pause(job)
    jobs.go_on(job, profile)
    assert job.hands == older + 1
    assert slices.work(job.pk, older) is None
    assert dpaas.stats.counts.api_calls == 0


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_stopped_job_rejects_what_was_not_sent(start_job, dpaas, is_stored):
    job = start_job("One", "Two", "Three", rows_per_second=0.01)
    if is_stored:
        work(job, slices_at_most=1)
    assert jobs.stop(job)
    assert not jobs.stop(job)
    work(job)
    assert (job.state, job.is_settling) == (JobState.STOPPED, False)
    progress = jobs.progress(job)
    created = dpaas.stats.counts.creates
    assert created == int(is_stored)
    assert (progress.done, progress.rejected, progress.settled) == (created, 3 - created, 3)
    assert job.rows.last().explanation == storing.STOPPED


def test_a_job_is_started_once(start_job, profile, dpaas):
    job = start_job("One")
    assert not jobs.start(job, profile)
    assert not jobs.change_draft(job, sends_existing=True)


# --- whose owner must do something ----------------------------------------------------------------


def test_a_profile_that_was_edited_sends_nothing_more(start_job, profile, dpaas):
    job = start_job("One")
    CredentialProfile.objects.filter(pk=profile.pk).update(role="other")
    assert work(job).state == JobState.PAUSED
    assert job.trouble == slices.CHANGED
    assert dpaas.stats.counts.create_calls == 0
    profile.refresh_from_db()
    jobs.go_on(job, profile)
    assert work(job).state == JobState.DONE


def test_a_row_on_its_way_is_not_sent_to_the_organization_that_its_profile_moved_to(
    start_job, profile, dpaas
):
    job = start_job("One")
    storing.store_rows(slices.JOB.first(job.pk), lambda names: set())
    row = claim(slices.JOB.first(job.pk))
    moved = CredentialProfile.objects.get(pk=profile.pk)
    moved.email, moved.organization_slug = GLOBEX_DPAAS.email, GLOBEX_DPAAS.organization_slug
    saving.save_profile(moved, secret=Secret(GLOBEX_DPAAS.password), checked=None)
    send(row, profile)
    assert dpaas.stats.counts.create_calls == 0
    job.refresh_from_db()
    assert (job.state, outcomes(job)) == (JobState.PAUSED, {"One": "waiting"})


def test_nor_does_one_that_was_deleted(start_job, profile, dpaas):
    job = start_job("One")
    profile.delete()
    assert work(job).state == JobState.PAUSED
    assert job.trouble == slices.DELETED


def test_nor_one_that_was_made_read_only(start_job, profile, dpaas):
    job = start_job("One")
    CredentialProfile.objects.filter(pk=profile.pk).update(read_only=True)
    assert work(job).state == JobState.PAUSED
    assert "is read-only" in job.trouble
    assert (dpaas.stats.counts.create_calls, jobs.progress(job).waiting) == (0, 1)


def test_a_teammate_who_lost_the_permission_sends_nothing_more(start_job, alice, dpaas):
    job = start_job("One")
    alice.groups.clear()
    assert work(job).state == JobState.PAUSED
    assert job.trouble == NOT_ALLOWED
    assert dpaas.stats.counts.create_calls == 0


def test_a_production_target_is_typed_once_for_the_whole_job(alice, profile, dpaas):
    CredentialProfile.objects.filter(pk=profile.pk).update(environment="production")
    profile.refresh_from_db()
    table = Table([], [["One"], ["Two"]])
    job = jobs.open_job(alice, profile, "create", table, mapping={"name": 0})
    for wrong in ("", "globex"):
        with pytest.raises(WriteRefused):
            jobs.start(job, profile, typed_name=wrong)
    assert jobs.progress(job).waiting == 2
    assert jobs.start(job, profile, typed_name=profile.target.name)
    assert set(outcomes(work(job)).values()) == {"done"}


# --- DPaaS in trouble -----------------------------------------------------------------------------


def test_a_throttled_job_waits_for_as_long_as_dpaas_says(start_job, dpaas):
    job = start_job("One", "Two")
    dpaas.faults.add(route="POST /accounts", status=429, headers={"Retry-After": "7"}, body={})
    assert slices.work(job.pk, job.hands) == pytest.approx(7, abs=1.5)
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    assert "received too many requests" in job.trouble
    assert jobs.progress(job).waiting == 2
    assert dpaas.stats.counts.create_calls == 1
    Job.objects.filter(pk=job.pk).update(wait_until=timezone.now())
    work(job)
    assert (job.trouble, job.failures) == ("", 0)
    assert set(outcomes(job).values()) == {"done"}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (
            {"status": 429, "body": {"detail": "Slow down."}},
            "DPaaS received too many requests and refused this one (status 429). "
            "DPaaS says: “Slow down.”",
        ),
        (
            {"status": 504, "html": True},
            "DPaaS failed (status 504): it sent a web page, probably from a gateway in front of "
            "it.",
        ),
        ({"lose_answer": True}, "The connection to DPaaS was lost before it responded."),
    ],
)
def test_a_job_that_waits_gives_no_advice_that_it_follows_by_itself(
    start_job, profile, dpaas, fault, told
):
    """Such as to try again, or to check before that: it does both."""
    job = start_job("One", sends_existing=True)
    storing.store_rows(job, lambda names: set())
    dpaas.faults.add(route="POST /accounts", **fault)
    send(claim(job), profile)
    job.refresh_from_db()
    assert job.trouble == told


def test_a_job_whose_sign_in_is_paused_says_why_and_no_time_that_grows_old(
    start_job, profile, dpaas
):
    job = start_job("One", sends_existing=True)
    dpaas.faults.add(route="/authentication/*", times=None, status=503, body={"detail": "Down."})
    for _ in range(2):
        Job.objects.filter(pk=job.pk).update(wait_until=None)
        slices.work(job.pk, job.hands)
    job.refresh_from_db()
    assert job.trouble == "DPaaS failed (status 503). DPaaS says: “Down.”"


def test_one_forbidden_account_stops_no_others(start_job, dpaas):
    accounts = dpaas.data.accounts[3:8]
    job = start_job.rows([[each["id"]] for each in accounts], {"account_id": 0}, "deactivate")
    default = f"PATCH /accounts/{accounts[1]['id']}"
    dpaas.faults.add(route=default, status=403, body={"detail": "Not the default account."})
    assert work(job).state == JobState.DONE
    assert [row.state for row in job.rows.all()] == ["done", "rejected", *["done"] * 3]
    assert "Not the default account." in job.rows.get(number=2).explanation


def test_a_job_whose_rows_are_all_forbidden_waits_for_its_owner(start_job, profile, dpaas):
    accounts = dpaas.data.accounts[3:10]
    job = start_job.rows([[each["id"]] for each in accounts], {"account_id": 0}, "deactivate")
    dpaas.faults.add(route="PATCH /accounts/*", times=4, status=403, body={"detail": "No."})
    assert work(job).state == JobState.PAUSED
    assert "does not allow the profile's user to do this" in job.trouble
    assert (jobs.progress(job).rejected, jobs.progress(job).waiting) == (3, 4)
    jobs.go_on(job, profile)
    assert (work(job).state, jobs.progress(job).rejected) == (JobState.PAUSED, 4)
    jobs.go_on(job, profile)
    assert (work(job).state, jobs.progress(job).done) == (JobState.DONE, 3)


def test_where_nobody_listens_the_pauses_grow(start_job, dpaas):
    job = start_job("One", "Two")
    slices.work(job.pk, job.hands)  # stores
    dpaas.stop()
    try:
        job = start_job("Three", sends_existing=True)
        pauses = []
        for _ in range(7):
            Job.objects.filter(pk=job.pk).update(wait_until=None)
            pauses.append(round(slices.work(job.pk, job.hands)))
        assert pauses == [2, 4, 8, 16, 32, 60, 60]
        assert jobs.progress(job).waiting == 1
    finally:
        dpaas.start()


@pytest.mark.both_databases
def test_an_answer_that_is_lost_after_the_create_is_found_at_once(start_job, dpaas):
    job = start_job("One", "Two", "Three")
    dpaas.faults.add(route="POST /accounts", lose_answer=True, after=1)
    work(job)
    assert set(outcomes(job).values()) == {"done"}
    assert [names_at(dpaas).count(name) for name in ("One", "Two", "Three")] == [1] * 3
    assert dpaas.stats.counts.create_calls == 3
    assert job.rows.get(name="Two").account_id in {each["id"] for each in dpaas.data.accounts}


def test_a_create_that_never_happened_is_rejected_once_dpaas_had_time(start_job, dpaas):
    job = start_job("One", "Two")
    dpaas.faults.add(route="POST /accounts", status=503, body={"message": "down"})
    slices.work(job.pk, job.hands)
    assert outcomes(job) == {"One": "in_doubt", "Two": "waiting"}
    later(job, seconds=11)
    work(job)
    assert outcomes(job) == {"One": "rejected", "Two": "done"}
    assert job.rows.get(name="One").explanation == searching.MISSING
    assert dpaas.stats.counts.create_calls == 2


def test_a_create_of_the_same_name_by_somebody_else_stays_in_doubt(start_job, dpaas):
    """An account that may be it, and is not it for certain, is told and never claimed."""
    job = start_job("Wörld Ltd")
    dpaas.faults.add(route="POST /accounts", status=503, body={"message": "down"})
    slices.work(job.pk, job.hands)
    rows = dpaas.data.accounts
    rows.append({**rows[0], "id": "acc-other", "name": "World Ltd", "is_default": False,
                 "created_at": utc(datetime.now(UTC))})  # fmt: skip
    later(job, seconds=11)
    work(job)
    assert (job.state, outcomes(job)) == (JobState.DONE, {"Wörld Ltd": "in_doubt"})
    assert "acc-other" in job.rows.get().explanation
    assert jobs.look_again(job)
    assert job.is_settling
    rows[-1]["name"] = "Wörld Ltd"
    work(job)
    assert (outcomes(job), job.is_settling) == ({"Wörld Ltd": "done"}, False)


@pytest.fixture
def lost(start_job, dpaas) -> Job:
    """A job with one row, which DPaaS has created, and whose answer was lost."""
    job = start_job("One", sends_existing=True)
    dpaas.faults.add(route="POST /accounts", lose_answer=True)
    dpaas.faults.add(route="GET /accounts", status=503, body={"message": "down"})
    slices.work(job.pk, job.hands)
    assert outcomes(job) == {"One": "in_doubt"}
    return job


def test_an_account_of_the_same_id_at_another_target_is_another_one(lost, dpaas, start_job, alice):
    """As where each DPaaS numbers its accounts from 1."""
    elsewhere = work(start_job("Elsewhere"))
    Job.objects.filter(pk=elsewhere.pk).update(organization_slug="globex")
    long_ago = timezone.now() - timedelta(days=1)
    one_id = dpaas.data.accounts[-2]["id"]
    assert dpaas.data.accounts[-2]["name"] == "One"
    elsewhere.rows.update(account_id=one_id, finished_at=long_ago)
    AccountSubmissionFactory(
        user=alice, organization_slug="globex", account_id=one_id, state=SubmissionState.CREATED
    )
    later(lost, seconds=11)
    assert outcomes(work(lost)) == {"One": "done"}


def test_an_account_that_another_job_has_changed_may_be_the_one_in_doubt(lost, dpaas, start_job):
    account = dpaas.data.accounts[-1]
    assert account["name"] == "One"
    work(start_job.rows([[account["id"]]], {"account_id": 0}, "deactivate"))
    later(lost, seconds=11)
    assert outcomes(work(lost)) == {"One": "done"}


def test_a_page_that_repeats_rows_in_place_of_others_proves_nothing(lost, dpaas):
    """As where a DPaaS has no order among accounts of one second."""
    dpaas.data.accounts += crowd(dpaas, 150)
    repeat_first_page(dpaas)
    later(lost, seconds=11)
    assert outcomes(work(lost)) == {"One": "done"}


def test_where_pages_go_on_repeating_rows_they_stay_in_doubt(lost, dpaas):
    dpaas.data.accounts += crowd(dpaas, 150)
    for walk in range(searching.MAX_WALKS):
        repeat_first_page(dpaas, after=1 + 2 * walk)  # a call that one answers, others do not count
    later(lost, seconds=11)
    assert outcomes(work(lost)) == {"One": "in_doubt"}
    assert lost.rows.get().explanation == NOT_AMONG_THE_NEWEST


def test_an_account_that_new_ones_push_to_the_next_page_is_still_one(start_job, dpaas):
    job = start_job("One", "Two", sends_existing=True)
    dpaas.faults.add(route="POST /accounts", lose_answer=True)
    dpaas.faults.add(route="GET /accounts", times=2, status=503, body={"message": "down"})
    slices.work(job.pk, job.hands)
    dpaas.faults.add(route="POST /accounts", status=503, body={"message": "down"})
    Job.objects.filter(pk=job.pk).update(wait_until=None)
    slices.work(job.pk, job.hands)
    assert outcomes(job) == {"One": "in_doubt", "Two": "in_doubt"}
    acme = dpaas.data.organizations["acme"]["id"]
    *older, one = [each for each in dpaas.data.accounts if each["organization_id"] == acme]
    dpaas.data.accounts[:] = [*older[:50], one, *crowd(dpaas, 99)]  # `one` ends the first page
    second_page = {"total": 151, "page": 2, "results": [one, *older[:50]]}
    dpaas.faults.clear()
    dpaas.faults.add(route="GET /accounts", after=1, body=second_page)
    later(job, seconds=30)
    assert outcomes(work(job)) == {"One": "done", "Two": "rejected"}


def crowd(dpaas: DpaasUpstream, count: int) -> list[Row]:
    """Accounts that somebody else has created just now."""
    now = datetime.now(UTC) + timedelta(seconds=1)
    like = dpaas.data.accounts[0]
    return [
        {**like, "id": f"acc-crowd-{each}", "name": f"Crowd {each}", "created_at": utc(now)}
        for each in range(count)
    ]


def repeat_first_page(dpaas: DpaasUpstream, *, after: int = 1) -> None:
    """Answer one request for a page with the first page again."""
    acme = dpaas.data.organizations["acme"]["id"]
    rows = [each for each in dpaas.data.accounts if each["organization_id"] == acme]
    newest = sorted(rows, key=lambda each: (each["created_at"], each["id"]), reverse=True)[:100]
    body = {"total": len(rows), "page": 2, "results": newest}
    dpaas.faults.add(route="GET /accounts", after=after, body=body)


def test_a_slow_look_forgets_no_row_that_came_into_doubt_meanwhile(start_job, profile, dpaas):
    """Two workers look, the first for one row and the second for both; the first ends last."""
    job = start_job("One", "Two", sends_existing=True)
    storing.store_rows(slices.JOB.first(job.pk), lambda names: set())
    one, two = job.rows.order_by("number")
    in_doubt = {"state": "in_doubt", "sent_at": timezone.now(), "finished_at": timezone.now()}
    job.rows.filter(pk=one.pk).update(**in_doubt)
    pacing.look_soon(job)
    dpaas.faults.add(route="GET /accounts", latency=1.0)
    slow = Thread(target=closing, args=[lambda: look(slices.JOB.first(job.pk), profile)])
    slow.start()
    while not dpaas.stats.counts.api_calls:
        assert slow.is_alive()
    account = {**dpaas.data.accounts[0], "id": "acc-one", "name": "One", "is_default": False}
    dpaas.data.accounts.append({**account, "created_at": utc(datetime.now(UTC))})
    job.rows.filter(pk=two.pk).update(**in_doubt)
    pacing.look_soon(job)
    look(slices.JOB.first(job.pk), profile)
    slow.join()
    job.refresh_from_db()
    assert outcomes(job) == {"One": "done", "Two": "in_doubt"}
    assert job.look_at is not None


def test_no_row_comes_into_doubt_without_being_looked_for(start_job, profile, dpaas):
    """As where the worker loses its database, or dies, between the two."""
    job = start_job("One", sends_existing=True)
    storing.store_rows(slices.JOB.first(job.pk), lambda names: set())
    dpaas.faults.add(route="POST /accounts", lose_answer=True)
    row = claim(slices.JOB.first(job.pk))
    with connection.execute_wrapper(lose_at_look), pytest.raises(OperationalError):
        send(row, profile)
    assert outcomes(job) == {"One": "sending"}
    long_ago = timezone.now() - timedelta(seconds=doubts.STALE_SECONDS + 1)
    job.rows.update(sent_at=long_ago)
    with connection.execute_wrapper(lose_at_look), pytest.raises(OperationalError):
        doubts.doubt_interrupted(job)
    assert outcomes(job) == {"One": "sending"}
    assert outcomes(work(job)) == {"One": "done"}


def lose_at_look(execute, sql, params, many, context):
    if 'SET "look_at"' in sql:
        raise OperationalError("the connection is lost")
    return execute(sql, params, many, context)


def closing(act: Callable[[], object]) -> None:
    """In a thread: give its connection to the database back."""
    try:
        act()
    finally:
        connections.close_all()


def test_a_row_whose_worker_died_is_found_and_not_sent_again(start_job, dpaas):
    job = start_job("One", "Two", rows_per_second=0.01)
    work(job, slices_at_most=1)
    assert outcomes(job) == {"One": "done", "Two": "waiting"}
    # As if the worker had been killed between the create and the record of it.
    moment = timezone.now() - timedelta(seconds=doubts.STALE_SECONDS + 1)
    job.rows.filter(name="One").update(state="sending", account_id="", sent_at=moment)
    work(job, slices_at_most=1)
    assert outcomes(job)["One"] == "done"
    assert dpaas.stats.counts.create_calls == 1


def test_a_row_that_a_dead_worker_never_sent_is_rejected_after_a_minute(start_job, dpaas):
    job = start_job("One", "Two", rows_per_second=0.01)
    work(job, slices_at_most=1)
    long_ago = timezone.now() - timedelta(seconds=doubts.STALE_SECONDS + 1)
    job.rows.filter(name="Two").update(state="sending", sent_at=long_ago)
    work(job, slices_at_most=1)
    assert outcomes(job)["Two"] == "in_doubt"
    later(job, seconds=60)
    work(job)
    assert (job.state, outcomes(job)) == (JobState.DONE, {"One": "done", "Two": "rejected"})
    assert dpaas.stats.counts.create_calls == 1


def test_a_change_in_doubt_is_settled_by_reading_the_account(start_job, dpaas):
    done, lost = dpaas.data.accounts[3:5]
    done["is_active"] = lost["is_active"] = True
    rows = [[done["id"]], [lost["id"]]]
    job = start_job.rows(rows, {"account_id": 0}, "deactivate")
    dpaas.faults.add(route="PATCH /accounts/*", lose_answer=True)
    dpaas.faults.add(route="PATCH /accounts/*", status=503, body={"message": "down"})
    slices.work(job.pk, job.hands)
    for _ in range(3):
        later(job, seconds=11)
        slices.work(job.pk, job.hands)
    work(job)
    assert [row.state for row in job.rows.all()] == ["done", "rejected"]
    assert (done["is_active"], lost["is_active"]) == (False, True)


def later(job: Job, *, seconds: float) -> None:
    """As if this time had passed since all that the job did."""
    gone = timedelta(seconds=seconds)
    Job.objects.filter(pk=job.pk).update(
        look_at=F("look_at") - gone, wait_until=F("wait_until") - gone
    )
    job.rows.filter(sent_at__isnull=False).update(
        sent_at=F("sent_at") - gone, finished_at=F("finished_at") - gone
    )


@pytest.mark.both_databases
def test_rows_are_stored_once_by_two_workers_at_a_time(start_job, dpaas, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", 10)
    job = start_job(*[f"Customer {number}" for number in range(35)], sends_existing=True)
    read = slices.JOB.first(job.pk)
    assert storing.store_rows(read, lambda names: set())
    assert not storing.store_rows(slices_before(job), lambda names: set())
    job.refresh_from_db()
    assert (job.stored, job.total, job.sealed, job.rows.count()) == (35, 35, None, 35)


def slices_before(job: Job) -> Job:
    """The job as another worker read it before the rows were stored."""
    seal_table(job, Table([], [["One"]]))
    return job


# --- revived --------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_a_job_that_no_worker_goes_on_with_is_given_to_one(start_job, dpaas):
    job = start_job("One")
    silent = timezone.now() - timedelta(seconds=reviving.SILENT_SECONDS + 1)
    Job.objects.filter(pk=job.pk).update(beat_at=silent)
    assert reviving.revive() == 0  # its tasks wait for their turn
    DBTaskResult.objects.update(status="RUNNING")  # by workers that were killed
    older = job.hands
    assert reviving.revive() == 1
    assert reviving.revive() == 0
    job.refresh_from_db()
    assert job.hands == older + 1
    assert DBTaskResult.objects.filter(status="READY").count() == reviving.HANDS


@pytest.mark.parametrize("columns", [{"state": "paused"}, {"state": "draft"}, {"waits": True}])
def test_one_that_is_not_to_be_worked_on_is_left_alone(start_job, columns):
    job = start_job("One")
    DBTaskResult.objects.all().delete()
    now = timezone.now()
    if columns.pop("waits", False):
        columns = {"wait_until": now + timedelta(seconds=30)}
    Job.objects.filter(pk=job.pk).update(beat_at=now - timedelta(minutes=5), **columns)
    assert reviving.revive() == 0


@pytest.mark.both_databases
def test_a_job_that_is_started_comes_before_the_next_slices_of_those_that_run(start_job):
    long = start_job(*[f"Customer {number}" for number in range(5)])
    DBTaskResult.objects.all().delete()
    for _ in range(reviving.HANDS):  # as its slices leave them
        send_rows.using(run_after=timezone.now()).enqueue(str(long.pk), long.hands)
    short = start_job("One more")
    order = [task.args_kwargs["args"][0] for task in DBTaskResult.objects.ready()]
    assert order == [str(short.pk), str(long.pk), str(long.pk), str(short.pk)]
