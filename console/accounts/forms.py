"""The form of a new account, and how the details of a 422 become errors on its fields."""

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator

from console.profiles.typed_name import TypedNameForm

NO_NAME = "Enter a name."
MAX_NAME_LENGTH = 255  # characters; DPaaS documents no limit, and may refuse less
NAME_TOO_LONG = "Use at most %(limit_value)d characters. This name has %(show_value)d."


class AccountForm(TypedNameForm):
    """`submission` is a new id for each form, so that two clicks on one form create one account."""

    # A validator: with `max_length` the browser would cut what is pasted, without a word.
    name = forms.CharField(
        help_text="As it should appear in DPaaS.",
        validators=[MaxLengthValidator(MAX_NAME_LENGTH, NAME_TOO_LONG)],
        error_messages={"required": NO_NAME},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    is_default = forms.BooleanField(
        required=False,
        label="Default account",
        help_text="Replaces the organization's current default account.",
    )
    submission = forms.UUIDField(required=False, widget=forms.HiddenInput)

    field_order = ("name", "is_default")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if is_blank(name):
            raise forms.ValidationError(NO_NAME)
        return name

    def clean_submission(self) -> uuid.UUID:
        """A client without the field gets an id here; nothing then guards it against doubles."""
        return self.cleaned_data["submission"] or uuid.uuid4()

    def renew_submission(self) -> None:
        """Give the form a new submission id: the one that it was sent with created nothing."""
        typed = {name: self.data[name] for name in self.data}
        self.data = typed | {"submission": str(uuid.uuid4())}


def is_blank(name: str) -> bool:
    """Whether there is nothing to see: Z are blanks, C characters without a shape."""
    return all(unicodedata.category(letter)[0] in "ZC" for letter in name)


def fresh_values(values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The initial values of a form: `values`, and a submission id."""
    given = {name: values[name] for name in values} if values else {}
    return {"submission": uuid.uuid4(), **given}


def add_upstream_errors(form: forms.Form, details: Mapping[str, Sequence[str]]) -> None:
    """Add the `details` of a refusal to their fields; those of other fields to the form, by name.

    A place such as "account.name", "rows.0.name" or "isDefault" belongs to the innermost of its
    names that is a field of the form.
    """
    visible = {_bare(field.name): field.name for field in form.visible_fields()}
    for place, messages in details.items():
        parts = place.split(".")
        at = next((n for n in reversed(range(len(parts))) if _bare(parts[n]) in visible), None)
        field = None if at is None else visible[_bare(parts[at])]
        rest = place if at is None else ".".join(parts[at + 1 :])
        for message in messages:
            form.add_error(field, f"{rest}: {message}" if rest else message)


def _bare(name: str) -> str:
    """A name however it is cased: is_default, isDefault, IsDefault, is-default."""
    return name.replace("_", "").replace("-", "").lower()
