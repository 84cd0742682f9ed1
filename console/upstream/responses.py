"""What an upstream's response says: the one reader of its JSON and of every error shape."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from console.upstream.errors import (
    AccessExpired,
    Conflict,
    ErrorContext,
    Forbidden,
    GatewayRefused,
    NotFound,
    RateLimited,
    RequestRefused,
    ResponseTooLarge,
    ResponseUnreadable,
    UpstreamError,
    UpstreamFailed,
    ValidationFailed,
)
from console.upstream.json_text import as_utf8, flaw_in, not_utf8, whole_number, with_whole_pairs
from console.upstream.network.response import Response
from console.upstream.words import cleaned, details_of, message_of
from console.vault.secret import Secret

__all__ = [
    "cleaned",
    "error_body",
    "gateway_refusal",
    "is_gateway_page",
    "is_page",
    "read_json",
    "refusal",
    "retry_after",
    "what_came",
]

XML = b"<?xml"
MAX_ERROR_BYTES = 64 * 1024  # of an error's body that is read
# Limits on what is parsed into objects, which take up to thirty times as many bytes.
MAX_JSON_BYTES = 1024 * 1024
MAX_JSON_VALUES = 100_000
MAX_RETRY_AFTER = 24 * 3600.0  # seconds
# Somebody on the way gave up waiting: what was asked for may still be carried out.
GAVE_UP = (408, 499)
BY_PROXY = 407  # no API asks for the credentials of a proxy

REFUSALS: Mapping[int, type[UpstreamError]] = {
    401: AccessExpired,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: ValidationFailed,
    429: RateLimited,
}


def read_json(
    response: Response, context: ErrorContext, *, parse_float: Callable[[str], Any] = float
) -> Any:
    """The JSON of a good response. Raises ResponseTooLarge, and ResponseUnreadable, which says what
    came instead. `parse_float`: Number keeps every digit."""
    if limit := _exceeded_limit(response.body):
        raise ResponseTooLarge(**context, status=response.status, reason=f"more than {limit}")
    try:
        body = with_whole_pairs(as_utf8(response.body))
        return json.loads(
            body,
            parse_float=parse_float,
            parse_int=whole_number,
            parse_constant=str,  # one NaN hides no other row
        )
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError:
        reason = what_came(response)
    raise ResponseUnreadable(**context, status=response.status, reason=reason)


def _exceeded_limit(body: bytes) -> str:
    """Which limit on parsed JSON `body` exceeds, in words; empty if none.

    Every value but a container's first follows a comma, and every container opens once.
    """
    if len(body) > MAX_JSON_BYTES:
        return f"{MAX_JSON_BYTES // 1024} KiB"
    return f"{MAX_JSON_VALUES:,} values" if sum(map(body.count, b",[{")) > MAX_JSON_VALUES else ""


def what_came(response: Response) -> str:
    """In words, what came in place of JSON; and where it stops being JSON, if it begins as such."""
    if not response.body or response.body.isspace():
        return "it is empty"
    if is_page(response):
        return "it is a web page, probably not from the API"
    body = as_utf8(response.body)
    looks_like_json = body.lstrip()[:1] in (b"{", b"[")
    flaw = flaw_in(body) or not_utf8(body) if looks_like_json else None
    return f"it is not JSON {flaw}" if flaw else "it is not JSON"


def is_page(response: Response) -> bool:
    """Whether the body is HTML, by its type or its looks: a gateway's page, mostly."""
    if "html" in response.headers.get("content-type", "").lower():
        return True
    return bool(
        re.match(
            # A comment ends at its first "-->": without that, many of them backtrack for ever.
            rb"\s*(?:<!--(?:(?!-->).)*-->\s*)*<(?:!doctype|html|head|body)",
            response.body[:2048],
            re.IGNORECASE | re.DOTALL,
        )
    )


