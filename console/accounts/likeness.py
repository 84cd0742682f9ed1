"""Whether a listed name may be the one that was sent, though it is written otherwise.

On its way into DPaaS and back a name may be normalised, folded, trimmed, cut, escaped, or spoilt by
a wrong encoding. Taking too much for the same costs a look; too little, a second account.
"""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from html import unescape
from urllib.parse import unquote_plus

MIN_LIKENESS = 0.75  # of SequenceMatcher.ratio()
MIN_CUT = 2  # letters that are left of a name that was cut
MAX_COMPARED = 300  # letters
# Letters that slugs and old encodings replace, and that no normal form takes apart.
PLAIN = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "\u0131": "i"}
)


def may_be_name(sent: str, listed: str) -> bool:
    """Whether `listed` may be `sent`, written otherwise. True where no letter of a name is left."""
    if not any(map(str.isalnum, listed)):
        return True
    ours, theirs = set(_letters_of(sent)), set(_letters_of(listed))
    return any(_alike(one, other) for one in ours for other in theirs)


def _letters_of(name: str) -> Iterator[str]:
    """The letters and digits of each reading of `name`, without case and accents."""
    for reading in _readings(name):
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", reading).casefold())
        plain = plain.translate(PLAIN)
        letters = "".join(each for each in plain if unicodedata.category(each)[0] in "LN")
        yield letters[:MAX_COMPARED] or "".join(plain.split())[:MAX_COMPARED]


def _readings(name: str) -> Iterator[str]:
    yield name
    yield unescape(unescape(name))
    yield unquote_plus(name)
    yield re.sub(r"<[^>]*>", "", name)
    for encoding in ("cp1252", "latin-1"):  # UTF-8 that was read as one of these
        try:
            yield name.encode(encoding).decode()
        except UnicodeError:
            continue


def _alike(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= MIN_CUT and longer.startswith(shorter):
        return True
    if _digits(one) != _digits(other):
        return one == other  # another number is another account
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.quick_ratio() >= MIN_LIKENESS and matcher.ratio() >= MIN_LIKENESS


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))
