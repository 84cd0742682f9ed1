"""A schema's rows: each type with all that its page and the search need."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from console.graphql.schema.introspection import (
    Directive,
    EnumValue,
    Field,
    InputValue,
    Introspection,
    Type,
)
from console.graphql.schema.models import SchemaType, SchemaVersion
from console.upstream.field_values import printable

DIRECTIVE = "DIRECTIVE"
MAX_USES = 1000  # that are listed of one type; a scalar of a big schema has 30,000
MAX_SUMMARY = 160  # characters

Use = tuple[str, str, str]  # type, its field, the field's argument; the latter two may be empty
Member = Field | InputValue | EnumValue


def rows_of(schema: Introspection, version: SchemaVersion) -> Iterator[SchemaType]:
    """The unsaved rows of `version`, one for each type and directive."""
    uses = _uses(schema)
    roots = set(schema.roots.values())
    for type_ in schema.types:
        own = uses[type_.name]
        # What queries begin with comes first.
        own.sort(key=lambda use: (use[0] not in roots, use))
        yield _row(
            version,
            type_,
            kind=type_.kind,
            members=type_.members,
            is_root=type_.name in roots,
            used_by_count=len(own),
            used_by=msgspec.json.encode(own[:MAX_USES]).decode(),
        )
    for directive in schema.directives:
        yield _row(version, directive, kind=DIRECTIVE, members=directive.args, used_by="[]")


def _row(
    version: SchemaVersion,
    described: Type | Directive,
    *,
    kind: str,
    members: Sequence[Member],
    **columns: object,
) -> SchemaType:
    name = f"@{described.name}" if kind == DIRECTIVE else described.name
    return SchemaType(
        version=version,
        name=name,
        kind=kind,
        summary=printable(summary_of(described.description)),
        key=name.lower(),
        names="\n".join(["", *(each.name.lower() for each in members), ""]),
        text=printable("\n".join(_texts(described.description, members)).lower()),
        body=msgspec.json.encode(described).decode(),
        **columns,
    )


def summary_of(description: str | None) -> str:
    """The first paragraph of a description, in one line."""
    first = (description or "").strip().partition("\n\n")[0]
    line = " ".join(first.split())
    return line if len(line) <= MAX_SUMMARY else f"{line[: MAX_SUMMARY - 1].rstrip()}…"


def _texts(description: str | None, members: Iterable[Member]) -> Iterator[str]:
    yield description or ""
    for member in members:
        if member.description:
            yield member.description
        for argument in getattr(member, "args", ()):
            yield argument.name


def _uses(schema: Introspection) -> defaultdict[str, list[Use]]:
    """Where each type is used."""
    uses: defaultdict[str, list[Use]] = defaultdict(list)
    for type_ in schema.types:
        if type_.kind == "UNION":
            for ref in type_.possible_types or ():
                uses[ref.named.name or ""].append((type_.name, "", ""))
        for field in type_.fields or ():
            uses[field.type.named.name or ""].append((type_.name, field.name, ""))
            for argument in field.args:
                use = (type_.name, field.name, argument.name)
                uses[argument.type.named.name or ""].append(use)
        for value in type_.input_fields or ():
            uses[value.type.named.name or ""].append((type_.name, value.name, ""))
    return uses
