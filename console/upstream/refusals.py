"""Who wrote a refusal, and does it prove that nothing was done?

At the sign-in: the auth server, or something in front of it?

Only the auth server's own word closes a profile. Between us and it stand gateways, firewalls and
proxies, which answer 400, 401, 403 and 422 too: with a web page, with a text, with nothing, or with
JSON of their own. So the body has to look like the server's own (upstreams.md, rules 7 and 8).

    refused by                       as
    Nhost Auth (Dxtra)               {"error": "invalid-pat", "message": "…", "status": 401}
                                     {"error": "error in openapi3filter…"}
    DPaaS, as documented             {"error": "…", "message": "…"}
    RFC 6749, 5.2                    {"error": "…", "error_description": "…"}
    FastAPI, Django REST framework   {"detail": …}, {"non_field_errors": ["…"]}, ["…"]
    any                              messages for a field that we sent

    not taken for its own: a lone {"message"} (AWS, Kong, Azure), a lone {"error"} (Tyk), an error
    object (Oathkeeper, Google), {"fault"} (Apigee), problem details (RFC 9457: Cloudflare)

A write is sent again after a 401 only if that proves that the token was refused before anything
ran. Some servers give a status of 401 to what a part of them met after it had written something.
"""

import re
from collections.abc import Iterable, Mapping

from console.upstream.network.response import Response
from console.upstream.responses import error_body
from console.upstream.systems import System
from console.upstream.words import details_of

NHOST_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")  # every code of Nhost Auth has a hyphen
NHOST_SCHEMA_ERROR = "error in openapi3filter"
TOKEN_ERROR = re.compile(r"bearer\b.*\berror\s*=\s*\"?invalid_token\b", re.IGNORECASE | re.DOTALL)
# All that a refused token's body holds: DPaaS, RFC 6749, FastAPI, Django REST framework.
TOKEN_REFUSAL_KEYS = frozenset(
    {"error", "message", "error_description", "detail", "code", "messages", "status", "details"}
)
RECORD_KEYS = ("data", "account", "result")  # under which a record may stand
LIST_ENVELOPES = frozenset({"errors", "error", "messages", "message"})


def is_own_refusal(response: Response, system: System, *, sent: Iterable[str]) -> bool:
    """Whether `system` itself wrote this 4xx. `sent`: the names of the fields in our request."""
    body = error_body(response)
    if system is System.DXTRA:
        return isinstance(body, dict) and _is_by_nhost(body, response.status)
    if isinstance(body, list):
        return _is_list_of_texts(body)
    return isinstance(body, dict) and (
        _has_known_keys(body) or _is_by_fields(body) or _names_what_was_sent(body, frozenset(sent))
    )


def _is_by_nhost(body: Mapping[str, object], status: int) -> bool:
    error = body.get("error")
    if not isinstance(error, str):
        return False
    if isinstance(body.get("message"), str) and NHOST_CODE.fullmatch(error):
        return body.get("status", status) == status
    return body.keys() == {"error"} and error.startswith(NHOST_SCHEMA_ERROR)


def _has_known_keys(body: Mapping[str, object]) -> bool:
    if body.get("detail"):
        return "title" not in body  # else they are problem details
    if body.keys() >= {"timestamp", "path"}:
        return False  # the default error of Spring, of which gateways are made
    texts = {key for key, value in body.items() if isinstance(value, str) and value}
    return "error" in texts and not texts.isdisjoint({"message", "error_description"})


def _is_by_fields(body: Mapping[str, object]) -> bool:
    """Django REST framework: nothing but lists of messages, by field."""
    return (
        bool(body)
        and body.keys().isdisjoint(LIST_ENVELOPES)
        and all(_is_list_of_texts(value) for value in body.values())
    )


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def _names_what_was_sent(body: Mapping[str, object], sent: frozenset[str]) -> bool:
    return any(not sent.isdisjoint(place.lower().split(".")) for place in details_of(body))


def proves_unauthorized(response: Response) -> bool:
    """Whether this is a 401 by which an API refuses a token, before it does anything: in a shape of
    its own and with nothing else in it, or empty with the challenge of RFC 6750, 3."""
    if response.status != 401:
        return False
    if not response.body.strip():
        return bool(TOKEN_ERROR.search(response.headers.get("www-authenticate", "")))
    body = error_body(response)
    return (
        isinstance(body, dict)
        and body.keys() <= TOKEN_REFUSAL_KEYS
        and not body.get("details")
        and _has_known_keys(body)
    )


def holds_record(response: Response) -> bool:
    """Whether a refusal of a write holds a record with an id: what was written, probably."""
    body = error_body(response)
    if not isinstance(body, dict):
        return False
    return any(_has_id(each) for each in (body, *(body.get(key) for key in RECORD_KEYS)))


def says_failure(body: object) -> bool:
    """Whether a good answer holds an error, and nothing that was written."""
    if not isinstance(body, dict) or _has_id(body):
        return False
    return bool(body.get("error") or body.get("errors")) or (
        body.get("success") is False or body.get("ok") is False
    )


def _has_id(value: object) -> bool:
    found = value.get("id") if isinstance(value, dict) else None
    return isinstance(found, str | int) and not isinstance(found, bool) and found != ""
