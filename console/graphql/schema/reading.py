"""A type's page, out of its one row, however many fields the type has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from console.graphql.schema.indexing import DIRECTIVE, Use
from console.graphql.schema.introspection import (
    Directive,
    EnumValue,
    Field,
    InputValue,
    TypeRef,
)
from console.graphql.schema.models import SchemaType, SchemaVersion

WINDOW = 40  # a root field with ten arguments takes half a kilobyte
KINDS = {
    "OBJECT": "Objects",
    "INTERFACE": "Interfaces",
    "UNION": "Unions",
    "ENUM": "Enums",
    "INPUT_OBJECT": "Inputs",
    "SCALAR": "Scalars",
    DIRECTIVE: "Directives",
}
KIND = {
    "OBJECT": "type",
    "INTERFACE": "interface",
    "UNION": "union",
    "ENUM": "enum",
    "INPUT_OBJECT": "input",
    "SCALAR": "scalar",
    DIRECTIVE: "directive",
}


@dataclass(frozen=True, slots=True)
class Window:
    """At most WINDOW of a long list."""

    items: Sequence[Any]
    count: int
    number: int = 1

    @classmethod
    def at(cls, rows: Sequence[Any], number: int) -> "Window":
        start = (number - 1) * WINDOW
        return cls(rows[start : start + WINDOW], len(rows), number)

    @property
    def first(self) -> int:
        return (self.number - 1) * WINDOW + 1

    @property
    def last(self) -> int:
        return self.first + len(self.items) - 1

    @property
    def is_part(self) -> bool:
        return self.count > WINDOW

    @property
    def before(self) -> int:
        """The number of the window before; 0 where there is none."""
        return self.number - 1

    @property
    def after(self) -> int:
        return self.number + 1 if self.last < self.count else 0


class _Body(msgspec.Struct, rename="camel"):
    """A type whose members stay text, so that only those that are shown are read."""

    description: str | None = None
    fields: list[msgspec.Raw] = []
    input_fields: list[msgspec.Raw] = []
    enum_values: list[msgspec.Raw] = []
    interfaces: tuple[TypeRef, ...] | None = None
    possible_types: tuple[TypeRef, ...] | None = None
    is_one_of: bool | None = None
    specified_by_url: str | None = msgspec.field(default=None, name="specifiedByURL")


class _Named(msgspec.Struct, gc=False):
    name: str


@dataclass(frozen=True, slots=True)
class TypeDoc:
    """What the page of a type draws."""

    row: SchemaType
    body: _Body

    @property
    def kind(self) -> str:
        return KIND.get(self.row.kind, self.row.kind.lower())

    @property
    def description(self) -> str:
        return self.body.description or ""

    def fields(self, number: int) -> Window:
        return self._window(self.body.fields, Field, number)

    def input_fields(self, number: int) -> Window:
        return self._window(self.body.input_fields, InputValue, number)

    def values(self, number: int) -> Window:
        return self._window(self.body.enum_values, EnumValue, number)

    def field(self, name: str) -> Field | InputValue | None:
        """One field by its name; None where there is none."""
        if (raw := _named(self.body.fields, name)) is not None:
            return msgspec.json.decode(raw, type=Field)
        raw = _named(self.body.input_fields, name)
        return None if raw is None else msgspec.json.decode(raw, type=InputValue)

    def used_by(self, number: int) -> Window:
        uses = msgspec.json.decode(self.row.used_by, type=list[Use])
        return Window.at(uses, number)

    def _window(self, raws: list[msgspec.Raw], struct: Any, number: int) -> Window:
        window = Window.at(raws, number)
        items = [msgspec.json.decode(raw, type=struct) for raw in window.items]
        return Window(items, window.count, number)


def _named(raws: list[msgspec.Raw], name: str) -> msgspec.Raw | None:
    return next((raw for raw in raws if msgspec.json.decode(raw, type=_Named).name == name), None)


def read_type(version: SchemaVersion, name: str) -> TypeDoc | None:
    """The page of the type `name`; None where the schema has none of this name."""
    row = SchemaType.objects.filter(version=version, name=name).first()
    if row is None:
        return None
    return TypeDoc(row, msgspec.json.decode(row.body, type=_Body))


def read_directive(row: SchemaType) -> Directive:
    return msgspec.json.decode(row.body, type=Directive)


def types_of_kind(version: SchemaVersion, kind: str, number: int) -> Window:
    """The types of a kind, without GraphQL's own, in the order of the alphabet."""
    rows = SchemaType.objects.filter(version=version, kind=kind).exclude(name__startswith="__")
    rows = rows.without_text().order_by("key")
    start = (number - 1) * WINDOW
    return Window(list(rows[start : start + WINDOW]), rows.count(), number)
