"""Signing in and out, and the limits on attempts."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from console.team.models import User
from tests.factories import UserFactory

PASSWORD = "a long enough passphrase"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_rate_limits() -> None:
    cache.clear()


@pytest.fixture
def ana() -> User:
    return UserFactory(email="ana@example.org", password=PASSWORD)


def sign_in(client: Client, login: str = "ana@example.org", password: str = PASSWORD) -> object:
    return client.post("/login/?next=/profiles/", {"login": login, "password": password})


@pytest.mark.parametrize("login", ["ana@example.org", "Ana@EXAMPLE.org"])
def test_a_teammate_signs_in_and_lands_where_they_wanted_to_go(
    client: Client, ana: User, login: str
) -> None:
    response = sign_in(client, login)

    assert (response.status_code, response.url) == (302, "/profiles/")
    assert client.session["_auth_user_id"] == str(ana.pk)


@pytest.mark.parametrize(
    ("login", "password"),
    [("ana@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("", ""), ("x", "y")],
)
def test_nobody_else_can_sign_in(client: Client, ana: User, login: str, password: str) -> None:
    response = sign_in(client, login, password)

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client, ana: User) -> None:
    pages = [
        sign_in(client, login, "wrong").content.decode()
        for login in ("ana@example.org", "nob@example.org")
    ]
    errors = [page.partition('class="errors')[2].partition("</ul>")[0] for page in pages]

    assert errors[0] == errors[1] != ""


def test_signing_in_never_redirects_to_another_site(client: Client, ana: User) -> None:
    response = client.post(
        "/login/?next=https://evil.test/", {"login": ana.email, "password": PASSWORD}
    )

    assert response.url == "/"


def test_too_many_attempts_for_one_address_are_refused_with_a_sentence(
    client: Client, ana: User
) -> None:
    for _ in range(5):
        sign_in(client, password="wrong")
    response = sign_in(Client())

    assert response.status_code == 429
    assert "Too many failed attempts. Try again in 5 minutes." in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_too_many_attempts_from_one_ip_address_are_refused(client: Client) -> None:
    answers = [sign_in(client, f"{number}@example.org", "x").status_code for number in range(31)]

    assert answers == [200] * 30 + [429]


def test_signing_out_takes_a_post(client: Client, ana: User) -> None:
    client.force_login(ana)
    asked = client.get("/logout/")
    still_in = "_auth_user_id" in client.session
    done = client.post("/logout/")

    assert (asked.status_code, still_in) == (200, True)
    assert (done.status_code, done.url) == (302, "/login/")
    assert "_auth_user_id" not in client.session


def test_an_inactive_teammate_cannot_sign_in(client: Client, ana: User) -> None:
    User.objects.update(is_active=False)
    response = client.post("/login/", {"login": ana.email, "password": PASSWORD}, follow=True)

    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "path", ["/signup/", "/login/signup/", "/accounts/signup/", "/password/reset/"]
)
def test_there_is_no_way_to_sign_up(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, {"email": "eve@example.org"}).status_code == 404
    assert User.objects.count() == 0


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email"])
def test_what_is_closed_has_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_a_wrong_current_password_is_called_that(client: Client, ana: User) -> None:
    client.force_login(ana)
    typed = {"password1": "another long one", "password2": "another long one"}
    page = client.post("/password/", {**typed, "oldpassword": "no such"}).content.decode()
    assert "This is not your current password." in page
    for label in ("Current password", "New password", "New password, again"):
        assert f"{label}</label>" in " ".join(page.split()).replace(" </label>", "</label>"), label


def test_a_password_is_changed_and_the_session_stays(client: Client, ana: User) -> None:
    client.force_login(ana)
    changed = client.post(
        "/password/",
        {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"},
    )
    ana.refresh_from_db()
    page = client.get("/password/")

    assert changed.status_code == 302
    assert ana.check_password("another long one")
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]


def test_a_session_ends_when_the_password_changes_elsewhere(client: Client, ana: User) -> None:
    client.force_login(ana)
    ana.set_password("another long one")
    ana.save()

    assert client.get("/password/").status_code == 302
