"""A job that runs, is paused, waits or is over: its page, its files, what its buttons do."""

import csv
from datetime import timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from console.accounts.bulk.models import Job, JobRow, JobState, RowState
from console.accounts.bulk.sealed import open_table
from console.profiles.models import CredentialProfile, Environment
from console.spreadsheets.reading import read_file
from console.spreadsheets.tables import Table
from tests.accounts.bulk.conftest import work
from tests.accounts.bulk.screens.conftest import finished, page_of
from tests.accounts.conftest import htmx
from tests.services.profiles import opened_by, text

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = "/dpaas/acme/accounts/bulk/"
INVALID = {
    "error": "ValidationError",
    "message": "Invalid input",
    "details": {"name": ["Too short"]},
}


def running(job: Job, **columns: object) -> Job:
    """`job` as it is while a worker carries it out: two of four rows are done."""
    now = timezone.now()
    for number, state in enumerate((RowState.DONE, RowState.REJECTED), start=1):
        JobRow.objects.create(job=job, number=number, name=f"Row {number}", state=state)
    for number in (3, 4):
        JobRow.objects.create(job=job, number=number, name=f"Row {number}")
    times = {"started_at": now, "beat_at": now}
    Job.objects.filter(pk=job.pk).update(
        **{"state": JobState.RUNNING, "sealed": None, "total": 4, "stored": 4, **times, **columns}
    )
    job.refresh_from_db()
    return job


def content(response) -> bytes:
    return b"".join(response.streaming_content)


# --- it runs --------------------------------------------------------------------------------------


def test_how_far_it_is_moves_by_htmx_and_by_a_link(client, open_draft):
    job = running(open_draft())
    page = text(client.get(page_of(job)))
    assert "2 of 4" in page
    assert "The remaining 2 rows take at least 1 s." in page
    assert f'hx-get="{page_of(job)}?shown=running" hx-trigger="load delay:2s"' in page
    assert f'href="{page_of(job)}"' in page
    part = text(client.get(page_of(job), headers=htmx("job-progress")))
    assert "<html" not in part
    assert "2 of 4" in part


def test_it_stops_asking_when_it_is_over_and_the_whole_page_comes(client, open_draft):
    job = running(open_draft())
    Job.objects.update(state=JobState.DONE, finished_at=timezone.now())
    part = client.get(page_of(job), headers=htmx("job-progress"))
    assert part["HX-Redirect"] == page_of(job)
    assert "load delay" not in text(client.get(page_of(job)))


@pytest.mark.parametrize("state", [JobState.PAUSED, JobState.STOPPED])
def test_the_whole_page_comes_with_its_buttons_when_its_state_changes(client, open_draft, state):
    """By the worker, whose sign-in is refused, or in another window."""
    job = running(open_draft())
    asked = {"path": page_of(job), "data": {"shown": "running"}, "headers": htmx("job-progress")}
    assert "HX-Redirect" not in client.get(**asked)
    Job.objects.update(state=state)
    assert client.get(**asked)["HX-Redirect"] == page_of(job)
    page = text(client.get(page_of(job)))
    assert "Pause</button>" not in page


def test_that_no_worker_runs_is_said(client, open_draft):
    long_ago = timezone.now() - timedelta(seconds=60)
    wait_until = timezone.now() + timedelta(seconds=60)
    job = running(open_draft(), beat_at=long_ago, wait_until=wait_until)
    assert "Waiting for a worker." not in text(client.get(page_of(job))), "it waits for DPaaS"
    Job.objects.update(wait_until=None)
    assert "Waiting for a worker." in text(client.get(page_of(job)))
    Job.objects.update(beat_at=timezone.now())
    assert "Waiting for a worker." not in text(client.get(page_of(job)))


