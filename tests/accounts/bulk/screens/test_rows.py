"""What is brought: typed names, pasted rows, files, and accounts that are ticked in the list."""

import json
import uuid
from io import BytesIO

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from console.accounts.bulk.models import Job, JobState
from console.accounts.bulk.sealed import open_table
from console.profiles.models import CredentialProfile
from console.spreadsheets.writing import xlsx_file
from console.team.groups import OPERATIONS
from tests.accounts.bulk.screens.conftest import page_of
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import opened_by, text

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = "/dpaas/acme/accounts/bulk/"
TICKED = f"{ROWS}ticked/"
LIST = "/dpaas/acme/accounts/"


def typed(**fields: object) -> dict[str, object]:
    """What the form sends when it is opened now."""
    return {"operation": "create", **opened_by(), **fields}


def rows_of(job: Job) -> list[list[str]]:
    table = open_table(job)
    assert table is not None
    return [row for row in table.rows if row]


def test_names_one_per_line_need_no_mapping_and_send_nothing(client, profile, dpaas):
    response = client.post(ROWS, typed(names="Acme\n\n Beta \n"))
    job = Job.objects.get()
    assert response["Location"] == page_of(job)
    assert (job.state, job.operation, job.mapping) == (JobState.DRAFT, "create", {"name": 0})
    page = text(client.get(page_of(job)))
    assert "2 ready" in page
    assert "Nothing has been sent yet" in page
    assert "Choose" not in page
    assert dpaas.stats.counts.creates == 0


def test_a_heading_that_was_copied_with_its_column_is_no_name(client, profile):
    client.post(ROWS, typed(names="Name\nAcme\nBeta"))
    assert rows_of(Job.objects.get()) == [["Acme"], ["Beta"]]


def test_rows_of_a_spreadsheet_are_pasted(client, profile):
    pasted = "Kunde\tStandard\nAcme\tja\nBeta\tnein"
    client.post(ROWS, typed(rows=pasted))
    job = Job.objects.get()
    assert job.mapping == {"name": 0, "is_default": 1}
    assert rows_of(job) == [["Acme", "ja"], ["Beta", "nein"]]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_uploaded(client, profile, kind: str):
    rows = [["acc-1", "Neu"], ["acc-2", "Anders"]]
    if kind == "csv":
        content = b"id;name\nacc-1;Neu\nacc-2;Anders\n"
    else:
        content = b"".join(xlsx_file(["id", "name"], rows).pieces)
    upload = SimpleUploadedFile(f"rows.{kind}", content)
    response = client.post(ROWS, typed(upload=upload, operation="rename"))
    assert response.status_code == 302, text(response)
    job = Job.objects.get()
    assert (job.source, job.operation) == (f"rows.{kind}", "rename")
    assert job.mapping == {"account_id": 0, "name": 1}
    assert rows_of(job) == rows


def test_blanks_where_names_are_typed_make_no_create_of_a_files_changes(client, profile):
    client.post(ROWS, typed(names="\n", rows="id\nacc-1\nacc-2", operation="deactivate"))
    assert Job.objects.get().operation == "deactivate"


@pytest.mark.parametrize("operation", ["deactivate", "rename"])
def test_where_no_names_are_asked_for_missing_rows_are_said_beside_the_rows(
    client, profile, operation: str
):
    response = client.post(ROWS, typed(operation=operation))
    assert response.status_code == 422
    page = text(response)
    assert "Paste rows, or choose a file." in page
    assert "Names, one per line" not in page


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"names": " \n"}, "Enter at least one name"),
        ({"names": "Acme", "rows": "name\nBeta"}, "Keep the one to use"),
        ({"rows": "name\nBeta", "operation": "no such"}, "Select a valid choice"),
        ({"upload": SimpleUploadedFile("x.xlsx", b"MZ\x90\x00" * 100)}, ""),
    ],
)
def test_what_cannot_be_read_is_said_and_what_was_typed_stays(
    client, profile, fields: dict, shown: str
):
    response = client.post(ROWS, typed(**fields))
    assert response.status_code == 422
    page = text(response)
    assert shown in page
    assert 'aria-invalid="true"' in page
    for value in fields.values():
        if isinstance(value, str):
            assert value.strip() in response.content.decode()
    assert not Job.objects.exists()


def test_a_changed_credential_opens_no_job_and_keeps_the_rows(client, profile):
    opened = typed(names="Acme\nBeta")
    CredentialProfile.objects.update(email="other@example.com")
    response = client.post(ROWS, opened)
    assert response.status_code == 409
    assert "Nothing was sent" in text(response)
    assert "Acme\nBeta" in response.content.decode()
    assert not Job.objects.exists()


def test_the_typed_rows_come_back_after_the_session_has_ended(client, profile):
    page = client.get(ROWS).content.decode()
    owner = page.partition('name="draft_owner" value="')[2].partition('"')[0]
    sent = typed(names="Acme\nBeta", draft_owner=owner)
    response = Client().post(ROWS, sent, headers={"Origin": "http://testserver"})
    assert response.status_code == 401
    assert 'name="draft" value="' in response.content.decode()


@pytest.mark.parametrize("operation", ["create", "rename"])
def test_where_a_file_has_to_be_chosen_again_its_field_is_in_sight(
    client, profile, alice, operation: str
):
    upload = SimpleUploadedFile("rows.csv", b"id;name\nacc-1;Neu\n")
    again, led_to = sent_after_expiry(alice, ROWS, typed(upload=upload, operation=operation))
    page = again.get(led_to).content.decode()
    assert '<details class="fold" open>' in page
    assert f'<option value="{operation}" selected' in page
    assert '<details class="fold" open>' not in again.get(ROWS).content.decode()


