"""The variables that are sent with a GraphQL document: one JSON object (RFC 8259)."""

import json
from math import isfinite

MAX_BYTES = 200_000


class VariablesRefused(Exception):
    """The typed text is not a JSON object; `sentence` says where and why, for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def read_variables(text: str) -> dict[str, object]:
    """Return the variables in `text`, which may be empty. Raises VariablesRefused."""
    if not text.strip():
        return {}
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise VariablesRefused(f"This is too long: at most {MAX_BYTES // 1000} kB.")
    value = _loaded(text)
    if not isinstance(value, dict):
        raise VariablesRefused(
            f'Line 1, column 1: this is {_kind_of(value)}, not a JSON object like {{"id": 1}}.'
        )
    return value


def _loaded(text: str) -> object:
    try:
        return json.loads(text, parse_constant=_no_json, parse_float=_finite)
    except json.JSONDecodeError as error:
        reason = error.msg[:1].lower() + error.msg[1:]
        raise VariablesRefused(f"Line {error.lineno}, column {error.colno}: {reason}.") from None
    except RecursionError:
        raise VariablesRefused("This is nested too deeply.") from None
    except ValueError:  # an integer of thousands of digits
        raise VariablesRefused("There is a number here that is too long.") from None


def _no_json(word: str) -> object:
    raise VariablesRefused(f"{word} is no JSON. Write null, or a number.")


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise VariablesRefused(f"{digits[:40]} is too large a number.")
    return number


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case list():
            return "a list"
        case str():
            return "a text"
        case _:
            return "a number"
