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
    GatewayRefused,
    NotFound,
    RateLimited,
    RequestRefused,
    ResponseUnreadable,
    UpstreamError,
    UpstreamFailed,
    ValidationFailed,
)
from console.upstream.network.egress import Response
from console.upstream.responses import read_json, refusal, retry_after
from console.upstream.words import details_of, message_of
from console.vault.secret import Secret
from tests.upstream.clients import CONTEXT

DETAIL = "This field is required"
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
        (407, GatewayRefused),
        (408, UpstreamFailed),
        (499, UpstreamFailed),
        (500, UpstreamFailed),
        (502, UpstreamFailed),
        (599, UpstreamFailed),
        (101, ResponseUnreadable),
        (202, ResponseUnreadable),
    ],
)
@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'" "'])
def test_the_status_chooses_the_error_whatever_the_body(
    status: int, kind: type[UpstreamError], body: bytes
) -> None:
    error = refusal(made(status, body), CONTEXT)
    assert (type(error), error.status, error.upstream_message) == (kind, status, "")


PAGES = {
    "nginx": made(403, HTML),
    "a firewall": made(406, b"<!DOCTYPE html><title>Attention Required!</title>"),
    "Django's CSRF page": made(403, b"\n<!DOCTYPE html>\n<html lang='en'>CSRF verification failed"),
    "basic auth": made(401, HTML, content_type="text/html"),
    "by its type": made(400, b"Request blocked.", content_type="text/html; charset=utf-8"),
    "a missing page": made(404, HTML),
}


@pytest.mark.parametrize("response", PAGES.values(), ids=PAGES)
def test_a_page_is_a_gateways_whatever_its_status(response: Response) -> None:
    error = refusal(response, CONTEXT)
    assert (type(error), error.upstream_message) == (GatewayRefused, "")
    assert error.sentence == (
        "Something in front of DPaaS at dpaas.example, such as a gateway or a firewall, responded"
        f" in its place (status {response.status}): it sent a web page. If it keeps happening,"
        " check the address in the profile or tell your administrator."
    )


