"""The values of cells as text: digits without an exponent, dates as ISO 8601."""

import re
from datetime import datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import NamedTuple

WHOLE = re.compile(r"-?[0-9]+")
EXCEL_DIGITS = Context(prec=15)  # what it keeps: 0.1 is stored as 0.10000000000000001
MAX_EXPONENT = 308  # of a double
# What formats hold beside letters that stand for a part of a date (ECMA-376, 18.8.31).
NOT_LETTERS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
# Of a format that fills up with zeros, such as that of German postal codes: "[$-407]00000".
ZEROS = re.compile(r"(?:\[[^\]]*\])*(0{2,})(?:;.*)?")
# Formats without a code: dates and times; the higher ones in East Asia.
DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
SECONDS_OF_DAY = 86_400
# A sheet knows no zones. In Excel's count there is a 29 February 1900, the 60th day.
DAY_0_EARLY, DAY_0, DAY_0_FROM_1904 = map(
    datetime.fromisoformat, ("1899-12-31", "1899-12-30", "1904-01-01")
)


def plain_number(text: str) -> str:
    """1.0 and 1E0 are 1: an ID stays the digits that it is."""
    if WHOLE.fullmatch(text):
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT:
        return text
    if number != number.to_integral_value():
        number = EXCEL_DIGITS.plus(number)
    plain = format(number, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


class Style(NamedTuple):
    """What the format of a number says of it: a date, or how many digits are shown at least."""

    is_date: bool = False
    digits: int = 0


def style_of(code: str) -> Style:
    zeros = ZEROS.fullmatch(code)
    return Style(is_date_format(code), len(zeros[1]) if zeros else 0)


def is_date_format(code: str) -> bool:
    letters = NOT_LETTERS.sub("", code).lower()
    return letters != "general" and any(letter in letters for letter in "dmyhs")


def date_text(text: str, *, from_1904: bool) -> str:
    """The day, the time of it, or both, of a number of days."""
    try:
        days, seconds = divmod(round(float(text) * SECONDS_OF_DAY), SECONDS_OF_DAY)
        begin = DAY_0_FROM_1904 if from_1904 else DAY_0 if days > 60 else DAY_0_EARLY
        moment = begin + timedelta(days=days, seconds=seconds)
    except (ValueError, OverflowError):
        return plain_number(text)
    if days == 0:
        return moment.time().isoformat()
    return moment.isoformat() if seconds else moment.date().isoformat()


def unescaped(text: str) -> str:
    """What XML cannot hold is written as _x0007_ (ECMA-376, 22.9.2.19)."""
    return ESCAPED.sub(_letter, text) if "_x" in text else text


def _letter(found: re.Match[str]) -> str:
    """Halves of pairs, and the one letter that no database holds, stay as they are written."""
    letter = chr(int(found[1], 16))
    return found[0] if letter == "\x00" or "\ud800" <= letter <= "\udfff" else letter