def test_what_it_waits_for_is_said(client, open_draft):
    wait_until = timezone.now() + timedelta(seconds=30)
    job = running(open_draft(), trouble="DPaaS asks to wait.", wait_until=wait_until)
    client.cookies["time_zone"] = "America/Sao_Paulo"
    page = text(client.get(page_of(job)))
    there = wait_until.astimezone(ZoneInfo("America/Sao_Paulo"))
    assert "DPaaS asks to wait. It continues at <time" in page
    assert f">{there:%-d %b %Y, %H:%M:%S}</time>." in page
    assert "at least" not in page


def test_it_is_paused_goes_on_and_is_stopped_by_buttons(client, open_draft):
    job = running(open_draft())
    assert client.post(page_of(job, "pause/"), opened_by())["Location"] == page_of(job)
    page = text(client.get(page_of(job)))
    assert "Paused: 2 of 4" in page
    assert "load delay" not in page
    assert client.post(page_of(job, "go-on/"), opened_by()).status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.RUNNING
    client.post(page_of(job, "stop/"), opened_by())
    job.refresh_from_db()
    assert job.state == JobState.STOPPED
    assert JobRow.objects.filter(state=RowState.REJECTED).count() == 3
    for part in ("pause/", "stop/", "go-on/", "start/", "look/"):
        client.post(page_of(job, part), opened_by())
    job.refresh_from_db()
    assert job.state == JobState.STOPPED


def test_why_it_was_paused_is_said_with_the_way_to_the_profile(client, open_draft, profile):
    job = running(open_draft(), state=JobState.PAUSED, trouble="The sign-in was refused.")
    page = text(client.get(page_of(job)))
    assert "The sign-in was refused." in page
    assert f'href="/profiles/{profile.pk}/"' in page


def test_with_a_changed_credential_it_does_not_go_on(client, open_draft):
    job, opened = running(open_draft(), state=JobState.PAUSED), opened_by()
    CredentialProfile.objects.update(email="other@example.com")
    response = client.post(page_of(job, "go-on/"), opened)
    assert response.status_code == 409
    assert "Nothing was sent." in text(response)
    job.refresh_from_db()
    assert job.state == JobState.PAUSED
    assert client.post(page_of(job, "go-on/"), opened_by()).status_code == 302


@pytest.mark.parametrize(
    ("columns", "shown"),
    [({"read_only": True}, "read-only"), ({"environment": Environment.PRODUCTION}, "to confirm")],
)
def test_the_guard_asks_when_it_goes_on(client, open_draft, columns: dict, shown: str):
    job = running(open_draft(), state=JobState.PAUSED)
    CredentialProfile.objects.update(**columns)
    assert shown in text(client.get(page_of(job)))
    assert client.post(page_of(job, "go-on/"), opened_by()).status_code == 422
    job.refresh_from_db()
    assert job.state == JobState.PAUSED
    if "environment" in columns:
        typed = {"typed_name": "acme", **opened_by()}
        assert client.post(page_of(job, "go-on/"), typed).status_code == 302


# --- it is over -----------------------------------------------------------------------------------


def test_its_rows_are_shown_with_ids_and_reasons(client, mixed):
    page = text(client.get(page_of(mixed)))
    assert "1 created, 1 rejected, 1 in doubt" in page
    assert 'href="/dpaas/acme/accounts/acc-1/"' in page
    assert "Beta &amp; &lt;b&gt;" in page
    assert "name: This must be shorter. DPaaS refused this: Invalid input." in page
    assert "Check rows in doubt" in page


@pytest.mark.parametrize(
    ("state", "shown"), [("done", "Acme"), ("rejected", "Beta &amp;"), ("in_doubt", "Gamma")]
)
def test_they_are_filtered_by_state(client, mixed, state: str, shown: str):
    part = text(client.get(page_of(mixed), {"state": state}, headers=htmx("job-rows")))
    assert part.count("<tr>") == 2
    assert shown in part
    assert "<html" not in part