def is_xml(response: Response) -> bool:
    """Whether the body is XML, by its type or its beginning."""
    is_called_xml = "xml" in response.headers.get("content-type", "").lower()
    return response.body.lstrip()[: len(XML)] == XML or (
        is_called_xml and response.body.lstrip()[:1] == b"<"
    )


def refusal(
    response: Response, context: ErrorContext, *, secrets: Iterable[Secret] = ()
) -> UpstreamError:
    """The error for a response that is not 2xx; 401 is AccessExpired (sign-ins: see grants).

    The upstream's words are kept with `secrets`, those that were sent, masked. Never raises.
    """
    found, secrets = error_body(response), tuple(secrets)
    message, details = message_of(found, secrets), details_of(found, secrets)
    if response.status < 400:
        reason = "this status was not expected"
        return ResponseUnreadable(
            **context, status=response.status, upstream_message=message, reason=reason
        )
    by_gateway = "it sent a web page, probably from a gateway in front of it"
    if response.status >= 500 or response.status in GAVE_UP:
        return UpstreamFailed(
            **context,
            status=response.status,
            # No details: a server that fails after its work may have put the tokens it gave into
            # the body, which then looks like messages by field.
            upstream_message=message,
            reason=by_gateway if is_page(response) else "",
            retry_after=retry_after(response),
        )
    if is_gateway_page(response):
        return gateway_refusal(response, context)
    kind = REFUSALS.get(response.status, RequestRefused)
    return (ValidationFailed if response.status == 400 and details else kind)(
        **context,
        status=response.status,
        upstream_message=message,
        details=details,
        reason=by_gateway if kind is RateLimited and is_page(response) else "",
        retry_after=retry_after(response),
    )


def is_gateway_page(response: Response) -> bool:
    """Whether a 4xx is a web page or XML: no API of ours writes one, so a gateway, a firewall, a
    store of files or a proxy did.

    A 429 is not counted: it means the same from a gateway as from the API.
    """
    if not 400 <= response.status < 500 or response.status == 429:
        return False
    is_markup = is_page(response) or is_xml(response)
    return response.status == BY_PROXY or (is_markup and error_body(response) is None)


def gateway_refusal(
    response: Response, context: ErrorContext, *, secrets: Iterable[Secret] = ()
) -> GatewayRefused:
    """The error for a 4xx that the API did not write, with the gateway's words."""
    found = error_body(response)
    if not response.body.strip():
        reason = "the response is empty"
    elif found is None and is_xml(response):
        reason = "it sent XML"
    elif found is None:
        reason = "it sent a web page" if is_page(response) else "the response is not an API's"
    else:
        reason = f"the response is not from {context['system']}"
    return GatewayRefused(
        **context,
        status=response.status,
        upstream_message=message_of(found, secrets),
        reason=reason,
        retry_after=retry_after(response),
    )


def error_body(response: Response) -> Any:
    """The JSON of an error, or else its text; None for a page and for what is neither."""
    if len(response.body) > MAX_ERROR_BYTES:
        return None
    try:
        return json.loads(response.body, parse_int=whole_number)
    except (ValueError, RecursionError):
        return _plain_text(response)


def _plain_text(response: Response) -> str | None:
    """Words as a text, also given out for JSON; not JSON that is broken, which may hold tokens."""
    content_type = response.headers.get("content-type", "text/plain")
    is_given_out = content_type.startswith("application/json") and response.body[:1] not in b'{["'
    is_text = content_type.startswith("text/") or is_given_out
    if is_page(response) or is_xml(response) or not is_text:
        return None
    try:
        return response.body.decode()
    except UnicodeDecodeError:
        return None


def retry_after(response: Response) -> float | None:
    """Seconds of a Retry-After header, a number or a date (RFC 9110, 10.2.3); at most a day."""
    value = response.headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = _seconds_until(value, response.headers.get("date", ""))
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def _seconds_until(date: str, now: str) -> float:
    """By the upstream's own clock, where it gives it. NaN if `date` is no date."""
    until, since = _http_date(date), _http_date(now) or datetime.now(UTC)
    return (until - since).total_seconds() if until else math.nan


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
