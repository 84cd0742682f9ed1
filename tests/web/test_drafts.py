"""What is sent after the session has ended is not done. Its teammate comes back to the page.

What was typed stands there again, for nobody else; nothing is stored before somebody signs in.
"""

import time
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from console.team.models import User
from console.web.drafts import owner_mark
from tests.factories import UserFactory
from tests.services.expiry import carried_by_sign_in
from tests.web.conftest import PASSWORD

pytestmark = [pytest.mark.usefixtures("style_urls"), pytest.mark.django_db]

OWN_PAGE = {"Origin": "http://testserver", "Referer": "http://testserver/profiles/?a=1"}
WAS_NOT_DONE = "your last action was not done"
IS_BACK = "It was not done. What you typed is back"
TYPED = {
    "name": "Zürich & Søn <b>",
    "notes": "two\r\nlines",
    "password": "canary-password",
    "pin": "canary-pin",
    "csrfmiddlewaretoken": "canary-csrf",
    "undeclared": "canary-undeclared",
}


@pytest.fixture(autouse=True)
def fresh_rate_limits() -> None:
    cache.clear()


def typed_by(user: User) -> dict[str, str]:
    return TYPED | {"draft_owner": owner_mark(user)}


def sign_in(client: Client, asked: Any, email: str = "ana@example.org") -> Any:
    """Fill in the sign-in page that was the answer."""
    login = carried_by_sign_in(asked) | {"login": email, "password": PASSWORD}
    return client.post("/login/", login, follow=True)


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true", "HX-Target": "screen"}])
def test_what_was_typed_is_back_after_signing_in(
    client: Client, ana: User, htmx: dict[str, str]
) -> None:
    asked = client.post("/style/?page=2", typed_by(ana), headers=OWN_PAGE | htmx)
    back = sign_in(client, asked)
    text = back.content.decode()

    assert (asked.status_code, asked.headers["HX-Retarget"]) == (401, "body")
    assert "your last action was not done" in asked.content.decode()
    assert back.redirect_chain == [("/style/?page=2", 302)]
    assert 'value="Zürich &amp; Søn &lt;b&gt;"' in text
    assert "two\r\nlines</textarea>" in text
    assert IS_BACK in text


def test_a_wrong_password_in_between_loses_nothing(client: Client, ana: User) -> None:
    asked = client.post("/style/", typed_by(ana), headers=OWN_PAGE)
    wrong = client.post(
        "/login/", carried_by_sign_in(asked) | {"login": ana.email, "password": "wrong"}
    )

    assert IS_BACK in sign_in(client, wrong).content.decode()


def test_only_declared_fields_that_are_no_secrets_come_back(client: Client, ana: User) -> None:
    asked = client.post("/style/", typed_by(ana), headers=OWN_PAGE)

    assert "Zürich" not in asked.content.decode()
    assert "canary" not in asked.content.decode()
    assert "canary" not in sign_in(client, asked).content.decode()


def test_nothing_is_stored_before_somebody_signs_in_and_then_it_is_sealed(
    client: Client, ana: User
) -> None:
    asked = client.post("/style/", typed_by(ana), headers=OWN_PAGE)
    assert Session.objects.count() == 0
    client.post("/login/", carried_by_sign_in(asked) | {"login": ana.email, "password": PASSWORD})

    (session,) = Session.objects.all()
    stored = session.get_decoded()
    assert "draft" in stored
    assert "lines" not in str(stored)


def test_a_large_document_comes_back_whole(client: Client, ana: User) -> None:
    notes = 'é"\\\n' * 50_000
    asked = client.post("/style/", typed_by(ana) | {"notes": notes}, headers=OWN_PAGE)
    text = sign_in(client, asked).content.decode()

    assert text.count("é&quot;\\") == 50_000


def test_what_is_too_large_is_not_kept_and_that_is_said(client: Client, ana: User) -> None:
    typed = typed_by(ana) | {"notes": "x" * (600 * 1024)}
    asked = client.post("/style/", typed, headers=OWN_PAGE)

    assert carried_by_sign_in(asked)["draft"] == ""
    assert WAS_NOT_DONE in sign_in(client, asked).content.decode()


