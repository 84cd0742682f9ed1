"""A name that exists already is pointed out before a create is sent."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from console.accounts.models import AccountSubmission
from console.team.groups import OPERATIONS
from console.team.models import User
from tests.accounts.conftest import htmx
from tests.accounts.test_account_new import NEW, names, typed
from tests.services.profiles import opened_by, text

pytestmark = pytest.mark.django_db(transaction=True)

LOOK = f"{NEW}same-name/"
PART = htmx("name-exists")
EXISTS = "An account with this name exists already"


def look(client: Client, name: str):
    return client.post(LOOK, {"name": name, **opened_by()}, headers=PART)


@pytest.fixture
def existing(dpaas) -> dict:
    acme = dpaas.data.organizations["acme"]["id"]
    account = [each for each in dpaas.data.accounts if each["organization_id"] == acme][150]
    account["name"] = "São Paulo  Łódź"
    return account


@pytest.mark.parametrize("name", ["São Paulo Łódź", " sao paulo lodz ", "SÃO PAULO ŁÓDŹ"])
def test_it_is_found_whatever_the_case_accents_and_blanks(client, profile, existing, name: str):
    page = text(look(client, name))
    assert page.startswith('<div id="name-exists"')
    assert EXISTS in page
    assert f'href="/dpaas/acme/accounts/{existing["id"]}/"' in page
    assert f'name="warned" value="{name.strip()}"' in page


@pytest.mark.parametrize("name", ["São Paulo", "", "  ", "\0", "x" * 9999])
def test_another_name_is_not(client, profile, existing, name: str):
    response = look(client, name)
    assert response.status_code == 200
    assert EXISTS not in text(response)


def test_the_rows_are_asked_for_once(client, profile, dpaas, existing):
    look(client, "One")
    asked = len(dpaas.stats.log)
    look(client, "Two")
    assert len(dpaas.stats.log) == asked


def test_a_failure_disturbs_nobody(client, profile, dpaas):
    dpaas.faults.add(route="GET /accounts", status=503, times=None)
    response = look(client, "Staging")
    assert response.status_code == 200
    assert "notice" not in text(response)


def test_a_long_list_is_read_on(client, profile, dpaas, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("console.accounts.same_name.LOOK_SECONDS", 0.0001)
    page = text(look(client, "Nobody"))
    assert "of 240 read" in page
    assert "load delay" in page
    monkeypatch.undo()
    assert "load delay" not in text(look(client, "Nobody"))


def test_without_scripts_it_is_said_before_the_first_sending(client, profile, dpaas, existing):
    sent = typed("sao paulo lodz", look="1")
    response = client.post(NEW, sent)
    page = text(response)
    assert response.status_code == 422
    assert EXISTS in page
    assert "Create anyway" in page
    assert 'value="sao paulo lodz"' in page
    assert dpaas.stats.counts.creates == 0
    assert not AccountSubmission.objects.exists()
    assert client.post(NEW, {**sent, "warned": "sao paulo lodz"}).status_code == 302
    assert names(dpaas)[-1] == "sao paulo lodz"


def test_the_warning_is_of_one_name_only(client, profile, existing, dpaas):
    sent = typed("sao paulo lodz", look="1", warned="Another")
    assert client.post(NEW, sent).status_code == 422


def test_the_form_asks_for_the_look_where_no_script_runs_alone(client, profile):
    page = text(client.get(NEW))
    assert re.search(r'<noscript>\s*<input type="hidden" name="look" value="1">', page)


def test_where_scripts_run_a_post_asks_for_nothing_more(client, profile, dpaas, existing):
    client.post(NEW, typed("sao paulo lodz"), headers=htmx("account-form"))
    assert [entry["method"] for entry in dpaas.stats.log if entry["path"] == "/accounts"] == [
        "POST"
    ]


def test_what_was_read_already_warns_a_hasty_sender_too(client, profile, dpaas, existing):
    look(client, "Something else")
    response = client.post(NEW, typed("sao paulo lodz"), headers=htmx("account-form"))
    assert response.status_code == 422
    assert EXISTS in text(response)
    assert dpaas.stats.counts.creates == 0


def test_one_that_was_created_just_before_is_known(client, profile, dpaas):
    assert EXISTS not in text(look(client, "Twin"))
    client.post(NEW, typed("Twin"))
    assert EXISTS in text(look(client, "twin"))


def test_a_search_finds_what_was_created_just_before(client, profile):
    client.get("/dpaas/acme/accounts/", {"q": "Twin"})
    client.post(NEW, typed("Twin"))
    assert "1 of 241 accounts" in text(client.get("/dpaas/acme/accounts/", {"q": "Twin"}))


def test_who_may_not_create_learns_nothing(bobs, dpaas, existing):
    asked = {"name": "sao paulo lodz", **opened_by("bob@example.com")}
    assert EXISTS not in text(bobs.post(LOOK, asked, headers=PART))
    assert dpaas.stats.counts.connections == 0


def test_after_the_session_ended_nothing_is_taken_from_who_types(alice: User, profile):
    stranger = Client()
    assert stranger.post(LOOK, {"name": "x"}, headers=PART).status_code == 204
    assert stranger.post(LOOK, {"name": "x"}).status_code == 401


# --- create another -------------------------------------------------------------------------------


def test_create_another_comes_back_to_an_empty_form_that_names_the_last(client, profile, dpaas):
    sent = typed("First", another="1")
    answer = client.post(NEW, sent)
    assert answer["Location"] == f"{NEW}?created={sent['submission']}"
    page = text(client.get(answer["Location"]))
    assert "<b><bdi>First</bdi></b> was created" in page
    [field] = re.findall(r'<input[^>]* name="name"[^>]*>', page)
    assert "autofocus" in field
    assert "First" not in field
    assert page.index('name="another"') < page.index("Create and finish")  # what Enter presses


def test_nobody_else_is_shown_it(client, profile, bob, bobs):
    bob.groups.add(Group.objects.get(name=OPERATIONS))
    sent = typed("First", another="1")
    client.post(NEW, sent)
    page = text(bobs.get(f"{NEW}?created={sent['submission']}"))
    assert "New account" in page
    assert "First" not in page


def test_a_plain_form_takes_no_focus(client, profile):
    assert "autofocus" not in text(client.get(NEW))
