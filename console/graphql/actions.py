"""Actions that failed inside good data: `{"status": "error", "message": …}` (upstreams.md)."""

from collections.abc import Sequence

import msgspec

from console.upstream.dxtra import NOTHING
from console.upstream.responses import cleaned
from console.upstream.upstream_error import isolated


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """An action's own answer. An object with any other key is a row."""

    status: str
    message: msgspec.Raw = NOTHING
    data: msgspec.Raw = NOTHING
    typename: msgspec.Raw = msgspec.field(default=NOTHING, name="__typename")


def failed_actions(data: msgspec.Raw, keys: Sequence[str]) -> tuple[str, ...]:
    """Return a sentence for each of the top-level `keys` of `data` that answered status error.

    Only what the document asked for is looked at, so that other keys take no memory.
    """
    names = [f"field_{number}" for number in range(len(keys))]
    fields = msgspec.defstruct(
        "Fields",
        [(name, msgspec.Raw, NOTHING) for name in names],
        rename=dict(zip(names, keys, strict=True)),
    )
    try:
        found = msgspec.json.decode(data, type=fields)
    except msgspec.DecodeError:
        return ()
    answers = (_answer_in(getattr(found, name)) for name in names)
    return tuple(
        _sentence(key, answer)
        for key, answer in zip(keys, answers, strict=True)
        if answer and answer.status == "error"
    )


def _answer_in(value: msgspec.Raw) -> _Answer | None:
    try:
        return msgspec.json.decode(value, type=_Answer)
    except msgspec.DecodeError:
        return None


def _sentence(key: str, answer: _Answer) -> str:
    message = isolated(cleaned(_text(answer.message)).removesuffix("."))
    return f"The action {cleaned(key)} returned status error{f': {message}' if message else ''}."


def _text(value: msgspec.Raw) -> str:
    """The text of a JSON string; empty for any other value."""
    try:
        return msgspec.json.decode(value, type=str)
    except msgspec.DecodeError:
        return ""
