"""What was typed after the session had expired is back after signing in; secrets never are."""

import json
import time

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client

from console.team.models import User
from tests.web.conftest import PASSWORD

pytestmark = [pytest.mark.usefixtures("style_urls"), pytest.mark.django_db]

TYPED = {
    "name": "Zürich & Søn <b>",
    "notes": "two\r\nlines",
    "password": "canary-password",
    "pin": "canary-pin",
    "csrfmiddlewaretoken": "canary-csrf",
}


@pytest.fixture(autouse=True)
def fresh_rate_limits() -> None:
    cache.clear()


def sign_in(client: Client, path: str) -> str:
    answer = client.post(
        f"/login/?next={path}", {"login": "ana@example.org", "password": PASSWORD}, follow=True
    )
    return str(answer.content.decode())


def test_what_was_typed_is_back_after_signing_in(client: Client, ana: User) -> None:
    asked = client.post("/style/", TYPED)
    text = sign_in(client, "/style/")

    assert asked.headers["Location"] == "/login/?next=/style/"
    assert 'value="Zürich &amp; Søn &lt;b&gt;"' in text
    assert "two\r\nlines</textarea>" in text
    assert "What you typed is back" in text


def test_htmx_finds_it_again_too(client: Client, ana: User) -> None:
    asked = client.post("/style/", TYPED, headers={"HX-Request": "true", "HX-Target": "screen"})

    assert asked.headers["HX-Redirect"] == "/login/?next=/style/"
    assert 'value="Zürich &amp; Søn &lt;b&gt;"' in sign_in(client, "/style/")


def test_secrets_are_not_stored(client: Client, ana: User) -> None:
    client.post("/style/", TYPED)

    stored = json.dumps([session.get_decoded() for session in Session.objects.all()])
    secrets = ("canary-password", "canary-pin", "canary-csrf")
    assert "lines" in stored
    assert [secret for secret in secrets if secret in stored] == []
    assert "canary" not in sign_in(client, "/style/")


def test_it_comes_back_once(client: Client, ana: User) -> None:
    client.post("/style/", TYPED)
    sign_in(client, "/style/")

    assert 'Zürich &amp; Søn &lt;b&gt;"' not in client.get("/style/").content.decode()


def test_it_waits_for_its_own_form(client: Client, ana: User) -> None:
    client.post("/style/", TYPED)
    sign_in(client, "/password/")

    assert 'value="Zürich &amp; Søn &lt;b&gt;"' in client.get("/style/").content.decode()


@pytest.mark.parametrize(("seconds", "is_back"), [(3540, True), (3601, False)])
def test_it_is_gone_after_an_hour(
    client: Client, ana: User, monkeypatch: pytest.MonkeyPatch, seconds: int, is_back: bool
) -> None:
    client.post("/style/", TYPED)
    later = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: later)

    assert ('value="Zürich' in sign_in(client, "/style/")) is is_back


def test_too_much_is_not_stored(client: Client) -> None:
    client.post("/style/", {"notes": "x" * (256 * 1024)})

    assert Session.objects.count() == 0


def test_views_that_did_not_opt_in_store_nothing(client: Client) -> None:
    client.post("/password/", {"oldpassword": "x", "anything": "y"})

    assert Session.objects.count() == 0


def test_strangers_cannot_fill_the_database(client: Client) -> None:
    for number in range(25):
        client.cookies.clear()
        client.post("/style/", {"name": str(number)})

    assert Session.objects.count() == 20


def test_another_site_cannot_plant_one(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/style/", TYPED)

    assert answer.status_code == 403
    assert Session.objects.count() == 0
