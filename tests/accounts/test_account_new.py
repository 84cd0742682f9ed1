"""/accounts/new/ over the wire to the sandbox: what comes of one sending."""

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Permission

from console.accounts.forms import NO_NAME
from console.accounts.models import AccountSubmission, SubmissionState
from console.accounts.permissions import NOT_ALLOWED, may_create_accounts
from console.calls.models import Call
from console.team.groups import OPERATIONS
from console.team.models import User
from sandbox.dpaas import DpaasUpstream
from sandbox.people import AUDITOR_DPAAS
from tests.accounts.conftest import htmx
from tests.factories import DpaasProfileFactory, UserFactory
from tests.services.expiry import sent_after_expiry
from tests.services.profiles import (
    NO_SUCH_HOST,
    NOBODY_LISTENS,
    opened_by,
    screen_of,
    text,
)

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/dpaas/acme/accounts/new/"
NEAR = r"(?:<svg.*?</svg>|.){0,80}"  # an icon counts as a letter


def typed(name: str = "Staging", **more: str) -> dict[str, str]:
    return {"name": name, "submission": str(uuid.uuid4()), **opened_by(), **more}


def names(dpaas: DpaasUpstream) -> list[str]:
    return [each["name"] for each in dpaas.data.accounts]


def value_of(field: str, response: Any) -> str:
    found = re.search(rf'<input[^>]* name="{field}" value="([^"]*)"', text(response))
    return unescape(found[1]) if found else ""


# --- it goes well ---------------------------------------------------------------------------------


def test_a_new_account_is_shown_at_once_in_a_fresh_list(client, profile, dpaas):
    sent = typed(is_default="on")
    answer = client.post(NEW, sent)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/dpaas/acme/accounts/?created={sent['submission']}",
    )
    account = dpaas.data.accounts[-1]
    assert (account["name"], account["is_default"]) == ("Staging", True)
    page = text(client.get(answer["Location"]))
    assert "<b><bdi>Staging</bdi></b> was created" in page
    assert page.count(account["id"]) >= 3  # notice, row, copy buttons
    assert page.count('<tr class="is-new">') == 1


def test_htmx_is_told_to_load_the_list(client, profile):
    sent = typed()
    answer = client.post(NEW, sent, headers=htmx("account-form"))
    assert (answer.status_code, answer["HX-Redirect"]) == (
        200,
        f"/dpaas/acme/accounts/?created={sent['submission']}",
    )


@pytest.mark.parametrize(
    "name",
    [
        "Zürich & Søn <b>",
        'O\'Brien "x"',
        "名前",
        "{{ 7|add:7 }}<script>alert(1)</script>",
        "\u202eevil \u200bzero\u200dwidth",
        "a" * 100,
    ],
)
def test_names_come_through_whole_and_harmless(client, profile, dpaas, name: str):
    answer = client.post(NEW, typed(name))
    assert names(dpaas)[-1] == name
    page = client.get(answer["Location"]).content.decode()
    shown = re.search(r'is-new">.*?<bdi class="long">(.*?)</bdi>', page, re.DOTALL)
    assert shown is not None
    assert unescape(shown[1]) == name
    assert "<script>alert" not in page
    assert "<b>\n" not in shown[1]


def test_blanks_around_a_name_are_trimmed(client, profile, dpaas):
    client.post(NEW, typed("  Staging \t"))
    assert names(dpaas)[-1] == "Staging"


def test_a_script_without_a_submission_id_is_served(client, profile, dpaas):
    assert client.post(NEW, {"name": "Staging", **opened_by()}).status_code == 302
    assert names(dpaas)[-1] == "Staging"


# --- what was typed is wrong ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "   ", "\t", "\u200b", "\u3000 \u00a0"])
def test_a_name_of_blanks_is_refused_before_anything_is_sent(client, profile, dpaas, name: str):
    response = client.post(NEW, typed(name))
    assert response.status_code == 422
    assert NO_NAME in text(response)
    assert (dpaas.stats.counts.connections, AccountSubmission.objects.count()) == (0, 0)


def test_a_hostile_submission_id_is_an_error_and_gets_a_fresh_one(client, profile, dpaas):
    response = client.post(NEW, typed(submission="'><script>"))
    assert response.status_code == 422
    assert "<script>'" not in text(response)
    assert uuid.UUID(value_of("submission", response))
    assert value_of("name", response) == "Staging"
    assert dpaas.stats.counts.creates == 0


def test_details_of_a_422_stand_on_their_fields_and_others_at_the_top(client, profile, dpaas):
    details = {"name": ["Is <b>reserved</b>"], "is_default": ["Only one"], "plan": ["Is over"]}
    body = {"error": "ValidationError", "message": "Invalid input", "details": details}
    dpaas.faults.add(route="POST /accounts", status=422, body=body)
    sent = typed("Zürich & Søn <b>")
    response = client.post(NEW, sent)
    page = text(response)
    assert response.status_code == 422
    assert re.search(r'id="id_name_error">' + NEAR + r"Is &lt;b&gt;reserved&lt;/b&gt;", page)
    assert re.search(r'id="id_is_default_error">' + NEAR + r"Only one", page)
    assert re.search(r'class="errors [^>]*nonfield[^>]*>' + NEAR + r"plan: Is over", page)
    assert value_of("name", response) == sent["name"]
    assert value_of("submission", response) not in ("", sent["submission"])


