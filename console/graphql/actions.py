"""Actions that failed inside good data: `{"status": "error", "message": …}` (upstreams.md)."""

from console.upstream.outline import members, text_at
from console.upstream.responses import cleaned

MAX_FIELDS = 1000  # of the data; no document that a teammate writes asks for so many
ACTION_KEYS = frozenset({"status", "message", "data", "__typename"})
OTHER_KEY = "other"  # with one, the object is a row and not the answer of an action


def failed_actions(body: bytes) -> tuple[str, ...]:
    """Return a sentence for each top-level field of the data that answered status error."""
    if b'"error"' not in body:  # so that a large result is read a second time only if necessary
        return ()
    return tuple(
        _sentence(name, texts.get("message", ""))
        for name, texts in _objects_in_data(body).items()
        if texts.get("status") == "error" and OTHER_KEY not in texts
    )


def _objects_in_data(body: bytes) -> dict[str, dict[str, str]]:
    """The keys and texts of the objects right under `data`, by field, without what lies deeper.

    Where the JSON breaks off, what was found before is true all the same.
    """
    objects: dict[str, dict[str, str]] = {}
    for path, begin in members(body, max_depth=3):
        if len(path) < 3 or path[0] != "data":
            continue
        _, name, key = path
        if name not in objects and len(objects) == MAX_FIELDS:
            break
        texts = objects.setdefault(name, {})
        if key in ACTION_KEYS:
            texts[key] = text_at(body, begin)
        else:
            texts[OTHER_KEY] = ""
    return objects


def _sentence(name: str, message: str) -> str:
    message = cleaned(message).removesuffix(".")
    return f"The action {cleaned(name)} answered status error{f': {message}' if message else ''}."
