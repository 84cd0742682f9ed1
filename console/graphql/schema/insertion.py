"""A working selection of a field, for the query that is being written.

`dataSubject(id: $id) { id did }`: required arguments become variables, and of an object the fields
that need neither arguments nor a selection are chosen.
"""

import json
from dataclasses import dataclass

from console.graphql.schema.introspection import Field, InputValue, TypeRef
from console.graphql.schema.models import SchemaVersion
from console.graphql.schema.reading import TypeDoc, read_type

MAX_LEAVES = 8  # fields that are chosen of an object
MAX_LEVELS = 3  # of objects that have no such field
INDENT = "  "
EMPTY = {"Int": 0, "Float": 0, "Boolean": False}  # what a variable holds at first; else ""


@dataclass(frozen=True, slots=True)
class Insertion:
    """`text`: of the field. `variables`: a JSON object for its required arguments.
    `declarations`: what the operation declares of them. `operation`: it all, to run as it stands;
    empty where no operation begins with the field."""

    text: str
    variables: str = ""
    declarations: str = ""
    operation: str = ""
    name: str = ""


def insertion_of(version: SchemaVersion, type_: TypeDoc, field: Field) -> Insertion:
    """What 'Insert' writes for `field` of `type_`."""
    required = field.required_args
    arguments = ", ".join(f"{each.name}: ${each.name}" for each in required)
    called = f"{field.name}({arguments})" if arguments else field.name
    text = called + _selection(version, field.type, level=1)
    declarations = ", ".join(f"${each.name}: {each.type}" for each in required)
    return Insertion(
        text,
        _variables(version, required),
        declarations,
        _operation(version, type_, text, declarations, field.name),
        field.name,
    )


def _variables(version: SchemaVersion, required: tuple[InputValue, ...]) -> str:
    if not required:
        return ""
    values = {each.name: _first_value(version, each.type, level=1) for each in required}
    return json.dumps(values, indent=2)


def _first_value(version: SchemaVersion, ref: TypeRef, *, level: int) -> object:
    """What is valid where the schema tells: an enum's first value, an input's required fields, or
    the first of those of which it takes exactly one."""
    inner = ref.of_type if ref.is_required and ref.of_type else ref
    if inner.kind == "LIST":
        return []
    if inner.kind not in ("ENUM", "INPUT_OBJECT"):
        return EMPTY.get(inner.name or "", "")
    doc = read_type(version, inner.name or "")
    if inner.kind == "ENUM":
        values = doc.values(1).items if doc else ()
        return next((each.name for each in values if not each.is_deprecated), "")
    if doc is None or level > MAX_LEVELS:
        return {}
    fields = doc.input_fields(1).items
    chosen = fields[:1] if doc.body.is_one_of else [each for each in fields if each.is_required]
    return {each.name: _first_value(version, each.type, level=level + 1) for each in chosen}


def _selection(version: SchemaVersion, ref: TypeRef, *, level: int) -> str:
    if ref.is_leaf or ref.named.name is None:
        return ""
    doc = read_type(version, ref.named.name)
    fields = doc.fields(1).items if doc else ()
    indent = INDENT * level
    chosen = [each.name for each in fields if each.type.is_leaf and _is_plain(each)][:MAX_LEAVES]
    if not chosen and level < MAX_LEVELS:
        nested = next((each for each in fields if _is_plain(each) and not each.type.is_leaf), None)
        if nested:
            chosen = [nested.name + _selection(version, nested.type, level=level + 1)]
    lines = "\n".join(indent + line for line in chosen or ["__typename"])
    return f" {{\n{lines}\n{INDENT * (level - 1)}}}"


def _is_plain(field: Field) -> bool:
    return not field.required_args and not field.is_deprecated


def _operation(
    version: SchemaVersion, type_: TypeDoc, text: str, declarations: str, field: str
) -> str:
    """The text as an operation of its own, if it can be one."""
    operation = next((each for each, name in version.roots.items() if name == type_.row.name), "")
    if not operation:
        return ""
    declared = f"({declarations})" if declarations else ""
    name = field[:1].upper() + field[1:]
    body = "\n".join(INDENT + line for line in text.splitlines())
    return f"{operation} {name}{declared} {{\n{body}\n}}\n"