def test_who_may_not_create_accounts_brings_no_rows(bobs, profile):
    assert bobs.get(ROWS).status_code == 403
    assert bobs.post(ROWS, {"names": "x", **opened_by("bob@example.com")}).status_code == 403
    assert bobs.post(TICKED, {"ticked": '["a", "b"]'}).status_code == 403
    assert "ticked" not in text(bobs.get("/dpaas/acme/accounts/"))


# --- the list of accounts -------------------------------------------------------------------------


def test_the_list_leads_there_and_has_a_box_in_each_row(client, profile):
    page = text(client.get("/dpaas/acme/accounts/"))
    assert f'href="{ROWS}"' in page
    assert page.count('name="ticked"') == 20
    assert "Deactivate…" in page


def test_a_read_only_profile_has_no_boxes(client, profile):
    CredentialProfile.objects.update(read_only=True)
    assert 'name="ticked"' not in text(client.get("/dpaas/acme/accounts/"))


def ticked(operation: str, *pairs: tuple[str, str], **more: str) -> dict:
    return {
        "operation": operation,
        "ticked": [json.dumps(pair) for pair in pairs],
        **opened_by(),
        **more,
    }


def test_ticked_accounts_are_checked_before_they_are_deactivated(client, profile, dpaas):
    two = dpaas.data.accounts[:2]
    response = client.post(
        TICKED, ticked("deactivate", *((each["id"], each["name"]) for each in two))
    )
    job = Job.objects.get()
    assert response["Location"] == page_of(job)
    assert [row[0] for row in rows_of(job)] == [each["id"] for each in two]
    page = text(client.get(page_of(job)))
    assert "2 ready" in page
    assert "Deactivate 2 accounts in" in page


def test_what_was_just_created_counts_as_there(client, profile, dpaas):
    """Although the list of accounts was read, and kept, a moment ago."""
    client.get("/dpaas/acme/accounts/", {"q": "x"})
    new = {**dpaas.data.accounts[0], "id": "acc-new", "name": "Brand new"}
    dpaas.data.accounts.append(new)
    client.post(ROWS, typed(names="Brand new"))
    assert "0 ready, 1 exists" in text(client.get(page_of(Job.objects.get())))
    client.post(TICKED, ticked("deactivate", ("acc-new", "Brand new")))
    page = text(client.get(page_of(Job.objects.latest("created_at"))))
    assert "1 ready</h2>" in page
    assert "Columns" not in page, "there is nothing to map"


@pytest.mark.parametrize("operation", ["rename", "metadata"])
def test_what_is_to_be_typed_for_ticked_accounts_is_asked_for(client, profile, operation: str):
    response = client.post(TICKED, ticked(operation, ("acc-1", "A\tb"), ("acc-2", "C")))
    draft = Job.objects.get()
    assert response["Location"] == f"{ROWS}?from={draft.pk}"
    page = client.get(response["Location"]).content.decode()
    assert "acc-1\t&quot;A\tb&quot;" in page
    assert f'value="{operation}" selected' in page
    assert "{}" not in page.partition("<textarea")[2], "nobody's metadata is emptied unasked"
    rows = "account_id\tname\tmetadata\nacc-1\tNeu\t{}"
    client.post(ROWS, typed(rows=rows, operation=operation, replaces=str(draft.pk)))
    assert [job.pk != draft.pk for job in Job.objects.all()] == [True], "it takes the draft's place"


def test_a_selection_outlives_the_session(client, profile, dpaas, alice):
    assert 'name="draft_owner"' in text(client.get(LIST)).partition('class="ticked"')[2]
    back, location = sent_after_expiry(alice, TICKED, ticked("deactivate", ("acc-1", "A")))
    job_page = back.get(location)["Location"]
    assert [row[0] for row in rows_of(Job.objects.get())] == ["acc-1"]
    assert "Deactivate 1 account in" in text(back.get(job_page))
    assert back.get(TICKED)["Location"] == LIST
    assert (Job.objects.count(), dpaas.stats.counts.creates) == (1, 0)


@pytest.mark.parametrize(
    "posted", [{"ticked": ["{", '["a"]', '[1, "b"]']}, {"operation": "delete"}]
)
def test_a_malformed_selection_opens_nothing(client, profile, posted: dict):
    good = ticked("deactivate", ("acc-1", "A"))
    response = client.post(TICKED, {**good, **posted})
    assert response["Location"] == "/dpaas/acme/accounts/"
    assert not Job.objects.exists()


def test_nobody_elses_rows_come_into_the_form(client, bob, bobs, profile, mixed):
    bob.groups.add(Group.objects.get(name=OPERATIONS))
    assert "Beta" in text(client.get(ROWS, {"from": str(mixed.pk)}))
    assert "Beta" not in text(bobs.get(ROWS, {"from": str(mixed.pk)}))
    for name in ("", "x", str(uuid.uuid4())):
        assert client.get(ROWS, {"from": name}).status_code == 200


def test_a_large_file_is_read_up_to_its_own_limit(client, profile):
    content = BytesIO(b"name\n" + b"".join(b"Account number %07d\n" % n for n in range(99_000)))
    upload = SimpleUploadedFile("many.csv", content.getvalue())
    response = client.post(ROWS, typed(upload=upload))
    assert response.status_code == 302, response.status_code
    assert Job.objects.get().total == 99_000
