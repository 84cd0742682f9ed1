"""A request that cannot be served ends in a page or, for htmx, in one notice."""

from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from console.team.models import User

pytestmark = pytest.mark.usefixtures("style_urls")

HTMX = {"HX-Request": "true", "HX-Target": "accounts-list"}


@pytest.fixture
def client(client: Client) -> Client:
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/broken/", 500)])
def test_a_browser_gets_a_page(signed_in: Client, path: str, status: int) -> None:
    response = signed_in.get(path)

    assert response.status_code == status
    assert response.content.lstrip().startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/broken/", 500)])
def test_htmx_gets_one_notice(signed_in: Client, path: str, status: int) -> None:
    response = signed_in.get(path, headers=HTMX)
    text = response.content.decode().strip()

    assert response.status_code == status
    assert text.startswith('<div class="notice is-bad" role="alert">')
    assert text.count('class="notice') == 1
    assert response.headers["HX-Push-Url"] == "false"


def test_no_exception_is_shown(signed_in: Client) -> None:
    text = signed_in.get("/broken/").content.decode()

    assert "canary-in-an-exception" not in text
    assert "Traceback" not in text


@pytest.mark.django_db
def test_a_stranger_gets_the_page_too(client: Client) -> None:
    assert client.get("/nowhere/").status_code == 404


def test_a_page_out_of_date_says_what_to_do(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)

    page = client.post("/style/", {"name": "x"})
    notice = client.post("/style/", {"name": "x"}, headers=HTMX)

    again = '<a href="/style/">Open it again</a>'

    assert (page.status_code, notice.status_code) == (403, 403)
    assert [
        again in page.content.decode().replace(' class="button"', ""),
        again in notice.content.decode(),
    ] == [True, True]
    assert "This page is out of date" in page.content.decode()
    assert "This page is out of date" in notice.content.decode()
    assert notice.content.decode().count('class="notice') == 1


def test_what_was_typed_into_a_page_out_of_date_is_back(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)

    client.post("/style/", {"name": "Zürich & Søn <b>", "password": "canary-password"})
    text = client.get("/style/").content.decode()

    assert 'value="Zürich &amp; Søn &lt;b&gt;"' in text
    assert "canary-password" not in text


@pytest.mark.parametrize("typed", ["x" * 3_000_000, "&".join(f"a{n}=1" for n in range(300))])
def test_too_large_a_form_is_called_that(signed_in: Client, typed: str) -> None:
    kind = "application/x-www-form-urlencoded"
    response = signed_in.post("/style/", typed, content_type=kind)

    assert response.status_code == 400
    assert "too much for one form" in response.content.decode()


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    assert client.get("/", headers={"Host": "evil.test"}).status_code == 400


def test_an_address_that_only_takes_a_button_is_no_blank_page(signed_in: Client) -> None:
    response = signed_in.get("/profiles/5a4db0c5-0001-4fa4-8e00-00000000beef/use/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert "takes what a button sends" in response.content.decode()


def test_a_file_that_nobody_asked_for_is_dropped_and_not_written_to_disk(
    client: Client, db: None, settings: Settings, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "missing"  # writing there would fail
    sent = {"login": "ana@example.org", "password": "wrong", "file": BytesIO(b"." * 4_000_000)}
    assert client.post("/login/", sent).status_code == 200
