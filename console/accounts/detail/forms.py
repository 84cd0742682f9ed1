"""The form of a change: what is typed for it, and the account as it was when it was opened."""

import uuid
from typing import Any

import msgspec
from django import forms
from django.core.validators import MaxLengthValidator

from console.accounts.detail.fields import formatted, value_of
from console.accounts.detail.operations import Operation
from console.accounts.forms import MAX_NAME_LENGTH, NAME_TOO_LONG, NO_NAME, is_blank
from console.profiles.typed_name import TypedNameForm
from console.upstream.dpaas import Fields
from console.upstream.dpaas_records import DELETIONS
from console.upstream.json_text import flaw_to_send

MAX_METADATA = 200_000  # bytes
NOT_JSON = "Line {line}, column {column}: {reason}."
NO_OBJECT = 'This is not a JSON object. Write one like {"team": "billing"}.'
NOTHING_NEW = "This is as it was. Change it, or cancel."


class ChangeForm(TypedNameForm):
    """`change` is a new id for each form, so that two clicks send one change. `seen` holds the
    fields of the account that the form was opened with, as JSON."""

    name = forms.CharField(
        label="New name",
        validators=[MaxLengthValidator(MAX_NAME_LENGTH, NAME_TOO_LONG)],
        error_messages={"required": NO_NAME},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    metadata = forms.CharField(
        strip=False,
        help_text="A JSON object. It replaces the whole metadata.",
        error_messages={"required": NO_OBJECT},
        widget=forms.Textarea(attrs={"rows": 12, "class": "mono", "spellcheck": "false"}),
    )
    change = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    field_order = ("name", "metadata")

    def __init__(self, operation: Operation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("name", "metadata"):
            if name not in operation.typed:
                del self.fields[name]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if is_blank(name):
            raise forms.ValidationError(NO_NAME)
        return name

    def clean_metadata(self) -> str:
        text: str = self.cleaned_data["metadata"]
        body = text.encode(errors="replace")
        if len(body) > MAX_METADATA:
            raise forms.ValidationError(f"This is too long: at most {MAX_METADATA // 1000} kB.")
        if flaw := flaw_to_send(body):
            raise forms.ValidationError(
                NOT_JSON.format(line=flaw.line, column=flaw.column, reason=flaw.reason)
            )
        if not body.lstrip().startswith(b"{"):
            raise forms.ValidationError(NO_OBJECT)
        return text

    def clean_change(self) -> uuid.UUID:
        return self.cleaned_data["change"] or uuid.uuid4()

    def clean_seen(self) -> Fields:
        return _fields_in(self.cleaned_data["seen"])

    @property
    def opened_fields(self) -> Fields:
        """The account that the form was opened with, also of a form that was not checked."""
        return _fields_in(str((self.data if self.is_bound else self.initial).get("seen", "")))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen: Fields = cleaned.get("seen", {})
        if "name" in cleaned and cleaned["name"] == value_of(seen, "name"):
            self.add_error("name", NOTHING_NEW)
        return cleaned

    def renew(self, fields: Fields | None = None) -> None:
        """Give the form a new id, and the account as it is now: what it was sent with changed
        nothing."""
        typed = {name: self.data[name] for name in self.data}
        typed["change"] = str(uuid.uuid4())
        if fields is not None:
            typed["seen"] = seen_text(fields)
        self.data = typed


def opened_form(operation: Operation, fields: Fields, *, name_to_type: str) -> ChangeForm:
    """The form as it is opened: with what DPaaS shows now."""
    name = value_of(fields, "name")
    metadata = fields.get("metadata")
    initial = {
        "name": name if isinstance(name, str) else "",
        "metadata": formatted(metadata) if metadata and bytes(metadata) != b"null" else "{}",
        "change": uuid.uuid4(),
        "seen": seen_text(fields),
    }
    return ChangeForm(operation, initial=initial, name_to_type=name_to_type)


def _fields_in(text: str) -> Fields:
    try:
        return msgspec.json.decode(text.encode(), type=Fields)
    except (msgspec.DecodeError, UnicodeError):
        return {}


def seen_text(fields: Fields) -> str:
    """What a form has to carry of the account: not its unknown fields."""
    kept = ("name", "is_default", "is_active", "metadata", "updated_at", *DELETIONS)
    return msgspec.json.encode({key: fields[key] for key in kept if key in fields}).decode()
