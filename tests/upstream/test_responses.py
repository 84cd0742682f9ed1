"""Every error shape becomes one of our errors, with a sentence, and without a secret."""

import json
import time
from contextlib import suppress
from html import escape
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.upstream.errors import (
    AccessExpired,
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    RequestRefused,
    ResponseUnreadable,
    UpstreamError,
    UpstreamFailed,
    ValidationFailed,
)
from console.upstream.network.egress import Response
from console.upstream.responses import details_of, message_of, read_json, refusal, retry_after
from console.vault.secret import Secret
from tests.upstream.clients import FACTS

HTML = b"<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def made(status: int, body: object = b"", **headers: str) -> Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, data
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RequestRefused),
        (401, AccessExpired),
        (402, RequestRefused),
        (403, Forbidden),
        (404, NotFound),
        (405, RequestRefused),
        (409, Conflict),
        (422, ValidationFailed),
        (429, RateLimited),
        (499, RequestRefused),
        (500, UpstreamFailed),
        (502, UpstreamFailed),
        (599, UpstreamFailed),
        (101, ResponseUnreadable),
        (202, ResponseUnreadable),
    ],
)
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", HTML, b"\xff\xfe", b'{"error":7}'])
def test_the_status_chooses_the_error_whatever_the_body(
    status: int, kind: type[UpstreamError], body: bytes
) -> None:
    error = refusal(made(status, body), FACTS)
    assert (type(error), error.status, error.upstream_message) == (kind, status, "")


SENTENCES = {
    401: "DPaaS does not accept the access token (status 401), and a new one did not help."
    " Refresh the profile in a minute; if it stays so, check the credential in it.",
    403: "DPaaS does not allow this to the user of the profile (status 403)."
    " Ask an administrator for the permission, or use another profile.",
    404: "DPaaS at dpaas.example does not know what was asked for (status 404)."
    " It may have been deleted, or the address in the profile is not quite right.",
    409: "DPaaS refused this, because it conflicts with what is there already (status 409)."
    " Look at the list: the name may be taken, or somebody changed it meanwhile.",
    422: "DPaaS did not accept what was entered (status 422). Correct it and send it again.",
    429: "DPaaS has had too many requests and refused this one (status 429)."
    " Try again in a few minutes.",
    503: "DPaaS failed (status 503). Try again in a minute; if it stays so, tell your"
    " administrator.",
}


@pytest.mark.parametrize(("status", "sentence"), SENTENCES.items())
def test_each_status_has_a_sentence_of_its_own(status: int, sentence: str) -> None:
    assert refusal(made(status), FACTS).sentence == sentence


def test_a_gateways_page_is_told_as_one_and_never_quoted() -> None:
    error = refusal(made(502, HTML), FACTS)
    assert error.sentence == (
        "DPaaS failed (status 502): a web page came, so probably a gateway in front of it speaks."
        " Try again in a minute; if it stays so, tell your administrator."
    )


SAID: dict[str, Any] = {
    "DPaaS": {"error": "ValidationError", "message": "the words"},
    "a code alone": {"error": "the words"},
    "a list of errors": {"errors": [{"message": "the words"}, {"message": "more"}]},
    "a list of sentences": {"errors": ["the words"]},
    "errors as a sentence": {"errors": "the words"},
    "detail": {"detail": "the words"},
    "detail as a list": {"detail": [{"loc": ["body", "name"], "msg": "the words"}]},
    "OAuth": {"error": "invalid_grant", "error_description": "the words"},
    "an error object": {"error": {"message": "the words", "code": 7}},
    "a sentence alone": "the words",
    "two lines": {"message": " the\r\n\twords\x00 "},
}


@pytest.mark.parametrize("body", SAID.values(), ids=SAID)
def test_the_upstreams_words_are_found_in_any_shape(body: object) -> None:
    assert refusal(made(400, body), FACTS).upstream_message == "the words"


def test_plain_text_is_quoted() -> None:
    text = made(404, b"404 page not found\n", content_type="text/plain; charset=utf-8")
    assert refusal(text, FACTS).upstream_message == "404 page not found"


def test_the_upstreams_words_are_bounded() -> None:
    said = refusal(made(400, {"message": "long " * 1000}), FACTS).upstream_message
    assert (len(said), said[-1]) == (500, "…")


@pytest.mark.parametrize(
    "secret", ["hunter2", 'p"w\\d', "pä ss&wörd", "<b>", "x", "eyJ0.eyJ1.sig", "a" * 400, "'q'"]
)
def test_a_secret_that_was_sent_never_comes_back(secret: str) -> None:
    spellings = [secret, json.dumps(secret), quote(secret), escape(secret), repr(secret)]
    masked = []
    for spelling in spellings:
        echo = {
            "message": "no: " + "0" * 250 + spelling,
            "details": {spelling: [spelling, f"«{spelling}»"]},
        }
        error = refusal(made(422, echo), FACTS, secrets=[Secret(secret)])
        masked.append(error.upstream_message + json.dumps(error.details) + error.sentence)
    if secret == "x":
        assert (
            "x"
            not in refusal(
                made(400, {"message": "axb"}), FACTS, secrets=[Secret("x")]
            ).upstream_message
        )
    else:
        assert [text for text in masked if secret in text or json.dumps(secret)[1:-1] in text] == []
    assert all("••••••" in text for text in masked)


