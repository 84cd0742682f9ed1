"""The form of a new account, and how the details of a 422 become errors on its fields."""

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

NO_NAME = "Give the account a name."


class AccountForm(forms.Form):
    """`submission` is a new id for each form, so that two clicks on one form create one account."""

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
        # Z: blanks; C: characters without a shape, such as a zero-width space.
        if all(unicodedata.category(letter)[0] in "ZC" for letter in name):
            raise forms.ValidationError(NO_NAME)
        return name

    def clean_submission(self) -> uuid.UUID:
        """A client without the field gets an id here; nothing then guards it against doubles."""
        return self.cleaned_data["submission"] or uuid.uuid4()

    def renew_submission(self) -> None:
        """Give the form a new submission id: the one that it was sent with created nothing."""
        typed = {name: self.data[name] for name in self.data}
        self.data = typed | {"submission": str(uuid.uuid4())}


def fresh_values(values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The initial values of a form: `values`, and a submission id."""
    given = {name: values[name] for name in values} if values else {}
    return {"submission": uuid.uuid4(), **given}


def add_upstream_errors(form: forms.Form, details: Mapping[str, Sequence[str]]) -> None:
    """Add the `details` of a 422 to their fields; those of unknown fields to the form, by name."""
    visible = {field.name for field in form.visible_fields()}
    for name, messages in details.items():
        for message in messages:
            if name in visible:
                form.add_error(name, message)
            else:
                form.add_error(None, f"{name}: {message}" if name else message)