def test_a_real_422_of_a_name_that_is_too_long(client, profile, dpaas):
    name = "x" * 255
    response = client.post(NEW, typed(name))
    assert response.status_code == 422
    assert "no more than 100 characters" in text(response)
    assert value_of("name", response) == name


def test_a_name_that_no_server_takes_is_refused_here_and_kept_whole(client, profile, dpaas):
    name = "名" * 10_000
    response = client.post(NEW, typed(name))
    assert response.status_code == 422
    assert "Use at most 255 characters. This name has 10000." in text(response)
    assert value_of("name", response) == name
    assert "maxlength" not in text(response)  # browsers would cut what is pasted
    assert dpaas.stats.counts.connections == 0


FIELD_ERRORS: dict[str, Any] = {
    "Django REST framework": {"name": ["Is taken"]},
    "nested": {"account": {"name": ["Is taken"]}},
    "FastAPI": {"detail": [{"loc": ["body", "name"], "msg": "Is taken", "type": "value_error"}]},
    "rows": [{}, {"name": ["Is taken"]}],
    "in camel case": {"errors": {"Name": ["Is taken"]}},
}


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("body", FIELD_ERRORS.values(), ids=FIELD_ERRORS)
def test_field_errors_of_any_shape_land_on_their_fields(
    client, profile, dpaas, body: object, status: int
):
    dpaas.faults.add(route="POST /accounts", status=status, body=body)
    response = client.post(NEW, typed())
    assert response.status_code == 422
    assert re.search(r'id="id_name_error">' + NEAR + r"Is taken", text(response))
    assert text(response).count("Is taken") == 1


def test_words_about_no_field_are_quoted_beside_those_on_fields(client, profile, dpaas):
    body = {"name": ["Is taken"], "non_field_errors": ["The plan is full."]}
    dpaas.faults.add(route="POST /accounts", status=400, body=body)
    page = text(client.post(NEW, typed()))
    assert "DPaaS says: “The plan is full.”" in page
    assert re.search(r'id="id_name_error">' + NEAR + r"Is taken", page)


def test_a_form_that_does_not_say_what_it_was_opened_with_creates_nothing(client, profile, dpaas):
    unguarded = {"name": "Søn <b>", "submission": str(uuid.uuid4())}
    told = client.post(NEW, unguarded)
    assert (told.status_code, dpaas.stats.counts.create_calls) == (409, 0)
    assert "does not say which profile it was opened with" in text(told)
    assert value_of("name", told) == "Søn <b>"
    again = unguarded | {"opened_with": value_of("opened_with", told)}
    assert client.post(NEW, again).status_code == 302


@pytest.mark.parametrize(
    "fault", [{"status": 403, "html": True}, {"status": 401, "body": {"message": "Unauthorized"}}]
)
def test_a_gateway_at_the_sign_in_is_said_and_nothing_was_created(client, profile, dpaas, fault):
    dpaas.faults.add(route="/authentication/login", **fault)
    page = text(client.post(NEW, typed()))
    assert "Nothing was created." in page
    assert "in front of DPaaS" in page
    assert client.post(NEW, typed()).status_code == 503  # paused, not shut


# --- the upstream says no, or cannot be reached: nothing was created ------------------------------

UNAUTHORIZED = {"error": "Unauthorized", "message": "Invalid or expired token"}
CERTAIN = [
    ({"status": 401, "body": UNAUTHORIZED, "times": 2}, 200, "access token"),
    ({"status": 403, "body": {"error": "Forbidden", "message": "No way"}}, 200, "No way"),
    ({"status": 404, "body": ""}, 200, "could not find what was requested"),
    ({"status": 409, "body": {"message": "Name taken"}}, 200, "Name taken"),
    ({"status": 422, "body": ""}, 422, "did not accept"),
    ({"status": 429, "body": "", "headers": {"Retry-After": "30"}}, 200, "in 30 seconds"),
    ({"status": 418, "body": {"error": "teapot"}}, 200, "teapot"),
]


@pytest.mark.parametrize(
    ("fault", "status", "words"), CERTAIN, ids=[str(fault["status"]) for fault, _, _ in CERTAIN]
)
@pytest.mark.parametrize("part", [False, True], ids=["page", "htmx"])
def test_a_refusal_keeps_the_form_and_says_why(
    client, profile, dpaas, fault: dict[str, Any], status: int, words: str, part: bool
):
    dpaas.faults.add(route="POST /accounts", **fault)
    sent = typed("Søn <b>", is_default="on")
    response = client.post(NEW, sent, headers=htmx("account-form") if part else {})
    assert response.status_code == status
    assert words in text(response)
    assert "Nothing was created." in text(response)
    assert value_of("name", response) == "Søn <b>"
    assert re.search(r'name="is_default"[^>]* checked', text(response))
    assert value_of("submission", response) not in ("", sent["submission"])
    assert 'class="timeline"' in text(response)
    assert text(response).startswith('<section id="account-form"') is part
    assert AccountSubmission.objects.get().state == SubmissionState.REFUSED
    assert "Søn <b>" not in names(dpaas)