DETAILS: dict[str, Any] = {
    "DPaaS": {"details": {"name": ["This field is required"]}},
    "one message": {"details": {"name": "This field is required"}},
    "errors by field": {"errors": {"name": ["This field is required"]}},
    "a list with places": {"detail": [{"loc": ["body", "name"], "msg": "This field is required"}]},
    "a list with fields": {"errors": [{"field": "name", "message": "This field is required"}]},
    "twice": {"details": {"name": ["This field is required", "This field is required"]}},
}


@pytest.mark.parametrize("body", DETAILS.values(), ids=DETAILS)
def test_the_details_of_a_422_map_fields_to_messages(body: object) -> None:
    error = refusal(made(422, body), FACTS)
    assert error.details == {"name": ["This field is required"]}


ODD_DETAILS: dict[str, tuple[object, dict[str, list[str]]]] = {
    "a text": ("The plan is full", {"": ["The plan is full"]}),
    "texts": (["The plan is full", "Pay first"], {"": ["The plan is full", "Pay first"]}),
    "nested": ({"address": {"street": ["Required"]}}, {"address": ["street: Required"]}),
    "deeper": ({"plan": [{"seats": {"min": "1"}}]}, {"plan": ["min: 1"]}),
    "no text": ({"name": None, "plan": [7, True, {}]}, {}),
}


@pytest.mark.parametrize(("details", "read"), ODD_DETAILS.values(), ids=ODD_DETAILS)
def test_details_of_another_shape_are_not_lost(details: object, read: dict[str, list[str]]) -> None:
    assert details_of({"message": "Invalid input", "details": details}) == read


def test_details_are_bounded() -> None:
    details = details_of({"details": {f"f{n}": ["x" * 1000] * 50 for n in range(500)}})
    assert (len(details), {len(messages) for messages in details.values()}) == (50, {1})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30", 30.0),
        (" 1.5 ", 1.5),
        ("-3", 0.0),
        ("0", 0.0),
        ("1e9", 86400.0),
        ("inf", 86400.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Sun, 22 Nov 2026 00:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 00:00:00 GMT", 0.0),
        ("Sun, 99 Nov 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_upstreams_clock(
    value: str, seconds: float | None
) -> None:
    date = "Sun, 22 Nov 2026 00:00:00 GMT"
    assert retry_after(made(429, retry_after=value, date=date)) == seconds


def test_a_wait_that_was_asked_for_stands_in_the_sentence() -> None:
    error = refusal(made(429, retry_after="120"), FACTS)
    assert error.sentence == (
        "DPaaS has had too many requests and refused this one (status 429). Try again in 2 minutes."
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (HTML, "it is a web page, so probably not from the API itself"),
        (b" <!DOCTYPE html>", "it is a web page, so probably not from the API itself"),
        (b"{", "it is no JSON"),
        (b"\xff", "it is no JSON"),
        (b"[" * 100_000, "it is no JSON"),
        (b"9" * 10_000, "it is no JSON"),
    ],
)
def test_what_is_no_json_is_told_as_what_it_is(body: bytes, reason: str) -> None:
    with pytest.raises(ResponseUnreadable) as caught:
        read_json(made(200, body), FACTS)
    assert caught.value.sentence == (
        f"The answer of DPaaS at dpaas.example (status 200) cannot be read: {reason}."
        " Check the address in the profile; if it is right, tell your administrator."
    )
    assert caught.value.__context__ is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inside: (
        st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(["message", "error", "errors", "details", "detail", "loc", "field"])
            | st.text(max_size=5),
            inside,
            max_size=4,
        )
    ),
    max_leaves=15,
)
bodies = st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode())
headers = st.dictionaries(
    st.sampled_from(["content-type", "retry-after", "date"]), st.text(max_size=40)
)


@given(st.integers(100, 999), headers, bodies)
@example(429, {"retry-after": "Mon, 01 Jan 0001 00:00:00 +2359"}, b"")
@example(400, {}, b'{"message": "\\ud800"}')
@example(400, {}, b"[" * 50_000)
def test_no_answer_brings_the_reader_down(status: int, head: dict[str, str], body: bytes) -> None:
    error = refusal(Response(status, head, body), FACTS, secrets=[Secret("hunter2")])
    assert isinstance(error, UpstreamError)
    assert len(error.upstream_message) <= 500
    error.sentence.encode()  # half characters would fail here, and in our page
    json.dumps(error.details, ensure_ascii=False).encode()


@given(bodies)
def test_json_is_read_or_refused_in_our_own_words(body: bytes) -> None:
    with suppress(ResponseUnreadable):
        read_json(Response(200, {}, body), FACTS)


@given(json_values)
def test_words_are_text_whatever_they_are_in(found: object) -> None:
    assert isinstance(message_of(found), str)


def test_many_comments_before_something_that_is_no_page_are_read_at_once() -> None:
    began = time.monotonic()
    answer = made(502, b"<!-- -->" * 200 + b"<p>no page")
    error = refusal(answer, FACTS)
    assert "web page" not in error.sentence
    assert time.monotonic() - began < 5  # it took longer than anybody lives


def test_a_page_is_known_behind_its_comments() -> None:
    answer = made(502, b"<!-- a -->\n<!-- b -- c -->\n<HTML><body>502</body></HTML>")
    assert "a web page came" in refusal(answer, FACTS).sentence
