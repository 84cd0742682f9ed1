"""The outer keys of a large JSON text, found without a parser: in one pass, and in no memory.

Parsers make a text of every string, which may take four times its bytes. In reads, ijson holds the
events of each together, and a string over many reads costs it the square of their number.
"""

import json
import re
from collections.abc import Iterator

QUOTE = ord('"')
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)  # a text, or a bracket
COLON = re.compile(rb"\s*:\s*")
LONGEST_TEXT = 2000  # bytes or escapes of a text that are told: 500 characters of any script
TEXT = re.compile(rb'"((?:[^"\\]|\\u[0-9A-Fa-f]{4}|\\["\\/bfnrt]){0,%d}+)' % LONGEST_TEXT)

Path = tuple[str, ...]


def members(body: bytes, *, deepest: int) -> Iterator[tuple[Path, int]]:
    """Each key in at most `deepest` objects and in no list, as the path of keys that leads to it,
    and where its value begins. Never raises; in broken JSON it is a guess."""
    path: list[str] = []  # of the keys under way; a list has none, so that it ends the path
    depth = 0
    for token in TOKEN.finditer(body):
        first = body[token.start()]
        if first != QUOTE:
            depth += 1 if first in b"[{" else -1
        elif (
            0 < depth <= deepest
            and len(path) >= depth - 1
            and (colon := COLON.match(body, token.end()))
        ):
            path[depth - 1 :] = [text_at(body, token.start())]
            yield tuple(path), colon.end()


def text_at(body: bytes, at: int) -> str:
    """The text that stands at `at`, or the beginning of a long one; empty if there is none."""
    found = TEXT.match(body, at)
    text = found[1].decode(errors="ignore") if found else ""
    return json.loads(f'"{text}"', strict=False) if "\\" in text else text
