"""The console's own sign-in, and changing one's password."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.core import context
from django.core.exceptions import ValidationError

from console.team.models import User

LABELS = {
    "oldpassword": "Current password",
    "password1": "New password",
    "password2": "New password, again",
}
WRONG = "This is not your current password."


class ChangePasswordForm(AllauthChangePasswordForm):
    """allauth's, whose current password is throttled as at signing in.

    Otherwise an open session that somebody left would let its finder guess the password.
    """

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            self.fields[name].label = label

    def clean_oldpassword(self) -> str:
        password: str = self.cleaned_data["oldpassword"]
        adapter, email = get_adapter(), self.user.email
        if adapter.authenticate(context.request, email=email, password=password) != self.user:
            raise ValidationError(WRONG)
        return password


class LoginForm(AllauthLoginForm):
    """allauth's. Password managers are told which field is the user name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"