def test_they_are_paged_by_their_numbers(client, open_draft):
    names = [{"name": f"Name {n}", "state": RowState.DONE} for n in range(1, 121)]
    job = finished(open_draft(*(f"Name {n}" for n in range(1, 121))), *names)
    first = text(client.get(page_of(job)))
    assert "Rows <strong>1–50</strong>" in first
    assert f'href="{page_of(job)}?state=&amp;row=51"' in first
    last = text(client.get(page_of(job), {"row": "101"}))
    assert "Rows <strong>101–120</strong>" in last
    assert f'href="{page_of(job)}?state=&amp;row=51"' in last
    for odd in ("x", "-1", "9" * 30, "²"):
        assert client.get(page_of(job), {"row": odd}).status_code == 200


def test_those_in_doubt_are_looked_for_once_more(client, mixed):
    client.post(page_of(mixed, "look/"), opened_by())
    mixed.refresh_from_db()
    assert mixed.is_settling
    page = text(client.get(page_of(mixed)))
    assert "Checking DPaaS for the rows whose response was lost" in page
    assert 'hx-trigger="load delay:2s"' in page


@pytest.mark.parametrize("form", ["csv", "csv-excel", "xlsx"])
def test_all_rows_come_as_a_file_with_their_ids(client, mixed, form: str):
    response = client.get(page_of(mixed, f"files/all/{form}/"))
    table = read_file(content(response), name=f"x.{form}")
    assert table.columns == ["Row", "Name", "State", "ID in DPaaS", "Problem"]
    assert table.rows[0][:4] == ["1", "Acme", "Created", "acc-1"]
    assert table.rows[1][2:] == [
        "Rejected",
        "",
        "name: This must be shorter. DPaaS refused this: Invalid input.",
    ]
    assert response["Cache-Control"] == "no-store"
    assert "attachment" in response["Content-Disposition"]


@pytest.mark.parametrize("part", ["files/all/exe/", "files/none/csv/", "files/done/csv/"])
def test_no_other_files_are_there(client, mixed, part: str):
    assert client.get(page_of(mixed, part)).status_code == 404


def test_a_draft_has_no_files(client, open_draft):
    assert client.get(page_of(open_draft(), "files/all/csv/")).status_code == 404


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_rejected_rows_come_with_their_columns_are_mended_and_sent_again(
    client, open_draft, form: str
):
    brought = Table(["Firma", "Ort", "Standard"], [["A", "Rom", "no"], ["B", "Bonn", "yes"]], 2)
    no = {"state": RowState.REJECTED, "explanation": "Too short."}
    job = finished(
        open_draft(table=brought),
        {"number": 2, "name": "A", "state": RowState.DONE, "account_id": "acc-1"},
        {"number": 3, "name": "B", **no},
    )
    data = content(client.get(page_of(job, f"files/rejected/{form}/")))
    table = read_file(data, name=f"x.{form}")
    assert table.columns == ["Firma", "Ort", "Standard", "Problem"]
    assert table.rows == [["B", "Bonn", "yes", "Too short."]]
    upload = SimpleUploadedFile(f"mended.{form}", data)
    client.post(ROWS, {"upload": upload, "operation": "create", **opened_by()})
    again = Job.objects.latest("created_at")
    assert again.mapping == {"name": 0, "is_default": 2}, "the problem is no field"


def test_what_was_wrong_before_is_left_out_when_a_row_is_rejected_again(client, open_draft):
    brought = Table(["Name", "Problem"], [["B", "Too short."]], 2)
    no = {"state": RowState.REJECTED, "explanation": "Taken."}
    job = finished(open_draft(table=brought), {"number": 2, "name": "B", **no})
    table = read_file(content(client.get(page_of(job, "files/rejected/csv/"))), name="x.csv")
    assert (table.columns, table.rows) == (["Name", "Problem"], [["B", "Taken."]])


def test_the_rejected_are_mended_in_the_form(client, mixed):
    page = client.get(ROWS, {"from": str(mixed.pk)}).content.decode()
    assert "Beta &amp; &lt;b&gt;</textarea>" in page
    assert "This must be shorter." in page
    assert 'name="replaces" value="' not in page


