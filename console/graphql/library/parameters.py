"""A report's variables as fields of a plain form, from the definitions in its operation.

Each field writes its value as JSON text: numbers keep their digits, and a field that is left empty
sends nothing, so that the operation's default counts. One that is left as it was drawn sends what
was saved, letter for letter: an input may not be able to show all of it, as of microseconds.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from django import forms
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from graphql import (
    BooleanValueNode,
    EnumValueNode,
    FloatValueNode,
    IntValueNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    NullValueNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeNode,
    VariableDefinitionNode,
    parse,
    print_ast,
)

from console.graphql.documents import MAX_TOKENS
from console.graphql.forms import code_area, unix_lines
from console.graphql.library.known_types import KnownTypes
from console.upstream.json_text import escape_hidden, flaw_in
from console.upstream.words import shortened

MAX_ITEMS = 1_000  # lines of a list
MAX_HINT = 60  # characters
EMPTY = ("null", '""', "[]")  # saved values that an empty field stands for
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
INT_BOUND = 2**31  # GraphQL specification, October 2021, 3.5.1

# The kind of field for a scalar's name: GraphQL's own, Hasura's (PostgreSQL's) and usual others.
KINDS = {
    "Int": "int",
    **dict.fromkeys(("smallint", "integer", "bigint", "BigInt", "Long"), "whole number"),
    **dict.fromkeys(("Float", "float4", "float8", "numeric", "money", "Decimal"), "number"),
    **dict.fromkeys(("Boolean", "bool"), "yes or no"),
    **dict.fromkeys(("date", "Date"), "date"),
    **dict.fromkeys(("timestamptz", "DateTime", "Datetime", "DateTimeISO"), "moment"),
    **dict.fromkeys(("timestamp", "LocalDateTime"), "local moment"),
    **dict.fromkeys(("uuid", "UUID"), "uuid"),
    **dict.fromkeys(("json", "jsonb", "JSON", "JSONObject"), "json"),
    **dict.fromkeys(("String", "ID", "text", "citext", "varchar", "bpchar", "name"), "text"),
}

LIKE_INPUTS = ("_exp", "_input", "Input", "Filter", "Where")  # how input objects are named


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable of the operation. `type_name`: the innermost; `depth`: of lists around it."""

    name: str
    type_name: str
    depth: int
    is_required: bool
    default: VariableDefinitionNode

    @property
    def label(self) -> str:
        """Its name in words: "createdAfter" and "created_after" are "Created after"."""
        words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", self.name).split()
        text = " ".join(word if word.isupper() else word.lower() for word in words) or self.name
        return text[:1].upper() + text[1:]


def parameters_of(query: str, operation_name: str) -> list[Parameter]:
    """The variables of the operation, in order. The document is one that read_document accepts."""
    operations = [
        each
        for each in parse(query, max_tokens=MAX_TOKENS).definitions
        if isinstance(each, OperationDefinitionNode)
    ]
    named = (each for each in operations if each.name and each.name.value == operation_name)
    operation = next(named, operations[0])
    return [_parameter(each) for each in operation.variable_definitions or ()]


PREFIX = "v"  # of the fields of a report, whose names are the query's own


class ParametersForm(forms.Form):
    """The fields of a report; valid, it gives the `variables` to send."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        parameters: list[Parameter],
        stored: str,
        known: KnownTypes,
    ) -> None:
        """`stored`: the saved variables, which the fields begin with; `known`: of the schema."""
        super().__init__(data, prefix=PREFIX)
        self._parameters, self._raw = parameters, _values_in(stored)
        for parameter in parameters:
            raw = self._raw.get(parameter.name, "")
            self.fields[parameter.name] = _field(parameter, raw, known)

    @property
    def variables(self) -> str:
        """A JSON object; empty where there is nothing to send."""
        pairs = []
        for parameter in self._parameters:
            field: Any = self.fields[parameter.name]
            value = field.as_json(self.cleaned_data[parameter.name])
            if value == _as_drawn(field):
                value = self._raw.get(parameter.name) or _default(parameter)
            if value:
                pairs.append(f"{json.dumps(parameter.name)}: {value}")
        return f"{{{', '.join(pairs)}}}" if pairs else ""


# --- Fields, which write their value as JSON; empty: nothing to send ------------------------------


class _TextField(forms.CharField):
    def clean(self, value: Any) -> str:
        return unix_lines(super().clean(value))

    def as_json(self, value: str) -> str:
        return json.dumps(value, ensure_ascii=False) if value else ""


class _NumberField(forms.CharField):
    """A number, digit for digit as it was typed."""

    def __init__(self, *, pattern: re.Pattern[str], sentence: str, **kwargs: Any) -> None:
        mode = "numeric" if pattern is WHOLE_NUMBER else "decimal"
        super().__init__(widget=forms.TextInput(attrs={"inputmode": mode}), **kwargs)
        self.pattern, self.sentence = pattern, sentence

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text and not self.pattern.fullmatch(text):
            raise forms.ValidationError(self.sentence)
        return text

    def as_json(self, value: str) -> str:
        return value


class _IntField(_NumberField):
    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if len(text) > 11 or (text and not -INT_BOUND <= int(text) < INT_BOUND):
            raise forms.ValidationError(f"Enter a number from {-INT_BOUND:,} to {INT_BOUND - 1:,}.")
        return text


class _UuidField(_TextField):
    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if text and not UUID.fullmatch(text):
            raise forms.ValidationError("Enter an ID like 550e8400-e29b-41d4-a716-446655440000.")
        return text


class _ChoiceField(forms.ChoiceField):
    """`quoted`: whether the values are texts, as enums are in JSON."""

    def __init__(self, *, quoted: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.quoted = quoted

    def as_json(self, value: str) -> str:
        return json.dumps(value) if value and self.quoted else value


class _ManyField(forms.MultipleChoiceField):
    """A list of an enum's values."""

    widget = forms.CheckboxSelectMultiple

    def as_json(self, value: list[str]) -> str:
        return json.dumps(value) if value else ""


