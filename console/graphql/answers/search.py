"""Find a text in the keys and values of an answer, without reading its values.

The JSON itself is searched, by a pattern that knows each letter in both cases and as an escape; so
what is found within one text is found as it reads, and 12.8 MB take some tenths of a second.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from console.graphql.answers.nodes import Answer, Node, Raw, members

MAX_TERM = 200  # characters
MAX_HITS = 100_000  # that are counted
SHORT_ESCAPES = dict(
    zip('"\\/\b\f\n\r\t', [rf"\\{each}" for each in ('"', r"\\", *"/bfnrt")], strict=True)
)
ESCAPED_ONLY = set('"\\') | {chr(code) for code in range(0x20)}
STRUCTURE = re.compile(r"[\s{}\[\],:]")
# What may also stand between two texts; a colon follows a name there, and nothing else.
OUTSIDE = re.compile(r"[\s{}\[\],]*:?[\s{}\[\],0-9.+\-eEtrufalsn]*")
STRING = re.compile(rb'"(?>[^"\\]|\\.)*+"', re.DOTALL)
WITHIN_ESCAPE = re.compile(rb"(?<!\\)(?:\\\\)*+\\(?:u[0-9a-fA-F]{0,3})?\Z")


@dataclass(frozen=True, slots=True)
class Term:
    """What is looked for, in any case of its letters."""

    text: str

    @property
    def pattern(self) -> re.Pattern[bytes]:
        return re.compile("".join(map(_letter, self.text)).encode())

    @property
    def is_only_in_texts(self) -> bool:
        """Whether what stands between values would be found too."""
        return bool(STRUCTURE.search(self.text)) and bool(OUTSIDE.fullmatch(self.text))

    def is_in(self, text: str) -> bool:
        return self.text.casefold() in text.casefold()


@dataclass(frozen=True, slots=True)
class Hits:
    """Where a term stands in the body of an answer. `more`: there are more, not counted."""

    offsets: "array[int]"
    more: bool

    def __len__(self) -> int:
        return len(self.offsets)


def find(answer: Answer, term: Term) -> Hits:
    """The places of `term` in the keys and values of `answer`, in order."""
    body, pattern = answer.body, term.pattern
    has_escapes = b"\\" in body
    offsets = array("L")
    matches = (match.start() for match in pattern.finditer(body))
    for offset in _within_texts(body, matches) if term.is_only_in_texts else matches:
        if has_escapes and WITHIN_ESCAPE.search(body, max(offset - 64, 0), offset):
            continue
        if len(offsets) == MAX_HITS:
            return Hits(offsets, more=True)
        offsets.append(offset)
    return Hits(offsets, more=False)


def _within_texts(body: bytes, offsets: Iterator[int]) -> Iterator[int]:
    """Those of `offsets` that lie in a text or a name."""
    offset = next(offsets, None)
    for text in STRING.finditer(body):
        begin, end = text.span()
        while offset is not None and offset < end:
            if offset > begin:
                yield offset
            offset = next(offsets, None)
        if offset is None:
            return


def node_with(answer: Answer, offset: int) -> Node:
    """The innermost value whose key or text stands at `offset` of the body."""
    node = answer.root
    begin = answer.body.find(node.raw)
    while offset >= begin and (inside := _child_with(answer.body, node, begin, offset)):
        node, begin = inside
    return node  # `offset` before `begin`: in its key


def _child_with(body: bytes, node: Node, begin: int, offset: int) -> tuple[Node, int] | None:
    """The child that holds `offset`, or whose key does, and where its own text begins."""
    position = begin + 1
    for number, (key, raw) in enumerate(members(node.raw)):
        position = _find_value(body, raw, position, is_member=isinstance(key, str))
        if position < 0:
            return None
        if offset < position + len(raw):
            return node.child(number, key, raw), position
        position += len(raw)
    return None


def _find_value(body: bytes, raw: Raw, position: int, *, is_member: bool) -> int:
    """Where the next child begins: behind blanks, a comma and its name; -1 where a name that is
    there twice leads astray."""
    if is_member and (name := STRING.search(body, position)):
        position = name.end()
    return body.find(raw, position)


def _letter(letter: str) -> str:
    """The pattern of one letter, as its UTF-8 (Latin-1 of it: encode() then keeps the bytes)."""
    cases = {letter, letter.lower(), letter.upper(), letter.swapcase()}
    variants = sorted(case for case in cases if len(case) == 1)
    spelled = [re.escape(case) for case in variants if case not in ESCAPED_ONLY]
    spelled += [_unicode_escape(case) for case in variants]
    spelled += [SHORT_ESCAPES[case] for case in variants if case in SHORT_ESCAPES]
    return f"(?:{'|'.join(spelled)})"


def _unicode_escape(letter: str) -> str:
    units = letter.encode("utf-16-be").hex()
    halves = [units[start : start + 4] for start in range(0, len(units), 4)]
    return "".join(rf"\\u{''.join(map(_either_case, half))}" for half in halves)


def _either_case(digit: str) -> str:
    return digit if digit.isdigit() else f"[{digit}{digit.upper()}]"
