"""The variables that are sent with a GraphQL document: one JSON object (RFC 8259).

They are checked here, and sent as they were typed: a number that went through Python's float would
lose digits.
"""

import json
from typing import NoReturn

from console.upstream.json_text import flaw_in

MAX_BYTES = 200_000
BOM = "\ufeff"

# What the json module says, in words for the teammate who typed the text.
REASONS = {
    "Expecting value": "a value is missing here",
    "Expecting property name enclosed in double quotes": "expected a name in double quotes",
    "Expecting ':' delimiter": "a colon is missing here",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing here",
    "Illegal trailing comma before end of object": "remove this comma",
    "Illegal trailing comma before end of array": "remove this comma",
    "Unterminated string starting at": "this string has no closing quote",
    "Invalid control character at": "write a line break or tab in a string as \\n or \\t",
    "Invalid \\escape": "write a backslash in a string as \\\\",
    "Invalid \\uXXXX escape": "\\u takes four hexadecimal digits",
    "Extra data": "unexpected text after the end of the object",
}


class VariablesRefused(Exception):
    """The typed text is not a JSON object; `sentence` says where and why, for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def read_variables(text: str) -> str:
    """Return `text` if it is a JSON object, or empty. Raises VariablesRefused."""
    text = text.removeprefix(BOM)
    if not text.strip():
        return ""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise VariablesRefused(f"This is too long: at most {MAX_BYTES // 1000} kB.")
    value = _loaded(text)
    if not isinstance(value, dict):
        raise VariablesRefused(
            f'Line 1, column 1: this is {_kind_of(value)}, not a JSON object like {{"id": 1}}.'
        )
    return text


class _Digits(str):
    """A number, as it was typed."""

    __slots__ = ()


def _loaded(text: str) -> object:
    try:
        return json.loads(
            text,
            parse_int=_Digits,
            parse_float=_Digits,
            parse_constant=lambda word: _refuse_constant(word, text),
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        before, rest = text[: error.pos].rstrip(), text[error.pos :].lstrip()
        if not rest:
            reason = "the variables end too early"
        elif rest.startswith(("//", "/*", "#")):
            reason = "JSON has no comments; remove this one"
        elif before.endswith(",") and rest[0] in "}]":  # from Python 3.13 on, it says so itself
            error = json.JSONDecodeError(error.msg, text, len(before) - 1)
            reason = "remove this comma"
        else:
            reason = REASONS.get(error.msg, error.msg[:1].lower() + error.msg[1:])
        raise VariablesRefused(f"Line {error.lineno}, column {error.colno}: {reason}.") from None
    except RecursionError:
        raise VariablesRefused("This is nested too deeply.") from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Servers differ in which of two equal names counts, so neither is sent."""
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise VariablesRefused(f"“{name[:40]}” appears twice in one object.")
        found[name] = value
    return found


def _refuse_constant(word: str, text: str) -> NoReturn:
    """Python reads NaN and Infinity, which are not JSON."""
    flaw = flaw_in(text.encode(errors="replace"))
    place = f"Line {flaw.line}, column {flaw.column}: " if flaw else ""
    raise VariablesRefused(f"{place}{word} is not JSON. Write null, or a number.")


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case list():
            return "a list"
        case _Digits():
            return "a number"
        case _:
            return "a text"