class _DateField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)
        self.error_messages["invalid"] = "Enter a date like 2026-01-31."

    def as_json(self, value: date | None) -> str:
        return f'"{value.isoformat()}"' if value else ""


class _MomentField(forms.DateTimeField):
    """A date and time, in UTC; `zoned`: whether the scalar's values name their zone."""

    def __init__(self, *, zoned: bool, **kwargs: Any) -> None:
        attributes = {"type": "datetime-local", "step": "1"}
        widget = forms.DateTimeInput(attrs=attributes, format="%Y-%m-%dT%H:%M:%S")
        super().__init__(widget=widget, **kwargs)
        self.zoned = zoned
        self.error_messages["invalid"] = "Enter a date and time like 2026-01-31 14:30."

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(UTC):
            return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        with timezone.override(UTC):
            return super().prepare_value(value)

    def as_json(self, value: datetime | None) -> str:
        if value is None:
            return ""
        text = value.astimezone(UTC).replace(tzinfo=None).isoformat()
        return f'"{text}Z"' if self.zoned else f'"{text}"'


class _JsonField(forms.CharField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=code_area(4), **kwargs)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        flaw = flaw_in(text.encode(errors="replace")) if text else None
        if flaw:
            raise forms.ValidationError(f"Line {flaw.line}, column {flaw.column}: {flaw.reason}.")
        return text

    def as_json(self, value: str) -> str:
        return value


class _LinesField(forms.CharField):
    """A list: a value on each line, read by `item`."""

    def __init__(self, *, item: Any, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 3, "class": "is-short"}), **kwargs)
        self.item = item

    def clean(self, value: Any) -> list[Any]:
        lines = [line.strip() for line in super().clean(value).splitlines() if line.strip()]
        if len(lines) > MAX_ITEMS:
            raise forms.ValidationError(f"At most {MAX_ITEMS:,} lines.")
        values = []
        for number, line in enumerate(lines, 1):
            try:
                values.append(self.item.clean(line))
            except forms.ValidationError as error:
                raise forms.ValidationError(f"Line {number}: {error.messages[0]}") from None
        return values

    def as_json(self, value: list[Any]) -> str:
        return f"[{', '.join(map(self.item.as_json, value))}]" if value else ""


FIELDS: dict[str, Callable[..., Any]] = {
    "int": lambda **options: _IntField(
        pattern=WHOLE_NUMBER, sentence="Enter a whole number.", **options
    ),
    "whole number": lambda **options: _NumberField(
        pattern=WHOLE_NUMBER, sentence="Enter a whole number.", **options
    ),
    "number": lambda **options: _NumberField(
        pattern=NUMBER, sentence="Enter a number like 12.5.", **options
    ),
    "yes or no": lambda **options: _ChoiceField(
        quoted=False, choices=[("", "–"), ("true", "Yes"), ("false", "No")], **options
    ),
    "date": _DateField,
    "moment": lambda **options: _MomentField(zoned=True, **options),
    "local moment": lambda **options: _MomentField(zoned=False, **options),
    "uuid": _UuidField,
    "json": _JsonField,
    "text": _TextField,
}


