"""The value of one field of a record: a value, null, something odd, or none at all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, Literal, TypeAlias, TypeVar

from console.upstream.json_text import HALF

T = TypeVar("T")
MAX_ODD = 200  # characters of an odd value that are kept
MAX_NUMBER = 10**30  # a whole number below it may stand for a text


class Absence(Enum):
    ABSENT = "not told"


ABSENT: Final = Absence.ABSENT


@dataclass(frozen=True, slots=True)
class Odd:
    """A value of another kind than expected. `text`: the value as it came, shortened."""

    text: str


FieldValue: TypeAlias = T | Odd | Literal[Absence.ABSENT] | None


def text_of(record: Mapping[str, Any], key: str) -> FieldValue[str]:
    """A text as it came, but for what no page or database can hold: lone surrogates and NUL."""
    value = record.get(key, ABSENT)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < MAX_NUMBER:
        return str(value)
    return printable(value) if isinstance(value, str) else _or_odd(value)


def flag_of(record: Mapping[str, Any], key: str) -> FieldValue[bool]:
    value = record.get(key, ABSENT)
    return value if isinstance(value, bool) else _or_odd(value)


def number_of(record: Mapping[str, Any], key: str) -> FieldValue[int]:
    value = record.get(key, ABSENT)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and abs(value) < MAX_NUMBER else _or_odd(value)


def moment_of(record: Mapping[str, Any], key: str) -> FieldValue[datetime]:
    """An ISO 8601 text as an aware datetime in UTC, which is also assumed without an offset."""
    value = record.get(key, ABSENT)
    moment = _moment(value) if isinstance(value, str) else None
    return moment or _or_odd(value)


def odd(value: object) -> Odd:
    """`value`, which was read from JSON, as text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = printable(text)
    return Odd(text if len(text) <= MAX_ODD else text[: MAX_ODD - 1] + "…")


def printable(text: str) -> str:
    return HALF.sub("\ufffd", text).replace("\x00", "\ufffd")


def _or_odd(value: object) -> Odd | Literal[Absence.ABSENT] | None:
    if value is None or value is ABSENT:
        return value
    return odd(value)


def _moment(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1 < moment.year < 9999 else None  # valid in every time zone
