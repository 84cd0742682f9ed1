"""Which addresses may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.upstream.errors import TargetRefused
from console.upstream.network.egress import Egress, Request
from console.upstream.network.origins import AllowedOrigins, Origin, netloc_of, parse_url
from tests.upstream.clients import egress_to, send
from tests.upstream.servers import answer, answering, listening

ALLOWED = AllowedOrigins(["https://api.dxtra.ai", "http://localhost:8000/", "http://[::1]:8000"])

SAME = {
    "https://api.dxtra.ai": "https://api.dxtra.ai",
    "https://api.dxtra.ai/v1/graphql": "https://api.dxtra.ai",
    "https://api.dxtra.ai:443/v1?x=y&z=%20": "https://api.dxtra.ai",
    "HTTPS://API.Dxtra.AI/": "https://api.dxtra.ai",
    "http://localhost:8000/accounts": "http://localhost:8000",
    "http://[::1]:8000/": "http://[::1]:8000",
    "http://[0:0:0:0:0:0:0:1]:8000/": "http://[::1]:8000",
}


@pytest.mark.parametrize(("url", "origin"), SAME.items())
def test_an_address_on_an_allowed_origin_may_be_called(url: str, origin: str) -> None:
    assert str(ALLOWED.check(url)) == origin


OTHERS = [
    "https://dxtra.ai/",
    "https://evil.example/",
    "https://api.dxtra.ai.evil.example/",
    "https://evil-api.dxtra.ai/",
    "http://api.dxtra.ai/",
    "https://api.dxtra.ai:8443/",
    "https://api.dxtra.ai./",
    "http://localhost/",
    "http://localhost:80000/",
    "http://localhost:0/",
    "http://localhost:8000.evil.example/",
    "http://127.0.0.1:8000/",
    "http://127.1:8000/",
    "http://2130706433:8000/",
    "http://0x7f000001:8000/",
    "http://[::ffff:127.0.0.1]:8000/",
    "http://[::1%25lo]:8000/",
    "http://[::1%lo]:8000/",
    "http://[:::1]:8000/",
    "http://[::1:8000/",
    "https://user@api.dxtra.ai/",
    "https://user:pass@api.dxtra.ai/",
    "https://api.dxtra.ai@evil.example/",
    "https://api.dxtra.ai%40evil.example/",
    "https://api.dxtra.ai\\@evil.example/",
    "https://evil.example\\@api.dxtra.ai/",
    "https://api.dxtra.ai\\.evil.example/",
    "https:\\\\api.dxtra.ai/",
    "https://api.dxtra.ai/#fragment",
    "https://api.dxtra.ai#@evil.example/",
    "https://api.dxtra.ai?@evil.example/#",
    "https://api.dxtra.ai/a b",
    " https://api.dxtra.ai/",
    "https://api.dxtra.ai/ ",
    "https://api.dxtra.ai/\n",
    "https://api.dxtra.ai\n.evil.example/",
    "https://api.dxtra.ai\t/",
    "ht\ttps://api.dxtra.ai/",
    "https://api.dxtra.ai\r\nHost: evil.example/",
    "https://api.dxtra.ai/\x00",
    "https://api。dxtra。ai/",
    "https://аpi.dxtra.ai/",  # noqa: RUF001  the first letter is Cyrillic
    "https://api.dxtra.ai/é",
    "https://api.dxtra.ai/%zz",
    "https:///api.dxtra.ai/",
    "https:api.dxtra.ai/",
    "//api.dxtra.ai/",
    "api.dxtra.ai",
    "file:///etc/passwd",
    "ftp://api.dxtra.ai/",
    "http+unix://api.dxtra.ai/",
    "https://",
    "https://:443/",
    "https://-/",
    "",
    "https://api.dxtra.ai/" + "x" * 9000,
]


@pytest.mark.parametrize("url", OTHERS)
def test_any_other_address_is_refused(url: str) -> None:
    with pytest.raises(TargetRefused) as caught:
        ALLOWED.check(url)
    assert not caught.value.may_have_happened


@pytest.mark.parametrize("path", ["@evil.example/", "#/", "\\x", " ", "\n", "/é"])
def test_a_refused_address_is_not_even_dialled(path: str) -> None:
    with listening(answering(answer())) as server:
        with pytest.raises(TargetRefused):
            send(egress_to(server), Request("GET", server.url + path))
        assert server.connections == 0


def test_another_port_of_an_allowed_host_is_not_dialled() -> None:
    with listening(answering(answer())) as server, listening(answering(answer())) as other:
        with pytest.raises(TargetRefused):
            send(egress_to(server), Request("GET", other.url))
        assert other.connections == 0


def test_the_sentence_says_which_are_allowed() -> None:
    with pytest.raises(TargetRefused) as caught:
        ALLOWED.check("https://evil.example/path?q=typed", system="Dxtra")
    assert caught.value.sentence == (
        "Nothing was sent to Dxtra: the origin https://evil.example is not allowed."
        " Allowed: http://[::1]:8000, http://localhost:8000, https://api.dxtra.ai."
    )


def test_the_sentence_of_an_address_with_a_password_does_not_repeat_it() -> None:
    with pytest.raises(TargetRefused) as caught:
        ALLOWED.check("https://me:s3cret@api.dxtra.ai/", system="Dxtra")
    assert caught.value.sentence == (
        "Nothing was sent to Dxtra: the address may not contain a user name or password."
    )


@pytest.mark.parametrize("entry", ["api.dxtra.ai", "https://x/y", "https://x?y", "ftp://x", ""])
def test_an_allowed_origin_must_be_one(entry: str) -> None:
    with pytest.raises(ValueError, match="is no origin"):
        Egress(allowed_origins=[entry], max_bytes=1)


def test_the_place_of_an_address_has_its_port_where_that_is_unusual() -> None:
    places = [netloc_of(f"{url}/x") for url in ("https://a.b", "https://a.b:443", "http://a.b:443")]
    assert places == ["a.b", "a.b", "a.b:443"]


def test_an_address_is_taken_apart_into_origin_and_rest() -> None:
    assert parse_url("http://Localhost:8000/a?b=c") == (
        Origin("http", "localhost", 8000),
        "/a?b=c",
    )


@given(st.text(max_size=60).map(lambda text: f"https://{text}") | st.text(max_size=60))
def test_no_text_brings_the_check_down(text: str) -> None:
    try:
        ALLOWED.check(text)
    except TargetRefused:
        return
    assert text.lower().startswith(("https://api.dxtra.ai", "http://localhost:8000", "http://["))