def test_it_comes_back_once(client: Client, ana: User) -> None:
    sign_in(client, client.post("/style/", typed_by(ana), headers=OWN_PAGE))

    assert "Zürich &amp; Søn &lt;b&gt;&quot;" not in client.get("/style/").content.decode()
    assert IS_BACK not in client.get("/style/").content.decode()


def test_it_waits_for_its_own_form(client: Client, ana: User) -> None:
    asked = client.post("/style/", typed_by(ana), headers=OWN_PAGE)
    login = carried_by_sign_in(asked) | {
        "login": ana.email,
        "password": PASSWORD,
        "next": "/password/",
    }
    client.post("/login/", login, follow=True)

    assert IS_BACK in client.get("/style/").content.decode()


@pytest.mark.parametrize(("seconds", "is_back"), [(3540, True), (3601, False)])
def test_it_is_gone_after_an_hour(
    client: Client, ana: User, monkeypatch: pytest.MonkeyPatch, seconds: int, is_back: bool
) -> None:
    asked = client.post("/style/", typed_by(ana), headers=OWN_PAGE)
    later = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: later)

    assert (IS_BACK in sign_in(client, asked).content.decode()) is is_back


def test_who_signs_in_next_in_that_browser_does_not_get_it(client: Client, ana: User) -> None:
    UserFactory(email="ben@example.org", password=PASSWORD)
    asked = client.post("/style/", typed_by(ana), headers=OWN_PAGE)
    text = sign_in(client, asked, "ben@example.org").content.decode()

    assert ("Zürich &amp; Søn &lt;b&gt;&quot;" in text, IS_BACK in text) == (False, False)
    assert WAS_NOT_DONE in text


