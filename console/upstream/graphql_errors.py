"""The errors in a response of Hasura's, as far as they can be read: Actions may leave out parts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from console.upstream.json_text import Number, escape_hidden, first_value, one_line, text_of
from console.upstream.responses import cleaned
from console.vault.secret import Secret

MAX_ERRORS = 100  # that are read
MAX_ERRORS_BYTES = 512 * 1024  # of all errors: more of them are not counted
MAX_ERROR_BYTES = 64 * 1024  # of one error
MAX_ERROR_TOKENS = 2000  # likewise
MAX_MESSAGE = 4000  # characters
NO_MESSAGE = "an error without a message"
WRONG_ROLE = re.compile(r"\bnot found in type\b")  # Hasura's validation of a role's schema
STANDARD_KEYS = {"message", "locations", "path", "extensions"}
DIGITS = re.compile(r"[0-9]{1,9}")
NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")  # of GraphQL


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a document, from 1 on, and its line, cut around the word that is marked there.

    `utf16_column`: as browsers count, to whom some letters are two units.
    """

    line: int
    column: int
    utf16_column: int
    before: str
    marked: str
    after: str


@dataclass(frozen=True, slots=True)
class GraphQLError:
    """One of an answer's errors. All but `message` may be empty; `hint` is the console's remark,
    `locations` are places in the document in words, and `positions` those that are (line, column);
    `details` all else that it holds, as JSON. `place`: for who knows the document."""

    message: str
    code: str = ""
    path: str = ""
    hint: str = ""
    locations: tuple[str, ...] = ()
    details: str = ""
    positions: tuple[tuple[int, int], ...] = ()
    place: Place | None = None


def errors_from(
    raw: msgspec.Raw, *, role: str = "", secrets: Iterable[Secret] = ()
) -> tuple[tuple[GraphQLError, ...], int | None]:
    """The first of the errors in `raw`, which is a list, an object or a text, and how many there
    are; None if they are too many to count. Actions may leave out parts of one."""
    secrets = tuple(secrets)
    values, count = _first_entries(raw)
    return tuple(_error(value, role, secrets) for value in values), count


def _first_entries(raw: msgspec.Raw) -> tuple[list[object], int | None]:
    if len(raw) == 0:
        return [], 0
    if len(raw) > MAX_ERRORS_BYTES:
        found = _value(raw, MAX_ERRORS_BYTES // 2, 5 * MAX_ERROR_TOKENS)
        return (found[:MAX_ERRORS], None) if isinstance(found, list) else ([found], 1)
    try:
        entries = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.DecodeError:
        found = _value(raw)
        return ([found], 1) if found else ([], 0)
    return [_value(entry) for entry in entries[:MAX_ERRORS]], len(entries)


def _value(
    raw: msgspec.Raw, max_bytes: int = MAX_ERROR_BYTES, max_tokens: int = MAX_ERROR_TOKENS
) -> Any:
    """The value of `raw`, as far as the limits go."""
    text = text_of(memoryview(raw)[:max_bytes].tobytes())
    return first_value(text, max_tokens=max_tokens, is_cut=len(raw) > max_bytes)[0]


def _error(entry: object, role: str, secrets: tuple[Secret, ...]) -> GraphQLError:
    if not isinstance(entry, dict):
        message = "" if entry is None else entry if isinstance(entry, str) else one_line(entry)
        return GraphQLError(shown_text(message, secrets) or NO_MESSAGE)
    extensions = entry.get("extensions")
    rest = dict(extensions) if isinstance(extensions, dict) else {}
    message = shown_text(entry.get("message"), secrets) or NO_MESSAGE
    code = shown_text(rest.get("code"), secrets)
    if code:
        del rest["code"]
    path = entry.get("path")
    if not path and isinstance(rest.get("path"), str):
        path = rest.pop("path")  # Hasura's JSONPath
    others = {key: value for key, value in entry.items() if key not in STANDARD_KEYS}
    details = others | rest
    hint = ""
    if code == "validation-failed" and WRONG_ROLE.search(message):
        hint = f"not available to role {role}" if role else "not available to the default role"
    return GraphQLError(
        message,
        code,
        _path(path, secrets),
        hint,
        _locations(entry.get("locations")),
        shown_text(one_line(details), secrets) if details else "",
        _positions(entry.get("locations")),
    )


def shown_text(value: object, secrets: tuple[Secret, ...], max_length: int = MAX_MESSAGE) -> str:
    """A text of the upstream's to show: cleaned, masked and shortened; empty for anything else."""
    if not isinstance(value, str):
        return ""
    return cleaned(escape_hidden(value), secrets, max_length=max_length)


def _path(path: object, secrets: tuple[Secret, ...]) -> str:
    """A JSONPath, also of a list of names and indices, which is the GraphQL standard's. It is never
    shortened: two errors may differ in its end alone."""
    if isinstance(path, list):
        path = "$" + "".join(map(_step, path))
    return shown_text(path, secrets, MAX_ERROR_BYTES)


def _step(step: object) -> str:
    is_name = isinstance(step, str) and not isinstance(step, Number) and NAME.fullmatch(step)
    return f".{step}" if is_name else f"[{one_line(step)}]"


def _locations(found: object) -> tuple[str, ...]:
    entries = found if isinstance(found, list) else []
    return tuple(
        f"line {one_line(entry['line'])}, column {one_line(entry['column'])}"
        for entry in entries
        if isinstance(entry, dict) and {"line", "column"} <= entry.keys()
    )


def _positions(found: object) -> tuple[tuple[int, int], ...]:
    entries = found if isinstance(found, list) else []
    places = ((e.get("line"), e.get("column")) for e in entries if isinstance(e, dict))
    return tuple(
        (int(line), int(column))
        for line, column in places
        if isinstance(line, Number) and isinstance(column, Number)
        if DIGITS.fullmatch(line) and DIGITS.fullmatch(column)
    )
