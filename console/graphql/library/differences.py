"""What differs between two versions of a saved query, line by line."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, fields

from console.graphql.library.contents import Content
from console.upstream.json_text import escape_hidden

MAX_LINES = 4_000  # of one text; comparing more could take seconds
CONTEXT_LINES = 3
LABELS = {"operation_name": "Operation"}


@dataclass(frozen=True, slots=True)
class Line:
    """`sign`: "+", "-", " ", or "@" for lines left out between two changes."""

    sign: str
    text: str

    @property
    def css_class(self) -> str:
        return {"+": "is-added", "-": "is-removed", "@": "is-gap"}.get(self.sign, "")

    @property
    def spoken(self) -> str:
        return {"+": "added", "-": "removed"}.get(self.sign, "")


@dataclass(frozen=True, slots=True)
class Difference:
    """One text that differs: "Query", "Variables", "Name" …; no `lines` where it is too long."""

    label: str
    lines: tuple[Line, ...]


def differences(before: Content, after: Content) -> list[Difference]:
    """Return the texts that differ, in the order of Content."""
    found = []
    for field in fields(Content):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old != new:
            label = LABELS.get(field.name, field.name.capitalize())
            found.append(Difference(label, tuple(_lines(old, new))))
    return found


def _lines(before: str, after: str) -> Iterator[Line]:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MAX_LINES:
        return
    compared = difflib.unified_diff(old, new, lineterm="", n=CONTEXT_LINES)
    for number, line in enumerate(compared):
        if number < 2:
            continue  # the names of the files
        if line.startswith("@@"):
            if number > 2:
                yield Line("@", "…")
            continue
        # Nothing may turn the line round, or stand in it unseen.
        yield Line(line[:1], escape_hidden(line[1:]))
