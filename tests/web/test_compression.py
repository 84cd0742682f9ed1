"""Pages go out compressed, and do not tell their length to those who watch."""

import gzip
import secrets

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from console.web.compression import QuickGZipMiddleware

PAGE = b"<td>Production</td>" * 100


def answered(response: HttpResponse, accepts: str = "gzip, br") -> HttpResponse:
    request: HttpRequest = RequestFactory().get("/", headers={"Accept-Encoding": accepts})
    return QuickGZipMiddleware(lambda _: response)(request)  # type: ignore[return-value]


def test_a_page_comes_out_as_it_was() -> None:
    response = answered(HttpResponse(PAGE))

    assert response["Content-Encoding"] == "gzip"
    assert response["Content-Length"] == str(len(response.content))
    assert len(response.content) < len(PAGE) / 5
    assert gzip.decompress(response.content) == PAGE


def test_caches_are_told_that_it_depends_on_what_a_browser_takes() -> None:
    assert "Accept-Encoding" in answered(HttpResponse(PAGE))["Vary"]
    assert "Accept-Encoding" in answered(HttpResponse(PAGE), "identity")["Vary"]


def test_one_page_has_many_lengths() -> None:
    # Who makes a teammate's browser ask again and again could otherwise guess a page's secret from
    # what a guess beside it costs (BREACH).
    lengths = {len(answered(HttpResponse(PAGE)).content) for _ in range(60)}

    assert len(lengths) > 20


@pytest.mark.parametrize("accepts", ["", "identity", "br"])
def test_who_does_not_take_gzip_gets_the_page_as_it_is(accepts: str) -> None:
    response = answered(HttpResponse(PAGE), accepts)

    assert not response.has_header("Content-Encoding")
    assert response.content == PAGE


def test_what_does_not_get_shorter_stays_as_it_is() -> None:
    noise = secrets.token_bytes(300)
    response = answered(HttpResponse(noise))

    assert (response.content, response.has_header("Content-Encoding")) == (noise, False)


def test_a_few_bytes_and_what_is_encoded_already_stay_as_they_are() -> None:
    short = answered(HttpResponse(b"short"))
    encoded = answered(HttpResponse(PAGE, headers={"Content-Encoding": "br"}))

    assert (short.content, short.has_header("Content-Encoding")) == (b"short", False)
    assert (encoded.content, encoded["Content-Encoding"]) == (PAGE, "br")


def test_a_stream_is_compressed_piece_by_piece() -> None:
    response = answered(StreamingHttpResponse([PAGE, PAGE]))  # type: ignore[arg-type]

    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(b"".join(response)) == PAGE + PAGE


def test_a_strong_tag_gets_weak_for_the_bytes_are_others() -> None:
    response = answered(HttpResponse(PAGE, headers={"ETag": '"1"'}))

    assert (response["ETag"], response["Content-Encoding"]) == ('W/"1"', "gzip")