def test_rejected_rows_of_a_table_come_into_the_form_with_what_is_wrong(client, open_draft):
    brought = Table(["id", "name"], [["acc-1", "Neu\tzwei"], ["acc-2", "B"]], 2)
    no = {"state": RowState.REJECTED, "explanation": "This name is taken."}
    job = finished(
        open_draft(table=brought, operation="rename"),
        {"number": 2, "name": "Neu\tzwei", "account_id": "acc-1", **no},
        {"number": 3, "name": "B", "account_id": "acc-2", "state": RowState.DONE},
    )
    page = client.get(ROWS, {"from": str(job.pk)}).content.decode()
    rows = page.partition('name="rows"')[2].partition("</textarea>")[0].partition(">")[2]
    pasted = list(csv.reader(StringIO(rows.replace("&quot;", '"').strip()), "excel-tab"))
    assert pasted == [["id", "name", "Problem"], ["acc-1", "Neu\tzwei", "This name is taken."]]
    assert "Rename accounts</h1>" in " ".join(page.split())


def test_rows_to_mend_stand_alone_and_keep_what_was_wrong_until_they_can_be_read(
    client, open_draft
):
    brought = Table(["Firma", "Standard"], [["A", "no"], ["B", "yes"]], 2)
    no = {"state": RowState.REJECTED, "explanation": "This name is taken."}
    job = finished(open_draft(table=brought), {"number": 2, "name": "A", **no})
    page = client.get(ROWS, {"from": str(job.pk)}).content.decode()
    assert "Names, one per line" not in page
    assert f'action="{ROWS}?from={job.pk}"' in page
    torn = {"rows": 'Firma;Standard\n"A;no', "operation": "create", **opened_by()}
    again = client.post(f"{ROWS}?from={job.pk}", torn)
    page = again.content.decode()
    assert (again.status_code, "Names, one per line" in page) == (422, False)
    assert "1 row to fix" in page
    assert "This name is taken." in page
    empty = client.post(f"{ROWS}?from={job.pk}", {**torn, "rows": ""}).content.decode()
    assert "Enter at least one name, or add rows below." in empty


def test_rows_that_are_changed_are_called_by_the_name_that_was_brought(client, open_draft):
    brought = Table(["account_id", "name"], [["acc-1", "Porto"], ["acc-2", "Riga"]], 2)
    job = finished(
        open_draft(table=brought, operation="deactivate"),
        {"number": 2, "account_id": "acc-1", "state": RowState.DONE},
        {"number": 3, "account_id": "acc-2", "state": RowState.REJECTED, "explanation": "No."},
    )
    page = text(client.get(page_of(job)))
    assert "1 deactivated, 1 rejected" in page
    assert "Porto" in page
    assert "Riga" in page


def test_rows_that_no_form_holds_are_asked_for_as_a_file(client, open_draft, monkeypatch):
    monkeypatch.setattr("console.accounts.bulk.mending.MAX_ROWS", 1)
    page = text(client.get(ROWS, {"from": str(open_draft("One", "Two").pk)}))
    assert "Upload them as a file." in page
    assert "Two" not in page


def test_a_real_job_goes_from_the_names_to_its_files(client, profile, dpaas):
    client.post(ROWS, {"names": "One\nTwo\nThree\nOne", "operation": "create", **opened_by()})
    job = Job.objects.get()
    client.post(page_of(job, "start/"), {"rows_per_second": "100", **opened_by()})
    dpaas.faults.add(route="POST /accounts", status=422, body=INVALID, times=1)
    job.refresh_from_db()
    work(job)
    assert job.state == JobState.DONE
    page = text(client.get(page_of(job)))
    assert "2 created, 2 rejected" in page
    assert "name: Too short" in page
    mended = client.get(ROWS, {"from": str(job.pk)}).content.decode()
    assert "One\nOne</textarea>" in mended
    again = client.get(page_of(job, "files/all/csv/"))
    assert content(again).count(b"acc-") == 2
    assert open_table(job) is None
