"""JSON as an upstream wrote it: one reader for bodies of every size.

msgspec judges a whole body, and makes no objects of it. What is shown is read token by token, since
no JSON library keeps the digits of a number or reads the beginning of a text that is cut or broken.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from string import ascii_letters
from typing import Any, NamedTuple, TypeVar

import msgspec

MAX_DEPTH = 50  # of what first_value builds; no GraphQL document nests so deep
MAX_SENT_DEPTH = 100  # of what is typed to be sent: Python's own readers give up at some hundreds
MAX_WORD = 20  # bytes
MAX_DIGITS = 4000  # of a whole number that Python reads as one (sys.get_int_max_str_digits)
CHUNK = 64 * 1024  # bytes that are checked for UTF-8 at a time

TOKEN = re.compile(
    r"""[ \t\r\n,]*+(?:
        (?P<string>"(?>[^"\\\x00-\x1f]|\\.)*+") (?P<colon>[ \t\r\n]*+:)?
      | (?P<number>-?+(?>0|[1-9][0-9]*+)(?>\.[0-9]++)?+(?>[eE][+-]?+[0-9]++)?+)
      | (?P<word>true|false|null)
      | (?P<bracket>[\[\]{}])
    )""",
    re.VERBOSE,
)
WORDS = {"true": True, "false": False, "null": None}
# An escaped half of a pair of UTF-16 without its other half, behind no or one escaped backslash.
HALF_PAIR = re.compile(
    rb"\\u[dD](?:[89abAB]xx(?!\\u[dD][c-fC-F]xx)|(?<!\\u[dD][89abAB]xx\\u[dD])[c-fC-F]xx)"
    rb"(?:(?<=[^\\]\\u....)|(?<=[^\\]\\\\\\u....))".replace(b"xx", rb"[0-9a-fA-F]{2}"),
    re.DOTALL,
)
TEXT_OR_BRACKET = re.compile(rb'"(?>[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
STEPS = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}
# What turns a line round, breaks it or cannot be seen: controls, marks of direction, half a pair.
HIDDEN = re.compile(
    r"[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
LETTERS = ascii_letters.encode()
HALF = re.compile(r"[\ud800-\udfff]")
NOT_UTF8 = re.compile(r"[\udc80-\udcff]")  # how text_of spells a byte that is not UTF-8

T = TypeVar("T")


class Number(str):
    """A number of JSON, digit for digit as it came."""

    __slots__ = ()


class Token(NamedTuple):
    """`kind`: "key", "string", "number", "word" or "bracket"; `raw`: as it was written; `end`: the
    index of the character behind it."""

    kind: str
    raw: str
    end: int

    @property
    def is_plain(self) -> bool:
        """Whether it is of ASCII and has no escape: most texts, which take no further reading."""
        return self.raw.isascii() and "\\" not in self.raw


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where a text stops being JSON. `offset`: in bytes of its UTF-8; `line` and `column` count
    characters from 1."""

    reason: str
    offset: int
    line: int
    column: int

    def __str__(self) -> str:
        return f"at line {self.line}, column {self.column}: {self.reason}"


class NotJSON(ValueError):
    def __init__(self, flaw: Flaw) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


def as_utf8(body: bytes) -> bytes:
    """`body` in UTF-8 and without a byte order mark; JSON may also come as UTF-16 or UTF-32."""
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        return body
    if encoding == "utf-8-sig":
        return body.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode(encoding).encode()
    except ValueError:
        return body


def decode(body: bytes, shape: type[T]) -> T:
    """Read `body`, which is UTF-8, as a value of `shape`.

    Raises NotJSON, msgspec.ValidationError where it is JSON of another shape, and RecursionError.
    """
    problem = ""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError as error:
        problem = str(error)
    # Half a pair is JSON (RFC 8259, 8.2), and msgspec refuses it.
    whole = with_whole_pairs(body)
    if whole != body:
        return decode(whole, shape)
    raise NotJSON(_flaw(body, problem))


def with_whole_pairs(body: bytes) -> bytes:
    """`body`, which is UTF-8, with U+FFFD for each half of a pair, which no page can hold."""
    return HALF_PAIR.sub(rb"\\ufffd", body)


def whole_number(text: str) -> Any:
    """A whole number of JSON as an int; what an int cannot give back, as a Number: more digits than
    Python reads, and the sign of -0."""
    return int(text) if len(text) <= MAX_DIGITS and text != "-0" else Number(text)


def value_in(raw: bytes | msgspec.Raw) -> Any:
    """The value of `raw`, which is JSON in UTF-8 and not nested deeply. A number that is not whole
    keeps its digits, as a Number: it may be larger than any that Python has."""
    return json.loads(bytes(raw), parse_int=whole_number, parse_float=Number)


def same_value(one: bytes | msgspec.Raw, other: bytes | msgspec.Raw) -> bool:
    """Whether two texts of JSON say the same: 1.50 is 1.5, and every digit counts."""
    try:
        return bool(_exact(one) == _exact(other))
    except RecursionError:
        return bytes(one) == bytes(other)


def _exact(raw: bytes | msgspec.Raw) -> Any:
    return json.loads(bytes(raw), parse_int=_exact_number, parse_float=_exact_number)


def _exact_number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # its exponent has some twenty digits
        return text


def flaw_in(body: bytes) -> Flaw | None:
    """Where `body`, which is UTF-8, stops being JSON; None if it is JSON, or nests too deeply."""
    try:
        decode(body, msgspec.Raw)
    except NotJSON as error:
        return error.flaw
    except RecursionError:
        pass
    return None