XML = {
    "a store of files": made(403, b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'),
    "by its type": made(401, b"<Error>No</Error>", content_type="application/xml"),
}


@pytest.mark.parametrize("response", XML.values(), ids=XML)
def test_xml_is_a_gateways_whatever_its_status(response: Response) -> None:
    error = refusal(response, CONTEXT)
    assert (type(error), error.upstream_message) == (GatewayRefused, "")
    assert f"({response.status}): it sent XML" in error.sentence.replace("status ", "")


def test_an_api_that_calls_its_json_a_page_is_still_itself() -> None:
    response = made(403, {"detail": "No"}, content_type="text/html")
    assert (type(refusal(response, CONTEXT)), refusal(response, CONTEXT).upstream_message) == (
        Forbidden,
        "No",
    )


def test_a_page_that_asks_to_wait_is_a_limit_whether_an_api_or_a_gateway_wrote_it() -> None:
    error = refusal(made(429, HTML, retry_after="120"), CONTEXT)
    assert (type(error), error.retry_after) == (RateLimited, 120)
    assert "(status 429): it sent a web page, probably from a gateway" in error.sentence


SENTENCES = {
    401: "DPaaS did not accept the access token (status 401), even after a refresh."
    " Refresh the token in a minute. If it keeps failing, check the profile's credential.",
    403: "DPaaS does not allow the profile's user to do this (status 403)."
    " Ask an administrator for permission, or use another profile.",
    404: "DPaaS at dpaas.example could not find what was requested (status 404)."
    " It may have been deleted, or the address in the profile is wrong.",
    409: "DPaaS refused this because it conflicts with existing data (status 409)."
    " Check the list: the name may be taken, or someone may have changed it.",
    422: "DPaaS did not accept the input (status 422). Correct it and try again.",
    429: "DPaaS received too many requests and refused this one (status 429)."
    " Try again in a few minutes.",
    503: "DPaaS failed (status 503). Try again in a minute. If it keeps failing, tell your"
    " administrator.",
}


@pytest.mark.parametrize(("status", "sentence"), SENTENCES.items())
def test_each_status_has_a_sentence_of_its_own(status: int, sentence: str) -> None:
    assert refusal(made(status), CONTEXT).sentence == sentence


def test_a_gateways_page_is_told_as_one_and_never_quoted() -> None:
    error = refusal(made(502, HTML), CONTEXT)
    assert error.sentence == (
        "DPaaS failed (status 502): it sent a web page, probably from a gateway in front of it."
        " Try again in a minute. If it keeps failing, tell your administrator."
    )


SAID: dict[str, Any] = {
    "DPaaS": {"error": "ValidationError", "message": "the words"},
    "a code alone": {"error": "the words"},
    "a list of errors": {"errors": [{"message": "the"}, {"message": "words"}]},
    "a list of sentences": {"errors": ["the words"]},
    "errors as a sentence": {"errors": "the words"},
    "detail": {"detail": "the words", "code": "not_authenticated"},
    "detail as a list": {"detail": ["the words"]},
    "detail as an object": {"detail": {"code": "quota", "message": "the words"}},
    "detail as an object of reasons": {"detail": {"reason": "the words", "limit": 5}},
    "no field's": {"non_field_errors": ["the words"]},
    "details as a sentence": {"details": "the words"},
    "beside a message": {"message": "the", "details": ["words"]},
    "OAuth": {"error": "invalid_grant", "error_description": "the words"},
    "an error object": {"error": {"message": "the words", "code": 7}},
    "problem details": {"type": "about:blank", "title": "Forbidden", "detail": "the words"},
    "a sentence alone": "the words",
    "sentences alone": ["the words"],
    "two lines": {"message": " the\r\n\twords\x00 "},
}


@pytest.mark.parametrize("body", SAID.values(), ids=SAID)
def test_the_upstreams_words_are_found_in_any_shape(body: object) -> None:
    assert refusal(made(403, body), CONTEXT).upstream_message.replace(";", "") == "the words"


UNKNOWN: dict[str, tuple[object, str]] = {
    "a code": ({"code": "token_not_valid"}, "code: token_not_valid"),
    "numbers": ({"detail": {"limit": 5}}, '{"detail": {"limit": 5}}'),
    "a number": ({"error": 7}, '{"error": 7}'),
    "its own words": ({"why": {"text": "not on Sundays"}}, "why.text: not on Sundays"),
}


@pytest.mark.parametrize(("body", "quote"), UNKNOWN.values(), ids=UNKNOWN)
def test_no_shape_is_mute(body: object, quote: str) -> None:
    assert refusal(made(403, body), CONTEXT).sentence.endswith(f"DPaaS says: “{quote}”")


SPELLED = [
    "می‌خواهم",
    "क्‍ष",
    "👩‍💻 family 👨‍👩‍👧",
    "Wirt\u00adschaft",
    "new emoji \U0001fae8 \U0001fadf",
]


@pytest.mark.parametrize("words", SPELLED)
def test_what_belongs_to_the_spelling_of_a_word_is_quoted_with_it(words: str) -> None:
    error = refusal(
        made(422, {"message": f"\u200d {words} \u200b\u200c", "errors": {"name": [words]}}), CONTEXT
    )
    assert (error.upstream_message, error.details) == (words, {"name": [words]})


@pytest.mark.parametrize(
    "unseen", ["\x00", "\x1b", "\u202e", "\u200b", "\u2066", "\ufeff", "\U000e0041"]
)
def test_what_hides_or_turns_a_line_is_a_blank(unseen: str) -> None:
    error = refusal(made(422, {"message": f"a{unseen}b{unseen}"}), CONTEXT)
    assert error.upstream_message == "a b"


@pytest.mark.parametrize("content_type", ["text/plain; charset=utf-8", "application/json"])
def test_plain_text_is_quoted(content_type: str) -> None:
    text = made(404, b"404 page not found\n", content_type=content_type)
    assert refusal(text, CONTEXT).upstream_message == "404 page not found"


def test_broken_json_is_not_quoted_as_it_may_hold_tokens() -> None:
    for body in (b'{"access_token": "canary', b'["canary', b'"canary'):
        response = made(404, body, content_type="application/json")
        assert refusal(response, CONTEXT).upstream_message == ""


def test_the_upstreams_words_are_bounded() -> None:
    said = refusal(made(400, {"message": "long " * 1000}), CONTEXT).upstream_message
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
        error = refusal(made(422, echo), CONTEXT, secrets=[Secret(secret)])
        masked.append(error.upstream_message + json.dumps(error.details) + error.sentence)
    if secret == "x":
        assert (
            "x"
            not in refusal(
                made(400, {"message": "axb"}), CONTEXT, secrets=[Secret("x")]
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
    "a place with a number": {"detail": [{"loc": ["body", 0, "name"], "msg": DETAIL}]},
    "a list with fields": {"errors": [{"field": "name", "message": "This field is required"}]},
    "an entry alone": {"field": "name", "message": "This field is required"},
    "by attribute": {"errors": [{"attr": "name", "code": "required", "detail": DETAIL}]},
    "by pointer": {"errors": [{"source": {"pointer": "/data/attributes/name"}, "detail": DETAIL}]},
    "bare": {"name": ["This field is required"]},
    "bare, one message": {"name": "This field is required"},
    "bare, with codes": {"name": [{"message": DETAIL, "code": "required"}]},
    "a list of one": [{"name": ["This field is required"]}],
    "invalid-params": {
        "type": "about:blank",
        "invalid-params": [{"name": "name", "reason": DETAIL}],
    },
    "issues": {"error": {"issues": [{"path": ["name"], "message": DETAIL}], "name": "ZodError"}},
    "by kind": {"formErrors": [], "fieldErrors": {"name": [DETAIL]}},
    "violations": {"violations": [{"propertyPath": "name", "title": DETAIL}]},
    "properties": [{"propertyName": "name", "errorMessage": DETAIL}],
    "objects": {"errors": [{"objectName": "x", "field": "name", "defaultMessage": DETAIL}]},
    "Joi": {"details": [{"path": ["name"], "message": DETAIL, "context": {"label": "name"}}]},
    "in detail": {"detail": {"name": ["This field is required"]}},
    "twice": {"details": {"name": ["This field is required", "This field is required"]}},
}


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("body", DETAILS.values(), ids=DETAILS)
def test_field_errors_of_any_shape_are_mapped_to_their_fields(body: object, status: int) -> None:
    error = refusal(made(status, body), CONTEXT)
    assert (type(error), error.details) == (ValidationFailed, {"name": ["This field is required"]})
    assert error.sentence.endswith("DPaaS says: “name: This field is required”")
    assert error.sentence_without_details.endswith("Correct it and try again.")


ODD_DETAILS: dict[str, tuple[object, dict[str, list[str]]]] = {
    "a text": ("The plan is full", {}),
    "nested": ({"address": {"street": ["Required"]}}, {"address.street": ["Required"]}),
    "deeper": ({"plan": [{"seats": {"min": "1"}}]}, {"plan.seats.min": ["1"]}),
    "rows": ({"rows": [{}, {"name": ["Taken"]}]}, {"rows.1.name": ["Taken"]}),
    "no field's": ({"address": {"non_field_errors": ["Odd"]}}, {"address": ["Odd"]}),
    "no text": ({"name": None, "plan": [7, True, {}]}, {}),
}


@pytest.mark.parametrize(("details", "read"), ODD_DETAILS.values(), ids=ODD_DETAILS)
def test_details_of_another_shape_are_not_lost(details: object, read: dict[str, list[str]]) -> None:
    assert details_of({"message": "Invalid input", "details": details}) == read


def test_details_are_bounded() -> None:
    many = {f"f{n}": [f"{m}" * 1000 for m in range(50)] for n in range(500)}
    details = details_of({"details": many})
    assert (len(details), {len(messages) for messages in details.values()}) == (50, {10})
    assert {len(text) for messages in details.values() for text in messages} == {500}


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
    error = refusal(made(429, retry_after="120"), CONTEXT)
    assert error.sentence == (
        "DPaaS received too many requests and refused this one (status 429)."
        " Try again in 2 minutes."
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (HTML, "it is a web page, probably not from the API"),
        (b" <!DOCTYPE html>", "it is a web page, probably not from the API"),
        (b"{", "it is not JSON at line 1, column 2: it ends too early"),
        (b'\xef\xbb\xbf{"results": [}', "it is not JSON at line 1, column 14: invalid character"),
        (b"\xff", "it is not JSON"),
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"name": "\xeb"}', "it is not JSON at line 1, column 11: byte 0xeb is not UTF-8"),
    ],
)
def test_what_is_no_json_is_told_as_what_it_is(body: bytes, reason: str) -> None:
    with pytest.raises(ResponseUnreadable) as caught:
        read_json(made(200, body), CONTEXT)
    assert caught.value.sentence == (
        f"The response from DPaaS at dpaas.example (status 200) cannot be read: {reason}."
        " Check the address in the profile. If it is right, tell your administrator."
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
    error = refusal(Response(status, head, body), CONTEXT, secrets=[Secret("hunter2")])
    assert isinstance(error, UpstreamError)
    assert len(error.upstream_message) <= 500
    error.sentence.encode()  # half characters would fail here, and in our page
    json.dumps(error.details, ensure_ascii=False).encode()


@given(bodies)
def test_json_is_read_or_refused_in_our_own_words(body: bytes) -> None:
    with suppress(ResponseUnreadable):
        read_json(Response(200, {}, body), CONTEXT)


@given(json_values)
def test_words_are_text_whatever_they_are_in(found: object) -> None:
    assert isinstance(message_of(found), str)


def test_many_comments_before_something_that_is_no_page_are_read_at_once() -> None:
    began = time.monotonic()
    answer = made(502, b"<!-- -->" * 200 + b"<p>no page")
    error = refusal(answer, CONTEXT)
    assert "web page" not in error.sentence
    assert time.monotonic() - began < 5  # it took longer than anybody lives


def test_a_page_is_known_behind_its_comments() -> None:
    answer = made(502, b"<!-- a -->\n<!-- b -- c -->\n<HTML><body>502</body></HTML>")
    assert "it sent a web page" in refusal(answer, CONTEXT).sentence


@pytest.mark.parametrize("status", [400, 403, 422, 500, 503])
def test_tokens_in_the_body_of_a_failure_are_not_told(status: int):
    tokens = {"access_token": "at-1", "session": {"accessToken": "at-2", "refreshToken": "rt-2"}}
    error = refusal(made(status, tokens), CONTEXT)
    assert "at-" not in error.sentence
    assert "rt-" not in error.sentence
    assert "-1" not in str(error.details)
    assert "-2" not in str(error.details)
