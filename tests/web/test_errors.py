"""A request that cannot be served ends in a page or, for htmx, in one notice."""

from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from console.team.models import User
from console.web.drafts import owner_mark
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("style_urls")

OWN_PAGE = {"Origin": "http://testserver"}
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
    typed = {"name": "x", "draft_owner": owner_mark(ana)}

    page = client.post("/style/", typed, headers=OWN_PAGE)
    notice = client.post("/style/", typed, headers=OWN_PAGE | HTMX)

    again = '<a href="/style/">Reopen the page</a>'

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

    typed = {"name": "Zürich & Søn <b>", "password": "canary-password"}
    client.post("/style/", typed | {"draft_owner": owner_mark(ana)}, headers=OWN_PAGE)
    text = client.get("/style/").content.decode()

    assert 'value="Zürich &amp; Søn &lt;b&gt;"' in text
    assert "canary-password" not in text


@pytest.mark.parametrize(
    "case", ["another site", "another port", "another port, no metadata", "no header", "another's"]
)
def test_what_did_not_come_from_one_s_own_page_is_not(ana: User, case: str) -> None:
    """Another port of this machine shares our cookies: it could plant a mutation in the form."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    headers = {
        "another site": {"Origin": "https://evil.test", "Sec-Fetch-Site": "cross-site"},
        "another port": {"Origin": "http://testserver", "Sec-Fetch-Site": "same-site"},
        "another port, no metadata": {"Origin": "http://testserver:8001"},
        "no header": {},
        "another's": OWN_PAGE,
    }[case]
    owner = UserFactory() if case == "another's" else ana

    typed = {"name": "planted", "draft_owner": owner_mark(owner)}
    client.post("/style/", typed, headers=headers)

    assert "planted" not in client.get("/style/").content.decode()


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("x" * 3_000_000, 413, "This is too large to send"),
        ("&".join(f"a{n}=1" for n in range(300)), 400, "This form is too large"),
    ],
)
def test_too_large_a_form_is_called_that(
    signed_in: Client, typed: str, status: int, said: str
) -> None:
    kind = "application/x-www-form-urlencoded"
    response = signed_in.post("/style/", typed, content_type=kind)

    assert response.status_code == status
    assert said in response.content.decode()


OURS = ["console.example.com", "console.example.com:443", "console.example.com:8443", "10.0.0.7"]
NOT_OURS = [
    "evil.test",
    "",
    "Console.example.com",
    "console.example.com.",
    "console.example.com:",
    "console.example.com:0443",
    "console.example.com:4711",
    "console.example.com:443:443",
    "console.example.com@evil.test",
    "console.example.com, evil.test",
    "10.0.0.7:99",
    "10.0.0.07",
]


@pytest.fixture
def public(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["console.example.com", "10.0.0.7", "localhost"]
    settings.CSRF_TRUSTED_ORIGINS = ["https://console.example.com:8443"]
    settings.HTTPS_ONLY, settings.PORT = True, 8080


@pytest.mark.django_db
@pytest.mark.parametrize("host", [*OURS, "localhost:49152"])
def test_a_host_that_is_ours_is_served(client: Client, public: None, host: str) -> None:
    assert client.get("/login/", headers={"Host": host}).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("host", [*NOT_OURS, "localhost:0", "localhost:x", "LOCALHOST"])
def test_a_host_that_is_not_spelled_as_ours_is_refused(
    client: Client, public: None, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    response = client.get("/login/", headers={"Host": host})

    assert response.status_code == 400
    assert "does not accept this address" in response.content.decode()
    # Its logger is silenced in the settings: tests/web/test_hostile_requests.py looks at the log.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "setting"),
    [
        ("console.example.com:9443", "CSRF_TRUSTED_ORIGINS"),
        ("10.0.0.7:99", "CSRF_TRUSTED_ORIGINS"),
        ("elsewhere.example.com", "ALLOWED_HOSTS"),
        ("elsewhere.example.com:8443", "ALLOWED_HOSTS"),
        ("CONSOLE.example.com", "ALLOWED_HOSTS"),
    ],
)
def test_a_refused_host_names_the_setting_that_it_is_missing_from(
    client: Client, public: None, host: str, setting: str
) -> None:
    text = client.get("/login/", headers={"Host": host}).content.decode()
    assert [each for each in ("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS") if each in text] == [setting]


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_where_the_proxy_does_not_pass_https_on_the_page_says_so_and_redirects_not_to_itself(
    client: Client, public: None, settings: Settings, method: str
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    host = {"Host": "console.example.com"}
    browser = client.generic(method, "/login/", headers=host | {"Sec-Fetch-Site": "same-origin"})

    assert browser.status_code == 400
    assert "X-Forwarded-Proto" in browser.content.decode()
    # Browsers send it over HTTPS alone, and to loopback: plain HTTP leads to HTTPS as before.
    assert client.generic(method, "/login/", headers=host).status_code == 301
    local = {"Host": "localhost", "Sec-Fetch-Site": "none"}
    assert client.generic(method, "/login/", headers=local).status_code == 301


@pytest.mark.django_db
def test_a_form_that_comes_without_cookies_says_that_they_are_needed() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login/", {"login": "ana@example.org"}, headers=OWN_PAGE)

    assert response.status_code == 403
    assert "allow cookies" in response.content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://console.example.com"},
        {"Origin": "null"},
        {"Referer": "https://elsewhere.example.com/style/"},
    ],
)
def test_a_form_from_an_address_that_is_not_trusted_says_which_setting_it_is(
    ana: User, settings: Settings, headers: dict[str, str]
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    response = client.post("/style/", {"name": "canary-draft"}, headers=headers, secure=True)
    text = response.content.decode()

    assert response.status_code == 403
    assert "<h1>This address is not trusted</h1>" in text
    assert "out of date" not in text
    for name in ("CSRF_TRUSTED_ORIGINS", "TRUSTED_PROXY_COUNT"):
        assert name in text
    assert "canary-draft" not in client.get("/style/", secure=True).content.decode()


def test_an_address_that_only_takes_a_button_is_no_blank_page(signed_in: Client) -> None:
    response = signed_in.get("/profiles/5a4db0c5-0001-4fa4-8e00-00000000beef/refresh/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert "only accepts submitted forms" in response.content.decode()


def test_a_file_that_nobody_asked_for_is_dropped_and_not_written_to_disk(
    client: Client, db: None, settings: Settings, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "missing"  # writing there would fail
    sent = {"login": "ana@example.org", "password": "wrong", "file": BytesIO(b"." * 1_500_000)}
    assert client.post("/login/", sent).status_code == 200
