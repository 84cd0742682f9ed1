"""A kept answer, opened: JSON whose values stay text until somebody looks at them.

Measured on 12.8 MB with 100,000 rows (CPU time; `python -m bench --only answers`):

| reader | all rows as text | each row as values | memory |
| --- | --- | --- | --- |
| msgspec, `list[Raw]` and `float_hook` | 22 ms | 47 ms, every digit | 6 MB |
| json, `parse_float` and `parse_int` | – | 855 ms, every digit | 90 MB as a whole |
| orjson | – | changes digits: a double holds 17 of them | 90 MB as a whole |
| ijson | 67 MB of Decimals, or minutes (architecture.md, decisions) | | |

Unpacking the whole takes 40 ms, so that no index of rows and no cache is kept: each page opens the
answer, reads what it shows, and forgets it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from console.upstream.json_text import (
    HALF_PAIR,
    Flaw,
    Number,
    as_utf8,
    escape_hidden,
    flaw_in,
    literal,
    not_utf8,
)

MAX_COMMAS = 1_200_000  # in all: to find its way among more values would take 100 MB and more
NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
MINUS_ZERO = re.compile(rb"-0(?![0-9.eE])")

Raw = msgspec.Raw
Key = str | int  # a name in an object, or an index in a list
Steps = tuple[Key, ...]

_decode = msgspec.json.Decoder(float_hook=Number).decode
_members = msgspec.json.Decoder(dict[str, Raw])
_items = msgspec.json.Decoder(list[Raw])


class NoSuchNode(LookupError):
    """The answer has no value there."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of an answer. `at`: its place as numbers ("0.3" is the fourth value in the first),
    which is what addresses name, as keys may be personal; `steps`: the names and indices to it."""

    at: str
    steps: Steps
    raw: Raw

    @property
    def key(self) -> Key | None:
        return self.steps[-1] if self.steps else None

    @property
    def path(self) -> str:
        return path_of(self.steps)

    @property
    def kind(self) -> str:
        """ "object", "list", or "value"."""
        return {123: "object", 91: "list"}.get(memoryview(self.raw)[0], "value")

    def children(self) -> list["Node"]:
        inside = enumerate(members(self.raw))
        return [self.child(number, key, raw) for number, (key, raw) in inside]

    def child(self, number: int, key: Key, raw: Raw) -> "Node":
        at = f"{self.at}.{number}" if self.at else str(number)
        return Node(at, (*self.steps, key), raw)


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is UTF-8. `flaw`: why it can be shown as text alone; empty if it is JSON."""

    body: bytes
    flaw: str = ""

    @property
    def root(self) -> Node:
        if self.flaw:
            raise NoSuchNode
        return Node("", (), msgspec.json.decode(self.body, type=Raw))

    @property
    def data(self) -> Node | None:
        """The object of the fields that were asked for; None where there is none."""
        data = next((node for node in self.root.children() if node.key == "data"), None)
        return data if data and data.kind == "object" else None

    def node(self, at: str) -> Node:
        """The value at a place. Raises NoSuchNode."""
        node = self.root
        for step in filter(None, at.split(".")):
            node = _child_at(node, step)
        return node


def read_answer(body: bytes) -> Answer:
    """Read what came. Half letters (of UTF-16) and bytes that are not UTF-8 become �."""
    body = as_utf8(body)
    if not_utf8(body):
        body = body.decode(errors="replace").encode()
    flaw: Flaw | None = flaw_in(body)
    if flaw:
        return Answer(body, f"Not JSON after line {flaw.line}, column {flaw.column}")
    if body.count(b",") > MAX_COMMAS:
        return Answer(body, "Too many values for a table or a tree")
    if b"\\u" in body:
        body = HALF_PAIR.sub(rb"\\ufffd", body)
    try:
        msgspec.json.decode(body, type=Raw)
    except RecursionError:
        return Answer(body, "Nested too deeply for a table or a tree")
    return Answer(body)


def members(raw: Raw) -> Iterator[tuple[Key, Raw]]:
    """What an object or a list holds, in order; nothing for any other value."""
    first = memoryview(raw)[0]
    if first == ord("{"):
        yield from _members.decode(raw).items()
    elif first == ord("["):
        yield from enumerate(_items.decode(raw))


def items(raw: Raw) -> list[Raw]:
    """The values of a list."""
    return _items.decode(raw)


def count(raw: Raw) -> int:
    """How many values an object or a list holds."""
    first = memoryview(raw)[0]
    return len(_members.decode(raw) if first == ord("{") else _items.decode(raw))


def value_of(raw: Raw) -> Any:
    """The value as Python's objects, digit for digit: what is no int is a Number, a text."""
    if MINUS_ZERO.search(raw):  # the one int whose digits Python does not keep
        return _exact_value_of(raw)
    return quick_value_of(raw)


def quick_value_of(raw: Raw) -> Any:
    """As value_of(), but -0 is 0."""
    try:
        return _decode(raw)
    except msgspec.DecodeError:  # an int of more than 4,300 digits
        return _exact_value_of(raw)


def _exact_value_of(raw: Raw) -> Any:
    return json.loads(bytes(raw), parse_int=Number, parse_float=Number)


def path_of(steps: Steps) -> str:
    """`data.events[3].name`, as jq and JavaScript write it."""
    path = "".join(map(_step, steps)).removeprefix(".")
    return escape_hidden(path)


def _step(step: Key) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if NAME.fullmatch(step) else f"[{literal(step)}]"


def _child_at(node: Node, step: str) -> Node:
    if not (step.isascii() and step.isdigit()):
        raise NoSuchNode
    wanted = int(step)
    for number, (key, raw) in enumerate(members(node.raw)):
        if number == wanted:
            return node.child(number, key, raw)
    raise NoSuchNode
