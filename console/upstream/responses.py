"""What an upstream's response says: the one reader of its JSON and of every error shape."""

import html
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any
from urllib.parse import quote, quote_plus

from console.upstream.errors import (
    AccessExpired,
    Conflict,
    ErrorContext,
    Forbidden,
    NotFound,
    RateLimited,
    RequestRefused,
    ResponseTooLarge,
    ResponseUnreadable,
    UpstreamError,
    UpstreamFailed,
    ValidationFailed,
)
from console.upstream.network.response import Response
from console.vault.secret import MASK, Secret

MAX_UPSTREAM_MESSAGE = 500  # characters
MAX_ERROR_BYTES = 64 * 1024  # of an error's body that is read
# Limits on what is parsed into objects, which take up to thirty times as many bytes.
MAX_JSON_BYTES = 1024 * 1024
MAX_JSON_VALUES = 100_000
MAX_FIELDS = 50
MAX_MESSAGES = 10
MAX_RETRY_AFTER = 24 * 3600.0  # seconds

REFUSALS: Mapping[int, type[UpstreamError]] = {
    401: AccessExpired,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: ValidationFailed,
    429: RateLimited,
}
# The keys that hold an error's message, the clearest first. `error` may be a code: last.
MESSAGE_KEYS = ("message", "error_description", "detail", "errors", "title", "error", "msg")


def read_json(response: Response, context: ErrorContext) -> Any:
    """The JSON of a good response. Raises ResponseTooLarge, and ResponseUnreadable, which says what
    came instead."""
    if limit := _exceeded_limit(response.body):
        raise ResponseTooLarge(**context, status=response.status, reason=f"more than {limit}")
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
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
    """In words, what came in place of JSON."""
    if not response.body or response.body.isspace():
        return "it is empty"
    if is_page(response):
        return "it is a web page, so probably not from the API itself"
    return "it is no JSON"


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


def refusal(
    response: Response, context: ErrorContext, *, secrets: Iterable[Secret] = ()
) -> UpstreamError:
    """The error for a response that is not 2xx; 401 is AccessExpired (sign-ins: see grants).

    The upstream's message is kept with `secrets`, those that were sent, masked. Never raises.
    """
    found = _error_body(response)
    message = message_of(found, secrets)
    if response.status < 400:
        reason = "an answer with this status was not expected"
        return ResponseUnreadable(
            **context, status=response.status, upstream_message=message, reason=reason
        )
    if response.status >= 500:
        reason = "a web page came, so probably a gateway in front of it speaks"
        return UpstreamFailed(
            **context,
            status=response.status,
            upstream_message=message,
            reason=reason if is_page(response) else "",
            retry_after=retry_after(response),
        )
    return REFUSALS.get(response.status, RequestRefused)(
        **context,
        status=response.status,
        upstream_message=message,
        details=details_of(found, secrets) if response.status == 422 else None,
        retry_after=retry_after(response),
    )


def _error_body(response: Response) -> Any:
    """The JSON of an error, or else its text; None for a page and for what is neither."""
    if len(response.body) > MAX_ERROR_BYTES:
        return None
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return _plain_text(response)


def _plain_text(response: Response) -> str | None:
    if is_page(response) or not response.headers.get("content-type", "text/plain").startswith(
        "text/"
    ):
        return None
    try:
        return response.body.decode()
    except UnicodeDecodeError:
        return None


def message_of(found: object, secrets: Iterable[Secret] = ()) -> str:
    """The first text that says what is wrong, out of any error shape; empty if there is none."""
    return next((text for raw in _texts(found, 4) if (text := cleaned(raw, secrets))), "")


def _texts(found: object, depth: int) -> Iterator[str]:
    if isinstance(found, str):
        yield found
    elif isinstance(found, list) and depth:
        for item in found[:MAX_MESSAGES]:
            yield from _texts(item, depth - 1)
    elif isinstance(found, dict) and depth:
        for key in MESSAGE_KEYS:
            yield from _texts(found.get(key), depth - 1)


def details_of(found: object, secrets: Iterable[Secret] = ()) -> dict[str, list[str]]:
    """The messages of a 422 by field: DPaaS's `details` map, or a list of {loc or field, message}.

    Messages that belong to no field are under "".
    """
    details: dict[str, list[str]] = {}
    secrets = tuple(secrets)
    for name, message in islice(_field_messages(found), MAX_FIELDS * MAX_MESSAGES):
        field, text = cleaned(name, secrets), cleaned(message, secrets)
        if text and (field in details or len(details) < MAX_FIELDS):
            messages = details.setdefault(field, [])
            if text not in messages and len(messages) < MAX_MESSAGES:
                messages.append(text)
    return details


def _field_messages(found: object) -> Iterator[tuple[str, str]]:
    if not isinstance(found, dict):
        return
    for key in ("details", "errors", "detail"):
        entries = found.get(key)
        if isinstance(entries, dict):
            for name, messages in entries.items():
                texts = list(_texts(messages, 3)) or _nested_texts(messages, 3)
                yield from ((name, text) for text in texts)
        elif isinstance(entries, list):
            for entry in filter(lambda entry: isinstance(entry, dict), entries[:MAX_FIELDS]):
                yield from ((_field_name(entry), text) for text in islice(_texts(entry, 2), 1))
    loose = found.get("details")  # message_of() reads `errors` and `detail`, and not this
    for text in loose if isinstance(loose, list) else [loose]:
        if isinstance(text, str):
            yield "", text


def _nested_texts(found: object, depth: int, place: str = "") -> Iterator[str]:
    """Every text in `found`, with the key it is under: no message about a field is lost."""
    if isinstance(found, str):
        yield f"{place}: {found}" if place else found
    elif isinstance(found, list) and depth:
        for item in found[:MAX_MESSAGES]:
            yield from _nested_texts(item, depth - 1, place)
    elif isinstance(found, dict) and depth:
        for name, value in islice(found.items(), MAX_FIELDS):
            yield from _nested_texts(value, depth - 1, name)


def _field_name(entry: Mapping[str, object]) -> str:
    place = entry.get("field", entry.get("loc"))
    if isinstance(place, list):
        place = next((part for part in reversed(place) if isinstance(part, str)), "")
    return place if isinstance(place, str) else ""


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


def cleaned(text: str, secrets: Iterable[Secret] = ()) -> str:
    """`text` for display: one line, printable, bounded, with every one of `secrets` masked."""
    text = text[:MAX_ERROR_BYTES]
    for secret in secrets:
        text = _masked(text, secret.reveal())
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = " ".join(text.split())
    return text if len(text) <= MAX_UPSTREAM_MESSAGE else text[: MAX_UPSTREAM_MESSAGE - 1] + "…"


def _masked(text: str, secret: str) -> str:
    """`text` without `secret`, neither as it is nor as JSON, a URL or HTML would spell it."""
    spellings = {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        quote(secret, safe="", errors="replace"),
        quote_plus(secret, errors="replace"),
        html.escape(secret),
        repr(secret)[1:-1],
    }
    for spelling in sorted(filter(None, spellings), key=len, reverse=True):
        text = re.sub(re.escape(spelling), MASK, text, flags=re.IGNORECASE)
    return text
