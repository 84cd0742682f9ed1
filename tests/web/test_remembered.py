"""What is drawn once for what it shows: it shows nobody else's, and nothing of yesterday."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client

from console.profiles.models import CredentialProfile
from console.team.models import User
from console.web.templatetags import header, tables
from tests.services.profiles import client_of

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def page_of(client: Client, path: str = "/calls/") -> str:
    return client.get(path).content.decode()


def headers_drawn() -> int:
    return header._draw.cache_info().misses


def test_a_header_is_drawn_once_for_what_it_shows(alice: User, dpaas_profile: CredentialProfile):
    client = client_of(alice)
    first = page_of(client)
    drawn = headers_drawn()
    again = page_of(client)
    assert headers_drawn() == drawn
    assert TOKEN.sub("", again) == TOKEN.sub("", first)


def test_a_header_shows_a_profile_as_it_is_now(alice: User, dpaas_profile: CredentialProfile):
    client = client_of(alice)
    assert f"/profiles/{dpaas_profile.pk}/" in page_of(client)
    CredentialProfile.objects.filter(pk=dpaas_profile.pk).update(name="Renamed <b>")
    assert "Renamed &lt;b&gt;" in page_of(client)
    dpaas_profile.delete()
    assert "Renamed" not in page_of(client)


def test_a_header_shows_its_own_teammate(alice: User, bob: User, dpaas_profile: CredentialProfile):
    for client, shown, hidden in (
        (client_of(alice), alice, bob),
        (client_of(bob), bob, alice),
        (client_of(alice), alice, bob),
    ):
        page = page_of(client)
        assert shown.email in page
        assert hidden.email not in page
        assert (f"/profiles/{dpaas_profile.pk}/" in page) == (shown == alice)


def test_each_page_has_a_token_of_its_own_that_sends_its_forms(
    alice: User, dpaas_profile: CredentialProfile
):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    tokens = {TOKEN.search(page_of(client))[1] for _ in range(3)}  # type: ignore[index]
    assert len(tokens) == 3
    assert header._CSRF_TOKEN not in page_of(client)
    assert client.post("/logout/", {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
    assert client.post("/logout/", {"csrfmiddlewaretoken": tokens.pop()}).status_code == 302


@pytest.mark.usefixtures("style_urls")
def test_a_pager_and_heads_follow_the_address_that_they_stand_at(signed_in: Client):
    before = tables._draw_pager.cache_info().misses
    for query, kept in (("?name=a%26b", "name=a%26b"), ("?name=c", "name=c")):
        for _ in range(2):
            page = page_of(signed_in, f"/style/{query}")
            links = re.findall(r'href="(\?[^"]*)"', page)
            assert len(links) > 8
            assert all(kept in urlsplit(link.replace("&amp;", "&")).query for link in links)
    assert tables._draw_pager.cache_info().misses == before + 2
