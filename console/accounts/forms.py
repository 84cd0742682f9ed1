"""The form of a new account, and the one place where a 422 becomes errors on its fields."""

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

NO_NAME = "Give the account a name."


class AccountForm(forms.Form):
    """`submission` is drawn anew with each form, and makes one of two clicks."""

    name = forms.CharField(
        help_text="As it should appear in DPaaS, in any script.",
        error_messages={"required": NO_NAME},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    is_default = forms.BooleanField(
        required=False,
        label="Default account",
        help_text="It replaces the organization's current default account.",
    )
    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        # Z: blanks; C: what has no shape at all, such as a zero-width space.
        if all(unicodedata.category(letter)[0] in "ZC" for letter in name):
            raise forms.ValidationError(NO_NAME)
        return name

    def clean_submission(self) -> uuid.UUID:
        """A client without the field gets an id here, and has to see to doubles itself."""
        return self.cleaned_data["submission"] or uuid.uuid4()

    def may_be_sent_again(self) -> None:
        """Draw a fresh submission: nothing was created by the one that was typed."""
        typed = {name: self.data[name] for name in self.data}
        self.data = typed | {"submission": str(uuid.uuid4())}


def fresh_values(values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What a form starts with: `values`, and a submission id."""
    given = {name: values[name] for name in values} if values else {}
    return {"submission": uuid.uuid4(), **given}


def add_upstream_errors(form: forms.Form, details: Mapping[str, Sequence[str]]) -> None:
    """Put the `details` of a 422 on their fields; those of unknown fields at the top, by name."""
    visible = {field.name for field in form.visible_fields()}
    for name, messages in details.items():
        for message in messages:
            if name in visible:
                form.add_error(name, message)
            else:
                form.add_error(None, f"{name}: {message}" if name else message)
