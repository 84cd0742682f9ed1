"""An answer as formatted text, in pages of some 64 kB that end where a line does."""

import json
import re
from dataclasses import dataclass
from itertools import accumulate

import msgspec

from console.upstream.json_text import escape_hidden, literal

PAGE_BYTES = 64 * 1024
ESCAPED = re.compile(
    r'"(?:[^"\\\n]|\\[^u\n])*+\\u(?:[^"\\\n]|\\.)*+"'
)  # holds an escape of four digits
MAX_FORMATTED = 96 * 1024 * 1024  # bytes, estimated
ALL_BUT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


@dataclass(frozen=True, slots=True)
class TextPage:
    """`is_formatted`: False for what is shown as it came."""

    text: str
    number: int
    pages: int
    is_formatted: bool

    @property
    def is_whole(self) -> bool:
        return self.pages == 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages


def text_page(body: bytes, number: int, *, is_json: bool) -> TextPage:
    """The page `number` of `body`, from 1; the nearest there is."""
    is_formatted = is_json and _formatted_size(body) <= MAX_FORMATTED
    text = msgspec.json.format(body, indent=2) if is_formatted else body
    pages = max(1, -(-len(text) // PAGE_BYTES))
    number = min(max(number, 1), pages)
    begin, end = _boundary(text, number - 1), _boundary(text, number)
    shown = text[begin:end].decode(errors="replace")
    shown = ESCAPED.sub(_with_letters, shown) if is_formatted else shown
    return TextPage(escape_hidden(shown), number, pages, is_formatted)


def _with_letters(found: re.Match[str]) -> str:
    """A text of JSON with its letters as they are, where they came as escapes."""
    try:
        return literal(json.loads(found[0]))
    except ValueError:  # the page begins in the midst of a long text
        return found[0]


def _boundary(text: bytes, page: int) -> int:
    """Where a page begins: behind a line's end; in the midst of a very long line, at a letter."""
    if page == 0:
        return 0
    begin = page * PAGE_BYTES
    line = text.find(b"\n", begin - 1, begin + PAGE_BYTES - 1)
    if line >= 0:
        return line + 1
    while begin < len(text) and text[begin] & 0xC0 == 0x80:
        begin += 1
    return min(begin, len(text))


def _formatted_size(body: bytes) -> int:
    """At most this many bytes, as long as no text in it holds unpaired brackets."""
    brackets = body.translate(None, ALL_BUT_BRACKETS)
    deepest = max(accumulate(1 if each in b"[{" else -1 for each in brackets), default=0)
    lines = body.count(b",") + len(brackets)
    return len(body) + lines * (2 * deepest + 1)
