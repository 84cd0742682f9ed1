"""Reads the first part of a JSON text that is too large to be parsed whole, or is cut."""

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
# A longer whole number than Python turns into an int (sys.int_info) makes ijson 3.6 crash.
ENDLESS_NUMBER = re.compile(rb"(?<=[\[:,\s-])[0-9]{4301}")
MAX_DEPTH = 50  # of what first_part builds; no GraphQL document nests so deep
OPENING = ("start_map", "start_array")
CLOSING = ("end_map", "end_array")

Event = tuple[str, Any]


def events_of(body: bytes) -> Iterator[Event]:
    """The tokens of `body`, as ijson names them; where the JSON breaks off or is none, they end."""
    if endless := ENDLESS_NUMBER.search(body):
        body = body[: endless.start()]
    try:
        yield from ijson.basic_parse(BytesIO(body), buf_size=READ_SIZE)
    except (JSONError, ValueError, ArithmeticError):
        return


def first_part(body: bytes, *, max_events: int) -> tuple[Any, list[Any]]:
    """The value that `body` begins with, as far as `max_events` and MAX_DEPTH go, and those of its
    lists and objects that had not ended by then. The value is None where there is none."""
    top: list[Any] = []
    unfinished: list[Any] = [top]
    key = ""
    for event, value in islice(events_of(body), max_events):
        if len(unfinished) > MAX_DEPTH:
            break
        if event == "map_key":
            key = value
            continue
        if event in CLOSING:
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
