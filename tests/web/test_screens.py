"""One URL gives the page or, to htmx, its part."""

import pytest
from django.test import Client

from console.team.models import User
from console.web.drafts import owner_mark

pytestmark = pytest.mark.usefixtures("style_urls")

OWN_PAGE = {"Origin": "http://testserver"}
HTMX = {"HX-Request": "true", "HX-Target": "accounts-list"}


def test_a_browser_gets_the_page(signed_in: Client) -> None:
    response = signed_in.get("/style/")

    assert response.content.lstrip().startswith(b"<!DOCTYPE html>")
    assert response.headers["Cache-Control"] == "no-store"
    assert "HX-Request" in response.headers["Vary"]


def test_htmx_gets_the_part_that_it_replaces(signed_in: Client) -> None:
    text = signed_in.get("/style/", headers=HTMX).content.decode()

    assert text.lstrip().startswith('<div id="accounts-list">')
    assert "<html" not in text


@pytest.mark.parametrize(
    "headers",
    [
        {**HTMX, "HX-Boosted": "true"},
        {**HTMX, "HX-History-Restore-Request": "true"},
        {**HTMX, "HX-Target": "nothing-of-this-name"},
        {**HTMX, "HX-Target": "../base"},
        {**HTMX, "HX-Target": ""},
    ],
)
def test_these_get_the_page(signed_in: Client, headers: dict[str, str]) -> None:
    assert signed_in.get("/style/", headers=headers).content.lstrip().startswith(b"<!DOCTYPE html>")


def test_a_part_that_failed_takes_its_own_place_and_leaves_the_address(signed_in: Client) -> None:
    response = signed_in.get("/style/?status=502", headers=HTMX)

    assert response.status_code == 502
    assert response.headers["HX-Retarget"] == "#accounts-list"
    assert response.headers["HX-Reswap"] == "outerHTML"
    assert response.headers["HX-Push-Url"] == "false"


def test_a_message_is_sent_along_with_a_part(ana: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    # Out of date, so a draft is kept; the next page says so.
    client.post("/style/", {"name": "x", "draft_owner": owner_mark(ana)}, headers=OWN_PAGE)

    with_message = client.get("/style/", headers=HTMX).content.decode()
    without = client.get("/style/", headers=HTMX).content.decode()

    assert with_message.count('hx-swap-oob="true"') == 1
    assert "What you typed is back" in with_message.split('hx-swap-oob="true"')[1]
    assert without.count("hx-swap-oob") == 0


def test_the_current_entry_of_the_navigation_is_marked(signed_in: Client) -> None:
    text = signed_in.get("/profiles/").content.decode()

    assert text.count('aria-current="page"') == 1
    assert '<a href="/profiles/" aria-current="page">Profiles</a>' in text


def test_a_sorted_head_turns_the_order_and_goes_to_the_first_page(signed_in: Client) -> None:
    text = signed_in.get("/style/?order_by=name&page=3&quantity=50").content.decode()

    assert text.count('aria-sort="ascending"') == 1
    assert 'href="?order_by=-name&amp;quantity=50"' in text


def test_the_pager_keeps_the_rest_of_the_address(signed_in: Client) -> None:
    text = " ".join(signed_in.get("/style/?order_by=name").content.decode().split())

    assert "<strong>21–40</strong> of 312" in text
    assert 'href="?order_by=name&amp;page=3" rel="next"' in text
    assert 'href="?order_by=name&amp;page=1" rel="prev"' in text
    assert 'href="?order_by=name&amp;quantity=100"' in text


def test_a_wrong_field_is_tied_to_its_sentence(signed_in: Client) -> None:
    response = signed_in.post("/style/", {"name": "x" * 21})
    text = response.content.decode()

    assert response.status_code == 422
    assert 'aria-invalid="true" aria-describedby="id_name_helptext id_name_error"' in text
    assert 'id="id_name_error"' in text
    assert 'id="id_name_helptext"' in text


def test_a_typed_secret_is_not_drawn_again(signed_in: Client) -> None:
    text = signed_in.post("/style/", {"name": "", "password": "canary-typed"}).content.decode()

    assert "canary-typed" not in text
