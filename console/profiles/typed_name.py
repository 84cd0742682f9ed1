"""The fields by which a teammate confirms a write in production (console/profiles/guard.py)."""

from typing import Any

from django import forms
from django.utils.html import format_html

NOT_TYPED = "Nothing was sent. Type the name shown above."
ATTRIBUTES = {
    "autocomplete": "off",
    "autocapitalize": "off",
    "autocorrect": "off",
    "spellcheck": "false",
    "class": "mono",
}


class TypedNameForm(forms.Form):
    """Asks for `name_to_type`, as guard.name_to_type() gives it; for nothing where that is empty.

    Whether the right name was typed is the guard's to say. Where the fields stand outside of the
    HTML form that sends them, `belongs_to` is its id, and `enter_presses` that of the button.
    """

    typed_name = forms.CharField(
        required=True,
        widget=forms.TextInput(attrs=ATTRIBUTES),
        error_messages={"required": NOT_TYPED},
    )
    unlock = forms.BooleanField(required=False, label="Don't ask again for 10 minutes")

    def __init__(
        self,
        *args: Any,
        name_to_type: str = "",
        belongs_to: str = "",
        enter_presses: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if not name_to_type:
            del self.fields["typed_name"], self.fields["unlock"]
            return
        self.fields["typed_name"].label = format_html(
            "Type <b><bdi>{}</bdi></b> to confirm", name_to_type
        )
        if belongs_to:
            for name in ("typed_name", "unlock"):
                self.fields[name].widget.attrs["form"] = belongs_to
            attrs = {"autofocus": True, "data-enter-presses": enter_presses}
            self.fields["typed_name"].widget.attrs.update(attrs)

    def leave_out_name(self) -> None:
        """Ask for nothing: nothing is sent with the form yet."""
        for name in ("typed_name", "unlock"):
            self.fields.pop(name, None)

    def add_refusal(self, sentence: str) -> None:
        """Show beside the field why nothing was sent."""
        if not self.has_error("typed_name"):
            self.add_error("typed_name" if "typed_name" in self.fields else None, sentence)
