"""Actions that failed inside good data: `{"status": "error", "message": …}` (upstreams.md)."""

from dataclasses import dataclass

from console.upstream.outline import members, text_at
from console.upstream.responses import cleaned

MAX_FIELDS = 1000  # of the data; no document that a teammate writes asks for so many
SHAPE = frozenset({"status", "message", "data", "__typename"})  # an action's answer, no row's


@dataclass(slots=True)
class _Answer:
    status: str = ""
    message: str = ""
    is_row: bool = False

    @property
    def failed(self) -> bool:
        return self.status == "error" and not self.is_row


def failed_actions(body: bytes) -> tuple[str, ...]:
    """Return a sentence for each top-level field of the data that answered status error."""
    if b'"error"' not in body:  # so that a large result is read a second time only where it must be
        return ()
    return tuple(_sentence(name, found) for name, found in _answers(body).items() if found.failed)


def _answers(body: bytes) -> dict[str, _Answer]:
    """The objects right under `data`, without what lies deeper.

    Where the JSON breaks off, what was found before is true all the same.
    """
    answers: dict[str, _Answer] = {}
    for path, begin in members(body, deepest=3):
        if path[0] != "data" or len(path) != 3:
            continue
        _, name, key = path
        if name not in answers and len(answers) == MAX_FIELDS:
            break
        answer = answers.setdefault(name, _Answer())
        if key == "status":
            answer.status = text_at(body, begin)
        elif key == "message":
            answer.message = text_at(body, begin)
        elif key not in SHAPE:
            answer.is_row = True
    return answers


def _sentence(name: str, answer: _Answer) -> str:
    message = cleaned(answer.message).removesuffix(".")
    return f"The action {cleaned(name)} answered status error{f': {message}' if message else ''}."
