"""Every address requires signing in; the few exceptions are listed here."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RegexPattern

from console.team.models import User

CONVERTER = re.compile(r"<(?:(?P<type>\w+):)?\w+>")
OPEN = {"login/", "login/inactive/", "logout/", "admin/login/"}


def every_path(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """An address for each pattern of the URLconf, with made-up values for its converters."""
    for entry in patterns:
        if isinstance(entry, URLResolver):
            yield from every_path(entry.url_patterns, prefix + str(entry.pattern))
        elif isinstance(entry.pattern, RegexPattern):  # two of the admin's
            yield prefix + {"app_list": "team/"}.get(entry.name or "", "anything")
        else:
            yield prefix + CONVERTER.sub(_made_up, str(entry.pattern))


def _made_up(converter: re.Match[str]) -> str:
    return {"uuid": str(UUID(int=7)), "int": "7", "list": "groups"}.get(
        converter["type"] or "str", "x"
    )


PATHS = sorted(set(every_path(get_resolver("console.urls").url_patterns)))


@pytest.mark.parametrize("path", [path for path in PATHS if path not in OPEN])
@pytest.mark.django_db
def test_an_address_asks_a_stranger_to_sign_in(client: Client, path: str) -> None:
    response = client.get(f"/{path}")

    assert response.status_code == 302
    assert response.url.partition("?")[0] in ("/login/", "/admin/login/")


@pytest.mark.parametrize("path", [path for path in PATHS if path not in OPEN])
@pytest.mark.django_db
def test_what_a_stranger_sends_is_answered_by_the_sign_in_page(client: Client, path: str) -> None:
    response = client.post(f"/{path}")

    assert response.status_code == 401
    assert response.templates[0].name == "account/login.html"


@pytest.mark.parametrize("path", PATHS)
def test_no_page_stays_in_a_cache(signed_in: Client, path: str) -> None:
    assert signed_in.get(f"/{path}").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", PATHS)
def test_what_takes_a_button_alone_is_known_for_it(signed_in: Client, path: str) -> None:
    """So that nobody is sent back to it (console/web/came_from.py)."""
    takes_a_button = signed_in.get(f"/{path}").status_code == 405
    view = resolve(f"/{path}").func

    assert (not getattr(view, "is_page", True)) == (takes_a_button and not path.startswith("admin"))


@pytest.mark.parametrize("path", sorted(OPEN - {"logout/", "admin/login/"}))
@pytest.mark.django_db
def test_these_alone_are_open(client: Client, path: str) -> None:
    assert client.get(f"/{path}").status_code == 200


def test_the_walk_finds_the_screens() -> None:
    assert {"accounts/", "graphql/", "profiles/", "calls/", "", "password/"} <= set(PATHS)


def test_a_teammate_passes(signed_in: Client) -> None:
    assert signed_in.get("/password/").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_page_answers_head_as_it_answers_get(signed_in: Client, path: str) -> None:
    head, get = signed_in.head(f"/{path}"), signed_in.get(f"/{path}")

    assert (head.status_code, b"".join(head)) == (get.status_code, b"")


def test_an_inactive_teammate_does_not_pass(signed_in: Client, ana: User) -> None:
    User.objects.filter(pk=ana.pk).update(is_active=False)

    assert signed_in.get("/password/").status_code == 302


@pytest.mark.django_db
def test_htmx_is_sent_to_the_sign_in_as_a_whole(client: Client) -> None:
    response = client.get(
        "/password/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/?page=2"},
    )

    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == "/login/?next=/accounts/%3Fpage%3D2"


@pytest.mark.django_db
def test_what_was_typed_into_a_search_comes_back_with_its_page(client: Client) -> None:
    response = client.get(
        "/accounts/?q=porto",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/?page=2"},
    )

    assert response.headers["HX-Redirect"] == "/login/?next=/accounts/%3Fq%3Dporto"


@pytest.mark.django_db
def test_htmx_on_another_site_does_not_choose_where_to_come_back_to(client: Client) -> None:
    response = client.get(
        "/password/", headers={"HX-Request": "true", "HX-Current-URL": "https://evil.test/x"}
    )

    assert response.headers["HX-Redirect"] == "/login/?next=/"