def _field(parameter: Parameter, raw: str, known: KnownTypes) -> Any:
    """The field of a variable. `raw`: its saved value as JSON."""
    kind, enum = _kind(parameter, raw, known), known.enums.get(parameter.type_name)
    hint = _hint(parameter, raw)
    options: dict[str, Any] = {
        "required": parameter.is_required and raw not in EMPTY,
        "label": parameter.label,
        "help_text": hint,
        "error_messages": {"required": "Required."},
    }
    if parameter.depth == 1 and enum:
        chosen = _lines(raw).splitlines()
        return _ManyField(choices=_choices(enum, *chosen), initial=chosen, **options)
    if parameter.depth == 1 and kind != "json":
        options["help_text"] = f"One per line. {hint}".strip()
        item = FIELDS[kind](required=False)
        return _LinesField(item=item, initial=_lines(raw), **options)
    shown = "" if raw == "null" else raw or _default(parameter)
    initial = options["initial"] = _initial(kind, shown)
    if enum and kind != "json":
        choices = [("", "–"), *_choices(enum, *filter(None, [initial]))]
        return _ChoiceField(quoted=True, choices=choices, **options)
    if kind in ("moment", "local moment"):
        options["help_text"] = f"UTC. {hint}".strip()
    if kind == "text" and "\n" in str(initial):  # a line alone would lose its breaks
        options["widget"] = forms.Textarea(attrs={"rows": 3, "class": "is-short"})
    return FIELDS[kind](**options)


def _choices(enum: Iterable[str], *saved: str) -> list[tuple[str, str]]:
    """The values to choose from; what was saved is one, also where the schema has it no more."""
    return [(value, value) for value in dict.fromkeys([*enum, *saved])]


def _hint(parameter: Parameter, raw: str) -> str:
    """What counts where the field is left empty."""
    default = parameter.default.default_value
    if default is None or isinstance(default, NullValueNode) or raw in EMPTY:
        return ""
    if isinstance(default, BooleanValueNode):
        return f"If empty: {'yes' if default.value else 'no'}."
    text = default.value if isinstance(default, StringValueNode) else print_ast(default)
    return f"If empty: {escape_hidden(shortened(text, MAX_HINT))}."


def _as_drawn(field: Any) -> str | None:
    """What a field writes that is sent as it was drawn; None where that is refused."""
    drawn = field.prepare_value(field.initial)
    if isinstance(field.widget, forms.widgets.Input | forms.Textarea):
        drawn = field.widget.format_value(drawn)
    try:
        written: str = field.as_json(field.clean(drawn))
    except forms.ValidationError:
        return None
    return written


def _kind(parameter: Parameter, raw: str, known: KnownTypes) -> str:
    """An unknown type is an enum or a scalar that is written as a text, or an input object."""
    name = parameter.type_name
    if parameter.depth > 1 or name in known.inputs:
        return "json"
    if name in known.enums:
        return "text"
    if name in KINDS:
        kind, shown = KINDS[name], raw if raw not in EMPTY else ""
        is_one = not parameter.depth and kind in ("date", "moment", "local moment")
        # PostgreSQL also takes "yesterday", which no date field can show.
        return "text" if is_one and shown and _initial(kind, shown) is None else kind
    is_object = raw.startswith("[{" if parameter.depth else "{") or name.endswith(LIKE_INPUTS)
    return "json" if is_object or NUMBER.fullmatch(raw) else "text"


def _initial(kind: str, raw: str) -> Any:
    """What a field begins with, for a value as JSON."""
    if not raw or kind == "json":
        return raw
    text = json.loads(raw) if raw.startswith('"') else raw
    if kind == "date":
        return _parsed(parse_date, text)
    if kind in ("moment", "local moment"):
        moment = _parsed(parse_datetime, text)
        is_aware = moment is not None and moment.tzinfo
        return moment.astimezone(UTC).replace(tzinfo=None) if is_aware else moment
    return text


def _parsed(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except ValueError:
        return None


def _lines(raw: str) -> str:
    try:
        items = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.DecodeError:
        return ""
    texts = (bytes(item).decode() for item in items)
    return "\n".join(json.loads(text) if text.startswith('"') else text for text in texts)


def _default(parameter: Parameter) -> str:
    """The operation's own default as JSON; empty where it has no plain one."""
    value = parameter.default.default_value
    if isinstance(value, StringValueNode | EnumValueNode):
        return json.dumps(value.value)
    if isinstance(value, BooleanValueNode):
        return "true" if value.value else "false"
    if isinstance(value, IntValueNode | FloatValueNode):
        return value.value
    return ""


def _values_in(variables: str) -> dict[str, str]:
    """Each variable's value as it was typed; none where they are no JSON object."""
    try:
        values = msgspec.json.decode(variables, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return {}
    return {name: bytes(raw).decode() for name, raw in values.items()}


def _parameter(definition: VariableDefinitionNode) -> Parameter:
    kind: TypeNode = definition.type
    default = definition.default_value
    is_required = isinstance(kind, NonNullTypeNode) and (
        default is None or isinstance(default, NullValueNode)
    )
    depth = 0
    while not isinstance(kind, NamedTypeNode):
        depth += isinstance(kind, ListTypeNode)
        kind = kind.type  # type: ignore[attr-defined]
    return Parameter(
        name=definition.variable.name.value,
        type_name=kind.name.value,
        depth=depth,
        is_required=is_required,
        default=definition,
    )
