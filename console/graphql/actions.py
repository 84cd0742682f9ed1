"""Actions that failed inside good data: `{"status": "error", "message": …}` (upstreams.md)."""

from dataclasses import dataclass, field

import ijson
from ijson.common import JSONError

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
    try:
        for prefix, event, value in ijson.parse(body):
            match prefix.split(".", 3):
                case ["data", name] if event == "map_key":
                    answers.setdefault(name, _Answer()).keys.add(value)
                case ["data", name, key] if event == "string" and key in SHAPE and name in answers:
                    answers[name].texts[key] = value
    except JSONError:
        pass  # what was found up to there is true all the same
    return answers


def _sentence(name: str, answer: _Answer) -> str:
    message = answer.texts.get("message", "").strip()[:LONGEST_MESSAGE]
    return f"The action {name} answered status error{f': {message}' if message else ''}."
