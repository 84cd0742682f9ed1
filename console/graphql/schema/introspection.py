"""Introspection: what is asked, and the answer as typed values (GraphQL specification, section 4).

A name becomes a part of addresses, so an answer whose names are no names of GraphQL is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
from graphql import get_introspection_query

from console.upstream.json_text import with_whole_pairs

OPERATION = "IntrospectionQuery"
# What servers of before 2021 do not know, and refuse by name.
NEWER = ("specifiedByURL", "isRepeatable", "includeDeprecated", "isDeprecated", "deprecationReason")
_with_newer = partial(
    get_introspection_query,
    specified_by_url=True,
    directive_is_repeatable=True,
    input_value_deprecation=True,
)
FULL_QUERY = _with_newer()
PLAIN_QUERY = get_introspection_query()
# Only servers that have the directive @oneOf (September 2025) know the field `isOneOf`.
ONE_OF_QUERY = _with_newer(one_of=True)
NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,254}")
SPECIFIED_SCALARS = {"String", "Int", "Float", "Boolean", "ID"}
MAX_DEPTH = 12  # of lists and non-nulls around a type


class IntrospectionUnreadable(Exception):
    """The answer describes no schema. `sentence`: why not."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class _Part(msgspec.Struct, rename="camel", omit_defaults=True, gc=False):
    """A part of introspection's answer, under its own names."""


class TypeRef(_Part):
    """A type where it is used: `[users!]!`, from the outside in."""

    kind: str
    name: str | None = None
    of_type: "TypeRef | None" = None

    @property
    def named(self) -> "TypeRef":
        """The type inside of all lists and non-nulls."""
        inner = self
        while inner.of_type is not None:
            inner = inner.of_type
        return inner

    @property
    def around(self) -> tuple[str, str]:
        """What stands before and after the name."""
        before = after = ""
        part: TypeRef | None = self
        while part is not None and part.of_type is not None:
            is_list = part.kind == "LIST"
            before, after = before + "[" * is_list, ("]" if is_list else "!") + after
            part = part.of_type
        return before, after

    @property
    def is_required(self) -> bool:
        return self.kind == "NON_NULL"

    @property
    def is_leaf(self) -> bool:
        return self.named.kind in ("SCALAR", "ENUM")

    def __str__(self) -> str:
        before, after = self.around
        return f"{before}{self.named.name or '?'}{after}"


class EnumValue(_Part):
    name: str
    description: str | None = None
    is_deprecated: bool = False
    deprecation_reason: str | None = None


class InputValue(_Part):
    """An argument, or a field of an input object."""

    name: str
    type: TypeRef
    description: str | None = None
    default_value: str | None = None
    is_deprecated: bool = False
    deprecation_reason: str | None = None

    @property
    def is_required(self) -> bool:
        return self.type.is_required and self.default_value is None


class Field(_Part):
    name: str
    type: TypeRef
    description: str | None = None
    args: tuple[InputValue, ...] = ()
    is_deprecated: bool = False
    deprecation_reason: str | None = None

    @property
    def required_args(self) -> tuple[InputValue, ...]:
        return tuple(each for each in self.args if each.is_required)


class Type(_Part):
    kind: str
    name: str
    description: str | None = None
    fields: tuple[Field, ...] | None = None
    input_fields: tuple[InputValue, ...] | None = None
    interfaces: tuple[TypeRef, ...] | None = None
    enum_values: tuple[EnumValue, ...] | None = None
    possible_types: tuple[TypeRef, ...] | None = None
    is_one_of: bool | None = None
    specified_by_url: str | None = msgspec.field(default=None, name="specifiedByURL")

    @property
    def members(self) -> "tuple[Field | InputValue | EnumValue, ...]":
        return self.fields or self.input_fields or self.enum_values or ()


class Directive(_Part):
    name: str
    description: str | None = None
    locations: tuple[str, ...] = ()
    args: tuple[InputValue, ...] = ()
    is_repeatable: bool = False


class _Root(_Part):
    name: str


class Introspection(_Part):
    """A whole schema."""

    types: tuple[Type, ...]
    query_type: _Root
    mutation_type: _Root | None = None
    subscription_type: _Root | None = None
    directives: tuple[Directive, ...] = ()

    @property
    def roots(self) -> dict[str, str]:
        """The names of the root types by operation."""
        roots = {
            "query": self.query_type,
            "mutation": self.mutation_type,
            "subscription": self.subscription_type,
        }
        return {operation: root.name for operation, root in roots.items() if root}

    @property
    def has_one_of(self) -> bool:
        """Whether the server can tell which of its inputs take exactly one field."""
        return any(each.name == "oneOf" for each in self.directives)


class _Data(msgspec.Struct):
    schema: msgspec.Raw = msgspec.field(name="__schema")


def read_introspection(data: msgspec.Raw) -> tuple[Introspection, msgspec.Raw]:
    """The schema in the `data` of an answer, and its JSON. Raises IntrospectionUnreadable."""
    try:
        whole = with_whole_pairs(bytes(data))
        raw = msgspec.json.decode(whole, type=_Data).schema
        schema = msgspec.json.decode(raw, type=Introspection)
    except (msgspec.DecodeError, RecursionError) as error:
        raise IntrospectionUnreadable(f"The schema cannot be read: {error}.") from None
    counts = Counter(each.name for each in schema.types)
    if doubled := next((name for name, count in counts.items() if count > 1), None):
        raise IntrospectionUnreadable(f"Dxtra describes the type {doubled[:100]} twice.")
    if wrong := next((name for name in _names(schema) if not NAME.fullmatch(name)), None):
        raise IntrospectionUnreadable(f"{wrong[:100]!r} is not a valid GraphQL name.")
    if missing := next((name for name in schema.roots.values() if name not in counts), None):
        raise IntrospectionUnreadable(f"Dxtra does not describe its root type {missing}.")
    return schema, raw


def _names(schema: Introspection) -> Iterator[str]:
    for each in schema.types:
        yield each.name
        for member in each.members:
            yield member.name
            yield from _type_names(member)
            for argument in getattr(member, "args", ()):
                yield argument.name
                yield from _type_names(argument)
        for ref in (each.interfaces or ()) + (each.possible_types or ()):
            yield ref.named.name or ""
    for directive in schema.directives:
        yield directive.name
        for argument in directive.args:
            yield argument.name
            yield from _type_names(argument)


def _type_names(member: Any) -> Iterator[str]:
    ref: TypeRef | None = getattr(member, "type", None)
    if ref is not None and ref.named.kind not in ("LIST", "NON_NULL"):  # not cut by the depth
        yield ref.named.name or ""
