"""What the stored schema says about the types of a report's variables, if there is one yet."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from console.graphql.schema.access import RoleNotAllowed, visible_schema
from console.graphql.schema.models import SchemaType
from console.profiles.models import CredentialProfile


@dataclass(frozen=True, slots=True)
class KnownTypes:
    """`enums`: their values in order, by the type's name; `inputs`: names of input objects."""

    enums: dict[str, list[str]] = field(default_factory=dict)
    inputs: frozenset[str] = frozenset()


class _Value(msgspec.Struct):
    name: str


class _Enum(msgspec.Struct, rename="camel"):
    enum_values: list[_Value] = []


def known_types(profile: CredentialProfile, role: str, names: Iterable[str]) -> KnownTypes:
    """Look `names` up in the schema that `profile` sees with `role`. Asks no upstream."""
    wanted = set(names)
    try:
        schema = visible_schema(profile, role) if wanted else None
    except RoleNotAllowed:
        schema = None
    if schema is None or schema.version is None:
        return KnownTypes()
    rows = SchemaType.objects.filter(version=schema.version, name__in=wanted)
    kinds = rows.filter(kind__in=("ENUM", "INPUT_OBJECT")).values_list("name", "kind", "body")
    enums, inputs = {}, set()
    for name, kind, body in kinds:
        if kind == "ENUM":
            values = msgspec.json.decode(body, type=_Enum).enum_values
            enums[name] = [value.name for value in values]
        else:
            inputs.add(name)
    return KnownTypes(enums, frozenset(inputs))
