"""How a teammate looks at an answer, as the query of an address says it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import urlencode

VIEWS = ("table", "tree", "text")
PLACE = re.compile(r"\d{1,9}(\.\d{1,9}){0,99}")
SORT = re.compile(r"-?\d{1,6}")
NUMBERS = re.compile(r"\d{1,6}(,\d{1,6}){0,999}")
SEALED = re.compile(r"[\w-]{1,2000}", re.ASCII)
NUMBER = re.compile(r"\d{1,9}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Look:
    """Places and columns are numbers, and what was typed is sealed (stored.seal_typed): an address
    holds nothing of an answer."""

    view: str = ""  # one of VIEWS; empty: what fits
    at: str = ""  # the place of a list, a branch or a value (see Node); empty: what fits
    page: int = 1
    sort: str = ""  # a column's number, with - in front if descending
    columns: str = ""  # numbers of columns, comma-separated; empty: all
    filter: str = ""  # sealed: a text that rows hold
    within: str = ""  # the number of the column that holds it; empty: any
    find: str = ""  # sealed: a text to find in the whole answer
    hit: int = 1  # which of the places where it was found
    report: str = ""  # the id of the report that it is looked at in: plain words, and tables alone

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """What `query` asks for; whatever it says wrongly is left out."""
        found: dict[str, Any] = {}
        for name, shape in SHAPES.items():
            value = query.get(name, "")
            if shape.fullmatch(value):
                found[name] = max(int(value), 1) if name in ("page", "hit") else value
        return cls(**found)

    def changed(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def fresh(self, **asked: Any) -> Self:
        """Another look, which has in common with this one where it stands."""
        return type(self)(report=self.report, **asked)

    def query(self, **more: str) -> str:
        """The query of an address, with its "?"; empty if nothing is asked for."""
        said = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        } | more
        return f"?{urlencode(said)}" if said else ""


SHAPES = {
    "view": re.compile("|".join(VIEWS)),
    "at": PLACE,
    "page": NUMBER,
    "sort": SORT,
    "columns": NUMBERS,
    "filter": SEALED,
    "within": NUMBER,
    "find": SEALED,
    "hit": NUMBER,
    "report": UUID,
}
