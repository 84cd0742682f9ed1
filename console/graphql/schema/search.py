"""Search a schema's names and descriptions, the best match first.

One query finds the types that hold all words, ranked by their best member; of these the single
entries are ranked in Python. `users.email` and `users email` find the field of that type.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Length, StrIndex

from console.graphql.schema.indexing import summary_of
from console.graphql.schema.models import SchemaType, SchemaVersion

MAX_QUERY = 100  # characters
MAX_WORDS = 5
MAX_TYPES = 60  # whose members are looked through
MAX_FOUND = 100
NO_WORD = re.compile(r"[^\w@]+")
EXACT, BEGINS, HOLDS, DESCRIBED = range(4)  # how well an entry fits


@dataclass(frozen=True, slots=True)
class Found:
    """A type, or a member of it, that fits."""

    type: str
    kind: str
    member: str = ""
    summary: str = ""
    is_root: bool = False  # a member of a root type


@dataclass(frozen=True, slots=True)
class Results:
    found: tuple[Found, ...] = ()
    has_more: bool = False


class _Member(msgspec.Struct, gc=False):
    name: str
    description: str | None = None


class _Body(msgspec.Struct, rename="camel", gc=False):
    description: str | None = None
    fields: list[_Member] | None = None
    input_fields: list[_Member] | None = None
    enum_values: list[_Member] | None = None
    args: list[_Member] | None = None  # a directive's

    @property
    def members(self) -> list[_Member]:
        return self.fields or self.input_fields or self.enum_values or self.args or []


def search(version: SchemaVersion, query: str) -> Results:
    """The best of what fits all words of `query`."""
    words = [word for word in NO_WORD.split(query[:MAX_QUERY].lower()) if word][:MAX_WORDS]
    if not words:
        return Results()
    rows = list(_types(version, words)[: MAX_TYPES + 1])
    entries = [entry for row in rows[:MAX_TYPES] for entry in _entries(row, words)]
    entries.sort(key=lambda entry: entry[0])
    found = tuple(found for _, found in entries[:MAX_FOUND])
    return Results(found, has_more=len(rows) > MAX_TYPES or len(entries) > MAX_FOUND)


def _types(version: SchemaVersion, words: list[str]) -> "QuerySet[SchemaType]":
    """The rows that hold all `words`, those with the best member first."""
    rows = SchemaType.objects.filter(version=version)
    if not words[0].startswith("__"):
        rows = rows.exclude(name__startswith="__")  # introspection's own
    for number, word in enumerate(words):
        places = {
            f"in_{field}_{number}": StrIndex(field, Value(word))
            for field in ("key", "names", "text")
        }
        rows = rows.annotate(**places).filter(
            Q(**{f"in_key_{number}__gt": 0})
            | Q(**{f"in_names_{number}__gt": 0})
            | Q(**{f"in_text_{number}__gt": 0})
        )
    last = words[-1]  # of `users.email` the field is looked for
    rank = Case(
        When(key=last, then=Value(0)),
        When(Q(exact__gt=0, is_root=True), then=Value(0)),
        When(exact__gt=0, then=Value(1)),
        When(key__startswith=last, then=Value(2)),
        When(begins__gt=0, then=Value(3)),
        When(Q(**{f"in_key_{len(words) - 1}__gt": 0}), then=Value(4)),
        When(Q(**{f"in_names_{len(words) - 1}__gt": 0}), then=Value(5)),
        default=Value(6),
        output_field=IntegerField(),
    )
    by_type = Q(key__in=words) if len(words) > 1 else Q(pk=None)
    return (
        rows.annotate(
            exact=StrIndex("names", Value(f"\n{last}\n")),
            begins=StrIndex("names", Value(f"\n{last}")),
            rank=rank,
            is_named=Case(When(by_type, then=Value(0)), default=Value(1)),
        )
        .order_by("is_named", "rank", "-is_root", Length("key"), "key")
        .only("name", "kind", "is_root", "summary", "key", "body")
    )


@dataclass(frozen=True, slots=True, order=True)
class _Order:
    """By fit; the shortest first; root fields before types before others."""

    fit: int
    length: int
    place: int
    name: str
    type: str


def _entries(row: SchemaType, words: list[str]) -> Iterator[tuple[_Order, Found]]:
    body = msgspec.json.decode(row.body, type=_Body)
    fit = _fit(words, row.key, (body.description or "").lower())
    if fit is not None:
        order = _Order(fit, len(row.name), 1, row.key, "")
        yield order, Found(row.name, row.kind, summary=row.summary)
    for member in body.members:
        name = member.name.lower()
        fit = _fit(words, name, (member.description or "").lower(), row.key)
        if fit is not None:
            order = _Order(fit, len(name), 0 if row.is_root else 2, name, row.key)
            summary = summary_of(member.description)
            yield order, Found(row.name, row.kind, member.name, summary, row.is_root)


def _fit(words: list[str], name: str, description: str, type_name: str = "") -> int | None:
    """How well something fits; None where a word is missing, or only its type's name fits."""
    around = [word for word in words if word not in name]
    if len(around) == len(words) and not any(word in description for word in words):
        return None
    if not all(word in type_name or word in description for word in around):
        return None
    own = [word for word in words if word in name]
    if name in own:
        return EXACT
    if any(name.startswith(word) for word in own):
        return BEGINS
    return HOLDS if own else DESCRIBED
