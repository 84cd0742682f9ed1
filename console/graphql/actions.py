"""Actions that failed inside good data: `{"status": "error", "message": …}` (upstreams.md)."""

from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO

import ijson
from ijson.common import JSONError

READ_SIZE = 256 * 1024  # bytes given to the parser at a time, see console.upstream.preview
MOST_FIELDS = 1000  # of the data; no document that a teammate writes asks for so many
SHAPE = frozenset({"status", "message", "data", "__typename"})  # an action's answer, no row's
LONGEST_MESSAGE = 500  # characters


@dataclass(slots=True)
class _Answer:
    keys: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        return self.keys <= SHAPE and self.texts.get("status") == "error"


def failed_actions(body: bytes) -> tuple[str, ...]:
    """Return a sentence for each top-level field of the data that answered status error."""
    if b'"error"' not in body:  # so that a large result is read a second time only where it must be
        return ()
    return tuple(_sentence(name, found) for name, found in _answers(body).items() if found.failed)


def _answers(body: bytes) -> dict[str, _Answer]:
    """The objects right under `data`, without what lies deeper; read in a stream."""
    answers: dict[str, _Answer] = {}
    keys: list[str | None] = [None] * 4  # the key under way at each depth; none in a list
    depth = 0
    # Where it breaks off, or holds an absurd number, what was found before is true all the same.
    with suppress(JSONError, ValueError, ArithmeticError):
        for event, value in ijson.basic_parse(BytesIO(body), buf_size=READ_SIZE):
            if event in ("start_map", "start_array"):
                depth += 1
                if depth < 4:
                    keys[depth] = None
            elif event in ("end_map", "end_array"):
                depth -= 1
            elif depth < 4 and event == "map_key":
                keys[depth] = value
            if depth != 3 or keys[1] != "data" or not (name := keys[2]) or not (key := keys[3]):
                continue
            if name not in answers and len(answers) == MOST_FIELDS:
                break
            answer = answers.setdefault(name, _Answer())
            answer.keys.add(key)
            if event == "string" and key in SHAPE:
                answer.texts[key] = value
    return answers


def _sentence(name: str, answer: _Answer) -> str:
    message = answer.texts.get("message", "").strip().removesuffix(".")[:LONGEST_MESSAGE]
    return f"The action {name} answered status error{f': {message}' if message else ''}."
