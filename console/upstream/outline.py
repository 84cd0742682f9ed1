"""Reads a large JSON text in bounded memory: where its outer values begin, and its first part.

The outer values are found by a scan for brackets and texts, because a parser builds every text. Of
16 MiB, a single text costs ijson 67 MB and, where it is all escapes and comes in reads of 16 KiB,
two minutes. The scan takes no memory, and from 0.2 s (one text) to 4 s (all brackets or keys).
"""

import json
import re
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import ijson
from ijson.common import JSONError

BOM = b"\xef\xbb\xbf"
# ijson holds the events of one read together: up to seventy times its bytes, if all are brackets.
READ_SIZE = 16 * 1024  # bytes
MAX_DEPTH = 50  # of what first_part builds; no GraphQL document nests so deep
QUOTE = ord('"')
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)  # a text, or a bracket
COLON = re.compile(rb"\s*:\s*")
MAX_TEXT_LENGTH = 2000  # bytes or escapes that text_at returns: 500 characters of any script
TEXT = re.compile(rb'"((?:[^"\\]|\\u[0-9A-Fa-f]{4}|\\["\\/bfnrt]){0,%d}+)' % MAX_TEXT_LENGTH)

Path = tuple[str, ...]
Event = tuple[str, Any]


def members(body: bytes, *, max_depth: int) -> Iterator[tuple[Path, int]]:
    """Each key inside at most `max_depth` objects and no list, as the path of keys that leads to
    it, and the offset at which its value begins. Never raises; of broken JSON it gives a guess."""
    path: list[str] = []  # the keys that lead here; a list adds none, so what it holds is left out
    depth = 0
    for token in TOKEN.finditer(body):
        first = body[token.start()]
        if first != QUOTE:
            depth += 1 if first in b"[{" else -1
        elif (
            0 < depth <= max_depth
            and len(path) >= depth - 1
            and (colon := COLON.match(body, token.end()))
        ):
            path[depth - 1 :] = [text_at(body, token.start())]
            yield tuple(path), colon.end()


def text_at(body: bytes, offset: int) -> str:
    """The text that begins at `offset`, cut at MAX_TEXT_LENGTH; empty if none begins there."""
    found = TEXT.match(body, offset)
    text = found[1].decode(errors="ignore") if found else ""
    return json.loads(f'"{text}"', strict=False) if "\\" in text else text


def events_of(body: bytes) -> Iterator[Event]:
    """The tokens of `body`, as ijson names them; where the JSON breaks off or is none, they end."""
    try:
        yield from ijson.basic_parse(BytesIO(body), buf_size=READ_SIZE)
    except (JSONError, ValueError, ArithmeticError):
        return


def first_part(body: bytes, *, max_events: int) -> tuple[Any, list[Any]]:
    """The value that `body` begins with, as far as `max_events` tokens and MAX_DEPTH go, and those
    of its lists and objects that had not ended by then. The value is None where there is none."""
    top: list[Any] = []
    unfinished: list[Any] = [top]
    key = ""
    for event, value in islice(events_of(body), max_events):
        if len(unfinished) > MAX_DEPTH:
            break
        if event == "map_key":
            key = value
            continue
        if event in ("end_map", "end_array"):
            unfinished.pop()
            continue
        if event == "start_map":
            value = {}
        elif event == "start_array":
            value = []
        parent = unfinished[-1]
        if isinstance(parent, dict):
            parent[key] = value
        else:
            parent.append(value)
        if isinstance(value, dict | list):
            unfinished.append(value)
    return (top[0] if top else None), unfinished