@pytest.mark.parametrize(
    "change",
    [
        {"headers": {"Origin": "http://testserver:8001"}},
        {"headers": {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"}},
        {"headers": {}},
        {"owner": ""},
        {"owner": "forged:signature"},
    ],
)
def test_only_our_own_pages_give_drafts(client: Client, ana: User, change: dict[str, Any]) -> None:
    typed = typed_by(ana) | ({"draft_owner": change["owner"]} if "owner" in change else {})
    asked = client.post("/style/", typed, headers=change.get("headers", OWN_PAGE))

    assert carried_by_sign_in(asked)["draft"] == ""


def test_a_draft_that_was_tampered_with_is_none(client: Client, ana: User) -> None:
    asked = client.post("/style/", typed_by(ana), headers=OWN_PAGE)
    login = carried_by_sign_in(asked) | {"login": ana.email, "password": PASSWORD}
    text = client.post("/login/", login | {"draft": "é" + login["draft"][:-9]}, follow=True)

    assert WAS_NOT_DONE in text.content.decode()


def test_a_sign_in_in_another_tab_meanwhile_loses_nothing(ana: User) -> None:
    """The sign-in page of this tab is out of date then."""
    client = Client(enforce_csrf_checks=True)
    client.get("/login/")
    token = client.cookies["csrftoken"].value
    typed = typed_by(ana) | {"csrfmiddlewaretoken": token}
    asked = client.post("/style/", typed, headers=OWN_PAGE)
    client.force_login(ana)
    client.cookies["csrftoken"] = "x" * 32
    login = carried_by_sign_in(asked) | {"login": ana.email, "password": PASSWORD}
    late = client.post("/login/", login, headers=OWN_PAGE)

    assert (late.status_code, 'href="/style/"' in late.content.decode()) == (403, True)
    assert IS_BACK in client.get("/style/").content.decode()


# --- what holds no draft ---

PROFILE = "/profiles/5a4db0c5-0001-4fa4-8e00-00000000beef/"
SUBMISSION = "/dpaas/acme/accounts/submissions/5a4db0c5-0001-4fa4-8e00-00000000beef/"
DESK = "/dxtra/api.dxtra.ai/graphql/"
BUTTONS = [f"{PROFILE}refresh/", f"{PROFILE}sign-out/"]
LABELS: list[tuple[str, dict[str, str], str]] = [
    (f"{PROFILE}refresh/", {}, "Refresh token"),
    (f"{PROFILE}sign-out/", {}, "End session"),
    (f"{PROFILE}delete/", {}, "Delete"),
    (f"{SUBMISSION}reconcile/", {}, "Check DPaaS"),
    (f"{SUBMISSION}reconcile/", {"account": ""}, "Your choice"),
    (f"{PROFILE}edit/", {"save_unchecked": "1"}, "Save without checking"),
    ("/profiles/new/dpaas/", {"save_checked": "1"}, "Check and save"),
    ("/dpaas/acme/accounts/new/", {}, "Create account"),
    ("/password/", {}, "Change password"),
    (DESK, {}, "Run"),
    (DESK, {"do": "prettify"}, "Prettify"),
    (DESK, {"confirm": "x"}, "Run the mutation"),
    (f"{DESK}saved/new/", {"save": "version"}, "Save"),
]


@pytest.mark.parametrize(("address", "sent", "label"), LABELS)
def test_the_button_that_was_pressed_is_named_as_not_done(
    client: Client, ana: User, address: str, sent: dict[str, str], label: str
) -> None:
    """Before signing in, after a wrong password, and afterwards."""
    said = f"“{label}” was not done"
    asked = client.post(address, sent, headers=OWN_PAGE)
    assert said in asked.content.decode()
    wrong = client.post(
        "/login/", carried_by_sign_in(asked) | {"login": ana.email, "password": "x"}
    )
    assert said in wrong.content.decode()
    assert said in sign_in(client, wrong).content.decode()


def test_the_button_is_named_where_what_was_typed_is_back(client: Client, ana: User) -> None:
    form = {"name": "Typed", "save_checked": "1", "draft_owner": owner_mark(ana)}
    asked = client.post("/profiles/new/dpaas/", form, headers=OWN_PAGE)
    back = sign_in(client, asked).content.decode()
    assert "“Check and save” was not done. What you typed is back" in back
    assert 'value="Typed"' in back


@pytest.mark.parametrize("button", [*BUTTONS, f"{PROFILE}delete/", f"{SUBMISSION}reconcile/"])
def test_any_button_leads_back_to_its_page(client: Client, ana: User, button: str) -> None:
    back = sign_in(client, client.post(button, {}, headers=OWN_PAGE))

    assert back.redirect_chain == [("/profiles/?a=1", 302)]


def test_htmx_is_led_back_to_the_page_that_it_stood_on(client: Client, ana: User) -> None:
    where = {"HX-Request": "true", "HX-Current-URL": "http://testserver/calls/?page=2"}
    back = sign_in(client, client.post(BUTTONS[0], {}, headers=where))

    assert back.redirect_chain == [("/calls/?page=2", 302)]


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.test/profiles/",
        "//evil.test/profiles/",
        "http://testserver:8001/profiles/",
        "javascript:alert(1)",
        "http://testserver" + BUTTONS[0],  # an error page under the address of a button
        "http://testserver/login/?next=/profiles/",
        "http://testserver/nowhere/",
        "",
    ],
)
def test_nobody_is_led_where_there_is_no_page_of_ours(client: Client, page: str) -> None:
    for headers in ({"Referer": page}, {"HX-Request": "true", "HX-Current-URL": page}):
        assert carried_by_sign_in(client.post(BUTTONS[0], {}, headers=headers))["next"] == "/"


def test_without_a_csrf_cookie_it_is_the_same(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    asked = client.post("/style/", typed_by(ana), headers=OWN_PAGE)

    assert (asked.status_code, carried_by_sign_in(asked)["next"]) == (401, "/style/")
    assert carried_by_sign_in(asked)["draft"] != ""


def test_another_site_gets_no_sign_in_page(client: Client) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/style/", TYPED, headers={"Origin": "https://evil.test"})

    assert answer.status_code == 403
    assert Session.objects.count() == 0