def flaw_to_send(body: bytes) -> Flaw | None:
    """As flaw_in(), for JSON that somebody typed to be sent and kept: half a pair is a flaw too,
    as databases refuse it, and so is nesting deeper than MAX_SENT_DEPTH."""
    if flaw := flaw_in(body):
        return flaw
    if half := HALF_PAIR.search(body):
        return _flaw_at(body, half.start(), f"{half[0].decode()} is half a character")
    if body.count(b"[") + body.count(b"{") <= MAX_SENT_DEPTH:
        return None
    depth = 0
    for found in TEXT_OR_BRACKET.finditer(body):
        depth += STEPS.get(found[0], 0)
        if depth > MAX_SENT_DEPTH:
            reason = f"it nests more than {MAX_SENT_DEPTH} levels deep"
            return _flaw_at(body, found.start(), reason)
    return None


def not_utf8(body: bytes) -> Flaw | None:
    """The first place of `body` that is not UTF-8. msgspec does not look into texts it leaves."""
    if body.isascii():
        return None
    decoder, begin = codecs.getincrementaldecoder("utf-8")(), 0
    while True:
        waiting = len(decoder.getstate()[0])
        piece = body[begin : begin + CHUNK]
        try:
            decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            offset = begin - waiting + error.start
            return _flaw_at(body, offset, f"byte 0x{body[offset]:02x} is not UTF-8")
        if not piece:
            return None
        begin += len(piece)


def _flaw(body: bytes, problem: str) -> Flaw:
    """`problem`: what msgspec says, such as "JSON is malformed: invalid number (byte 14)"."""
    found = re.fullmatch(r"JSON is malformed: (.*) \(byte (\d+)\)", problem, re.DOTALL)
    if found is None:
        return _flaw_at(body, len(body), "it ends too early")
    reason, offset = found[1], int(found[2])
    if reason == "trailing characters":
        reason = "there is more after its end"
        offset -= 1  # msgspec names the byte behind the first of them
    elif offset >= len(body):
        reason = "it ends too early"
    elif reason == "invalid character" and body[offset] < 0x20:
        reason = "there is a control character in a string"
    elif reason == "invalid character":
        before = body[max(offset - MAX_WORD, 0) : offset]
        begin = offset - len(before) + len(before.rstrip(LETTERS))
        begin -= body[:begin].endswith(b"-")
        if word := re.match(rb"-?[A-Za-z]+", body[begin : begin + MAX_WORD]):
            reason, offset = f"{word[0].decode()} is not JSON", begin
    return _flaw_at(body, offset, reason)


def _flaw_at(body: bytes, offset: int, reason: str) -> Flaw:
    line_begin = body.rfind(b"\n", 0, offset) + 1
    column = len(body[line_begin:offset].decode(errors="replace")) + 1
    return Flaw(reason, offset, body.count(b"\n", 0, offset) + 1, column)


def text_of(body: bytes) -> str:
    """`body` as text. A byte that is not UTF-8 keeps its place: size_of() counts it as one."""
    return body.decode(errors="surrogateescape")


def size_of(text: str) -> int:
    """The bytes of a text of text_of()."""
    return len(text.encode(errors="surrogateescape"))


def tokens(text: str, *, is_cut: bool) -> Iterator[Token]:
    """The tokens of `text`, to where it is no JSON any more; the last of a cut one is left out, as
    it may go on."""
    position = 0
    while found := TOKEN.match(text, position):
        position = found.end()
        kind = found.lastgroup or ""
        if kind == "colon":
            yield Token("key", found["string"], position)
        elif is_cut and kind != "bracket" and not text[position : position + 1]:
            return
        else:
            yield Token(kind, found[kind], position)


def value_of(token: Token) -> Any:
    """The value of a token that is no bracket."""
    if token.kind == "number":
        return Number(token.raw)
    if token.kind == "word":
        return WORDS[token.raw]
    if token.is_plain:
        return token.raw[1:-1]
    try:
        return json.loads(NOT_UTF8.sub("\ufffd", token.raw))
    except ValueError:  # an escape that is none
        return token.raw[1:-1]


def first_value(text: str, *, max_tokens: int, is_cut: bool) -> tuple[Any, list[Any]]:
    """The value that `text` begins with, as far as `max_tokens` and MAX_DEPTH go, and those of its
    lists and objects that had not ended by then. The value is None where there is none."""
    top: list[Any] = []
    unfinished: list[Any] = [top]
    key = ""
    for token in tokens(text, is_cut=is_cut):
        max_tokens -= 1
        if max_tokens < 0 or not unfinished or len(unfinished) > MAX_DEPTH:
            break
        if token.kind == "key":
            key = value_of(token)
            continue
        if token.raw in ("}", "]"):
            unfinished.pop()
            continue
        value = {"{": {}, "[": []}[token.raw] if token.kind == "bracket" else value_of(token)
        parent = unfinished[-1]
        if isinstance(parent, dict):
            parent[key] = value
        else:
            parent.append(value)
        if token.kind == "bracket":
            unfinished.append(value)
    return (top[0] if top else None), unfinished


def literal(value: object) -> str:
    """A text, number, truth value or null as JSON for display: letters as they are, and what cannot
    be seen or would turn the line round as its escape, which is the same JSON."""
    if isinstance(value, Number):
        return value
    return escape_hidden(json.dumps(value, ensure_ascii=False))


def escape_hidden(text: str) -> str:
    return HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def whole_letters(text: str) -> str:
    """`text` with its half letters (of UTF-16) as escapes: they cannot be sent to a browser."""
    return HALF.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(value: object) -> str:
    """A value that first_value has built, in one line of JSON."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: {one_line(v)}' for key, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(one_line, value))}]"
    return literal(value)
