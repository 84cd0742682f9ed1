"""The fields of one account as its page shows them: JSON, digit for digit as it came."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from django.utils.safestring import SafeString

from console.accounts.lists.columns import NULL as NULL_CELL
from console.accounts.lists.columns import told
from console.upstream.dpaas import Fields
from console.upstream.field_values import flag_of, moment_of, text_of
from console.upstream.json_text import escape_hidden, value_in
from console.web.templatetags.ui import full_text, identifier, moment_and_age

LABELS = {
    "id": "ID",
    "name": "Name",
    "organization_id": "Organization ID",
    "is_default": "Default account",
    "is_active": "Active",
    "created_at": "Created",
    "updated_at": "Updated",
    "metadata": "Metadata",
}
FLAGS, MOMENTS, IDS = (
    ("is_default", "is_active"),
    ("created_at", "updated_at"),
    ("id", "organization_id"),
)
NULL = b"null"


@dataclass(frozen=True, slots=True)
class ShownField:
    """`html`: its value, or empty where it is shown as a block of JSON, `json`."""

    name: str
    label: str
    html: SafeString | str = ""
    json: str = ""
    is_known: bool = True


def shown_fields(fields: Fields) -> list[ShownField]:
    """Those that the console knows first, then the others, in their order."""
    known = [name for name in LABELS if name in fields]
    return [_shown(name, fields) for name in (*known, *(n for n in fields if n not in LABELS))]


def value_of(fields: Mapping[str, msgspec.Raw], name: str) -> object:
    """A field as Python's value; None where it is null or was not told."""
    raw = fields.get(name)
    return None if raw is None else value_in(raw)


def formatted(raw: msgspec.Raw | bytes) -> str:
    """JSON, indented; hidden characters as escapes, which are the same JSON."""
    return escape_hidden(msgspec.json.format(bytes(raw), indent=2).decode())


def _shown(name: str, fields: Fields) -> ShownField:
    label, is_known, raw = LABELS.get(name, name), name in LABELS, bytes(fields[name])
    if raw[:1] in (b"{", b"["):
        return ShownField(name, label, json=formatted(raw), is_known=is_known)
    value = {name: value_of(fields, name)}
    if name in FLAGS:
        html = told(flag_of(value, name), lambda flag: "Yes" if flag else "No")
    elif name in MOMENTS:
        html = told(moment_of(value, name), moment_and_age)
    elif name in IDS:
        html = told(text_of(value, name), identifier)
    elif isinstance(value[name], str):
        html = told(text_of(value, name), full_text)
    else:
        html = NULL_CELL if value[name] is None else full_text(raw.decode())
    return ShownField(name, label, html, is_known=is_known)


def updated_at(fields: Fields) -> str:
    """When DPaaS says that it was changed last, as it came: to tell whether it changed since."""
    return bytes(fields.get("updated_at", NULL)).decode()
