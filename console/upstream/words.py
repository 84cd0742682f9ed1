"""The words of an error of any shape: what it says, about which field, and fit to be shown."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote, quote_plus

from console.upstream.json_text import HIDDEN
from console.vault.secret import MASK, Secret

MAX_UPSTREAM_MESSAGE = 500  # characters
MAX_TEXT = 64 * 1024  # characters of a text that is looked at
MAX_FIELDS = 50
MAX_MESSAGES = 10
# Keys under which errors by field stand: of DPaaS, Zod, Symfony, RFC 7807, Google.
BY_FIELD_KEYS = frozenset(
    {
        *("details", "detail", "errors", "issues", "violations", "invalid-params"),
        *("fielderrors", "field_errors", "fieldviolations", "formerrors"),
    }
)
# Keys that speak about the object they stand in, and are no field's name.
SENTENCE_KEYS = BY_FIELD_KEYS | frozenset(
    {
        "message",
        "messages",
        "msg",
        "error_message",
        "errormessage",
        "defaultmessage",
        "error_msg",
        "error_description",
        "description",
        "reason",
        "non_field_errors",
        "nonfielderrors",
        "__all__",
        "_errors",
    }
)
TITLE_KEYS = frozenset({"title", "error", "fault"})  # often a code: told where nothing is clearer
# Keys that name the field that the object they stand in is about.
FIELD_KEYS = ("field", "loc", "attr", "param", "pointer", "source", "property")
# As these do in a list: RFC 7807's invalid-params, Zod and Joi, Symfony, FluentValidation.
ENTRY_KEYS = (*FIELD_KEYS, "path", "name", "propertypath", "propertyname", "attribute")
ONE_WORD = re.compile(r"[\w.$\[\]-]+")
ERROR_NAME = re.compile(r"[A-Z]\w*(Error|Exception)")  # of an object that a program threw
# Keys beside the message that say nothing to a person.
CODE_KEYS = frozenset(
    {
        "code",
        "type",
        "status",
        "status_code",
        "statuscode",
        "timestamp",
        "instance",
        "request_id",
        "requestid",
        "trace_id",
        "traceid",
        "input",
        "ctx",
        "loc",
        "url",
        "extensions",
        "locations",
        "path",
        "objectname",
        "rejectedvalue",
        "bindingfailure",
        "context",
        "@type",
    }
)
# Texts under these are the upstream's own secrets, whatever they do in an error.
TOKEN_KEYS = frozenset({"access_token", "accesstoken", "refresh_token", "refreshtoken", "id_token"})
FIELD_PREFIXES = ("body", "data", "attributes", "query")  # of a place: FastAPI, JSON:API
MAX_DEPTH = 8
UNSEEN = re.compile(rf"{HIDDEN.pattern}|[\x00-\x1f\U000e0000-\U000e007f]")
JOINERS = "\u200c\u200d"  # ZWNJ and ZWJ: spelling in Persian and Indic scripts, and in emoji


class Clarity(IntEnum):
    SENTENCE = 0
    TITLE = 1
    CODE = 2


class Words(NamedTuple):
    """One text of an error. `field`: the path of the field that it is about, or ""."""

    field: str
    text: str
    clarity: Clarity


def message_of(found: object, secrets: Iterable[Secret] = ()) -> str:
    """What an error of any shape says about no field: its clearest words, joined by "; ".

    A shape without a single text is quoted as it came. Empty only where there is nothing to tell.
    """
    secrets, words = tuple(secrets), list(_words_in(found))
    has_fields = any(each.field for each in words)
    loose = [each for each in words if not each.field]
    clearest = min((each.clarity for each in loose), default=Clarity.SENTENCE)
    if not words and found and isinstance(found, dict | list):
        return cleaned(json.dumps(found, ensure_ascii=False), secrets)
    if has_fields and clearest == Clarity.CODE:
        return ""
    texts = (cleaned(each.text, secrets) for each in loose if each.clarity == clearest)
    return shortened("; ".join(dict.fromkeys(filter(None, texts))))


def details_of(found: object, secrets: Iterable[Secret] = ()) -> dict[str, list[str]]:
    """The messages of an error by field, whatever the shape. Nested fields are "outer.inner"."""
    details: dict[str, list[str]] = {}
    secrets, words = tuple(secrets), [each for each in _words_in(found) if each.field]
    has_sentence = {each.field for each in words if each.clarity == Clarity.SENTENCE}
    for field, text, clarity in words:
        name, message = cleaned(field, secrets), cleaned(text, secrets)
        if not message or (clarity != Clarity.SENTENCE and field in has_sentence):
            continue
        if name in details or len(details) < MAX_FIELDS:
            messages = details.setdefault(name, [])
            if message not in messages and len(messages) < MAX_MESSAGES:
                messages.append(message)
    return details


def _words_in(found: object) -> Iterator[Words]:
    return islice(_words(found), MAX_FIELDS * MAX_MESSAGES)


def _words(
    found: object,
    place: tuple[str, ...] = (),
    clarity: Clarity = Clarity.SENTENCE,
    *,
    by_field: bool = False,
    is_entry: bool = False,
    depth: int = MAX_DEPTH,
) -> Iterator[Words]:
    """Every text in `found`, with its field.

    `by_field`: a text under an unknown key is that field's message, not a key of the envelope;
    `is_entry`: it stands in a list.
    """
    if isinstance(found, str):
        yield Words(".".join(place), found, clarity)
    elif isinstance(found, list) and depth:
        for number, item in enumerate(found[: MAX_MESSAGES if place else MAX_FIELDS]):
            is_row = place and len(found) > 1 and isinstance(item, dict)
            inside = (*place, str(number)) if is_row else place
            yield from _words(
                item, inside, clarity, by_field=by_field, is_entry=True, depth=depth - 1
            )
    elif isinstance(found, dict) and depth:
        keys = ENTRY_KEYS if is_entry else FIELD_KEYS
        yield from _words_of_object(found, place, keys, by_field=by_field, depth=depth - 1)


def _words_of_object(
    found: Mapping[str, object],
    place: tuple[str, ...],
    field_keys: tuple[str, ...],
    *,
    by_field: bool,
    depth: int,
) -> Iterator[Words]:
    """An envelope around a message, an entry about one field, or messages by field."""
    words = {key.lower() for key in found}
    has_sentence = not words.isdisjoint(SENTENCE_KEYS | TITLE_KEYS)
    by_field = by_field or not has_sentence
    named = _named_field(found, field_keys)
    if named and has_sentence:
        place, by_field = (*place, named), False
    for key, value in islice(found.items(), MAX_FIELDS):
        word = key.lower()
        if word in TOKEN_KEYS and isinstance(value, str):
            yield Words(".".join((*place, key)), MASK, Clarity.CODE)
        elif word in SENTENCE_KEYS:
            inside = by_field or word in BY_FIELD_KEYS
            yield from _words(value, place, by_field=inside, depth=depth)
        elif word in TITLE_KEYS:
            yield from _words(value, place, Clarity.TITLE, depth=depth)
        elif has_sentence and (word in CODE_KEYS or (named and word in field_keys)):
            continue
        elif word == "name" and isinstance(value, str) and ERROR_NAME.fullmatch(value):
            yield Words(".".join(place), value, Clarity.CODE)
        elif isinstance(value, str) and (word in CODE_KEYS or not by_field):
            yield Words(".".join(place), f"{key}: {value}", Clarity.CODE)
        else:
            yield from _words(value, (*place, key), by_field=True, depth=depth)


def _named_field(found: Mapping[str, object], field_keys: tuple[str, ...]) -> str:
    """The field that an entry such as {"loc": ["body", "name"], "msg": "…"} is about."""
    lower = {key.lower(): value for key, value in found.items()}
    place = next((lower[key] for key in field_keys if _is_place(key, lower.get(key))), None)
    if isinstance(place, dict):
        place = place.get("pointer") or place.get("parameter")
    text = place if isinstance(place, str) else ""
    parts = place if isinstance(place, list) else re.split(r"[^\w-]+", text)
    names = [str(part) for part in parts if isinstance(part, str | int) and part != ""]
    while names and (names[0].isdigit() or (len(names) > 1 and names[0] in FIELD_PREFIXES)):
        del names[0]
    if names == ["body"]:  # as a whole
        return ""
    return ".".join(names)


def _is_place(key: str, value: object) -> bool:
    """Whether `value` names a field: an address under `path` or a label under `name` does not."""
    if key == "path":
        return isinstance(value, list) and bool(value)
    if key != "name":
        return bool(value)
    return (
        isinstance(value, str)
        and bool(ONE_WORD.fullmatch(value))
        and not ERROR_NAME.fullmatch(value)
    )


def cleaned(
    text: str, secrets: Iterable[Secret] = (), *, max_length: int = MAX_UPSTREAM_MESSAGE
) -> str:
    """`text` for display: one line, printable, bounded, with every one of `secrets` masked.

    Joiners stay inside of words, as they are part of how these are spelled.
    """
    text = text[:MAX_TEXT]
    for secret in secrets:
        text = _masked(text, secret.reveal())
    words = (word.strip(JOINERS) for word in visible(text).split())
    return shortened(" ".join(filter(None, words)), max_length)


def visible(text: str) -> str:
    """`text` with a blank for each character that breaks or turns a line, or hides. Not those which
    join or part letters, nor what this Python's Unicode does not know yet, such as new emoji."""
    return UNSEEN.sub(" ", text)


def shortened(text: str, max_length: int = MAX_UPSTREAM_MESSAGE) -> str:
    return text if len(text) <= max_length else text[: max_length - 1] + "…"


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