@pytest.mark.parametrize(
    ("base_url", "words"),
    [(NOBODY_LISTENS, "Could not connect to DPaaS"), (NO_SUCH_HOST, "could not be found")],
)
def test_a_host_that_cannot_be_reached(alice, reachable, client, dpaas, base_url: str, words: str):
    profile = DpaasProfileFactory(owner=alice, base_url=base_url)
    response = client.post(screen_of(profile, "account_new"), typed())
    assert response.status_code == 502
    assert words in text(response)
    assert value_of("name", response) == "Staging"


@pytest.mark.parametrize("fault", [{"lose_answer": True}, {"status": 503}, {"html": True}])
def test_trouble_at_the_sign_in_is_no_doubt_about_the_account(client, profile, dpaas, fault):
    dpaas.faults.add(route="/authentication/login", **fault)
    response = client.post(NEW, typed())
    assert response.status_code in (200, 502)
    assert "Nothing was created." in text(response)
    assert AccountSubmission.objects.get().state == SubmissionState.REFUSED
    assert dpaas.stats.counts.api_calls == 0


def test_a_refused_credential_leads_to_its_profile(alice, reachable, client, dpaas):
    wrong = DpaasProfileFactory(owner=alice, base_url=dpaas.url, secret="wrong-password")
    response = client.post(NEW, typed())
    assert response.status_code == 200
    assert f'href="/profiles/{wrong.pk}/"' in text(response)
    assert value_of("name", response) == "Staging"


def test_who_may_not_create_upstream_reads_what_the_upstream_says(alice, reachable, client, dpaas):
    DpaasProfileFactory(owner=alice, base_url=dpaas.url, person=AUDITOR_DPAAS)
    response = client.post(NEW, typed())
    assert response.status_code == 200
    assert "Insufficient permissions" in text(response)


def test_an_expired_token_goes_unnoticed_and_creates_one(client, profile, dpaas):
    client.get("/dpaas/acme/accounts/")
    dpaas.expire("access")
    assert client.post(NEW, typed()).status_code == 302
    assert dpaas.stats.counts.creates == 1
    assert Call.objects.filter(operation="create account").values_list(
        "status", "outcome"
    ).get() == (
        201,
        "ok",
    )


# --- who may --------------------------------------------------------------------------------------


def test_who_lacks_the_permission_gets_a_page_that_says_why(bobs, dpaas):
    for response in (bobs.get(NEW), bobs.post(NEW, typed())):
        assert response.status_code == 403
        assert NOT_ALLOWED in text(response)
    part = bobs.post(NEW, typed(), headers=htmx("account-form"))
    assert part.status_code == 403
    assert NOT_ALLOWED in text(part)
    assert "<html" not in text(part)
    assert dpaas.stats.counts.connections == 0


@pytest.mark.both_databases
def test_the_permission_is_djangos_own(alice: User, bob: User):
    chief = UserFactory(administrator=True)
    gone = UserFactory(administrator=True, is_active=False)
    trusted, both = UserFactory(), UserFactory(groups=[OPERATIONS])
    for user in (trusted, both):
        user.user_permissions.add(Permission.objects.get(codename="create_account"))
    left = UserFactory(is_active=False, groups=[OPERATIONS])
    other = UserFactory()
    namesake = Permission.objects.get(codename="add_user")
    other.user_permissions.add(
        Permission.objects.create(
            codename="create_account", name="another", content_type=namesake.content_type
        )
    )
    may, may_not = [alice, chief, trusted, both], [bob, gone, left, other]
    for user in may + may_not:
        assert may_create_accounts(user) is (user in may)
        assert user.has_perm("accounts.create_account") is (user in may)


def test_without_a_profile_nothing_typed_is_lost(client):
    assert 'href="/profiles/new/dpaas/"' in text(client.get("/accounts/new/"))
    response = client.post("/accounts/new/", typed("Typed"))
    assert response.status_code == 422
    assert value_of("name", response) == "Typed"


# --- an expired console session -------------------------------------------------------------------


def test_what_was_typed_is_back_after_signing_in(alice: User, profile, dpaas):
    form = typed("Zürich & Søn <b>", is_default="on")
    browser, back = sent_after_expiry(alice, NEW, form)
    assert back == NEW
    response = browser.get(NEW)
    assert value_of("name", response) == "Zürich & Søn <b>"
    assert re.search(r'name="is_default"[^>]* checked', text(response))
    assert uuid.UUID(value_of("submission", response))
    assert dpaas.stats.counts.connections == 0


def test_the_form_starts_empty_with_a_submission_of_its_own(client, profile):
    first, second = client.get(NEW), client.get(NEW)
    assert value_of("submission", first) != value_of("submission", second)
    assert 'hx-disabled-elt="find .actions"' in text(first)
