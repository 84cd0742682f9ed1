"""A request that cannot be served ends in a page or, for htmx, in one notice."""

import pytest
from django.test import Client

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
    assert response.content.startswith(b"<!doctype html>")


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

    assert (page.status_code, notice.status_code) == (403, 403)
    assert "This page is out of date" in page.content.decode()
    assert "This page is out of date" in notice.content.decode()
    assert notice.content.decode().count('class="notice') == 1


@pytest.mark.django_db
def test_a_host_that_is_not_ours_is_refused(client: Client) -> None:
    assert client.get("/", headers={"Host": "evil.test"}).status_code == 400
