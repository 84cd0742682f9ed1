"""The forms of a credential profile, one for each kind. Their fields have the upstreams' names,
but for the two that a password manager would take for the console's own sign-in."""

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.conf import settings

from console.profiles.editing.versions import (
    STORED_AT,
    Version,
    changed_fields,
    read_version,
    signed_version,
    version_of,
)
from console.profiles.models import CredentialProfile
from console.upstream.errors import (
    AddressRefused,
    CertificateRefused,
    ConnectFailed,
    CredentialRefused,
    HostUnknown,
    Redirected,
    TargetRefused,
    UpstreamError,
)
from console.upstream.network.origins import AllowedOrigins
from console.upstream.systems import System
from console.upstream.tokens import TokenSet
from console.vault.secret import Secret

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[CredentialProfile]
else:
    ModelForm = forms.ModelForm  # Django's own is not generic at run time

MAX_SECRET_LENGTH = 4096
ADDRESS_FIELDS = ("auth_url", "graphql_url", "base_url")
ADDRESS_ERRORS = (AddressRefused, HostUnknown, ConnectFailed, CertificateRefused, Redirected)
PENDING = "Kept from your last attempt. Leave empty to use it."
MOVED = "You changed the server. Enter the {label} again."
NOT_KEPT = "What you typed here is no longer stored. Enter it again."
EDITED = (
    "This profile was edited after you opened this form, so nothing was saved: {changes}. "
    "What you typed is still here. Save again to replace what is stored."
)
DELETED = (
    "This profile was deleted after you opened this form, so nothing was saved. What you typed is "
    "still here. Save again to add it as a new profile."
)
NO_VERSION = (
    "Nothing was saved, because this form does not say which version of the profile it was opened "
    "with. What you typed is still here. Save again to replace what is stored."
)
# Chromium fills the console's own password into any other <input type="password">, whatever its
# autocomplete says; a one-time code it leaves alone. The data attributes are for 1Password,
# LastPass and Bitwarden.
NOT_A_SIGN_IN = {
    "spellcheck": "false",
    "autocapitalize": "off",
    "data-1p-ignore": "",
    "data-lpignore": "true",
    "data-bwignore": "",
}


def without_blanks_around(text: str) -> str:
    """`text` without what one cannot see at its ends: blanks, tabs, U+00A0, U+200B, a BOM."""
    unseen = {letter for letter in text if unicodedata.category(letter)[0] in "ZC"}
    return text.strip("".join(unseen))


class UpstreamURLField(forms.CharField):
    """An address on one of the origins that the settings allow."""

    widget = forms.URLInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=300, **kwargs)

    def clean(self, value: Any) -> str:
        url = cast(str, super().clean(value)).rstrip("/")
        try:
            AllowedOrigins(
                settings.UPSTREAM_ORIGINS, internal=settings.UPSTREAM_INTERNAL_ORIGINS
            ).check(url)
        except TargetRefused as refused:
            reason = refused.reason[:1].upper() + refused.reason[1:]
            raise forms.ValidationError(f"{reason.rstrip('.')}.") from None
        if "?" in url:
            raise forms.ValidationError("Remove the question mark and everything after it.")
        return url


class UpstreamEmailField(forms.CharField):
    """An e-mail address that the upstream may know: whether it does, only its sign-in tells."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {**NOT_A_SIGN_IN, "autocomplete": "off", "inputmode": "email"}
        super().__init__(max_length=254, widget=forms.TextInput(attrs=attrs), **kwargs)

    def to_python(self, value: Any) -> str:
        return without_blanks_around(cast(str, super().to_python(value)))

    def validate(self, value: Any) -> None:
        super().validate(value)
        name, at, host = value.rpartition("@")
        is_quoted = len(name) > 1 and name.startswith('"') and name.endswith('"')
        unseen = any(unicodedata.category(letter)[0] in "ZC" for letter in value)
        if not (name and at and host) or ("@" in name and not is_quoted) or unseen:
            raise forms.ValidationError("Enter an email address, such as ops@example.com.")


class SecretField(forms.CharField):
    """Write-only: what was typed is never rendered again. A password is taken exactly as typed."""

    stored_since = None  # shown by the template: an empty field keeps the secret stored then

    def __init__(self, **kwargs: Any) -> None:
        attrs = {**NOT_A_SIGN_IN, "autocomplete": "one-time-code"}
        super().__init__(
            strip=False,
            max_length=MAX_SECRET_LENGTH,
            widget=forms.PasswordInput(attrs=attrs),
            **kwargs,
        )


class TokenField(SecretField):
    """A token is pasted, often with a blank that nobody sees."""

    def to_python(self, value: Any) -> str:
        return without_blanks_around(cast(str, super().to_python(value)))


class ProfileForm(ModelForm):
    """What both kinds share.

    `opened_with` is the profile as the form first showed it, signed: two tabs notice each other.
    `pending_id` names the secret that was typed into this form last time (pending_secret.py).
    """

    kind: System
    secret_name: str
    sign_in_address: str  # the name of the field

    opened_with = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = CredentialProfile
        fields = ["name"]
        help_texts: ClassVar = {
            "environment": "Production is marked on every screen, and changes require typing the "
            "target's name.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.kind = self.kind
        self.fields["read_only"].help_text = f"This profile can't {self.instance.writes}."
        # A client that sends no environment keeps what is set.
        self.fields["environment"].required = not self.is_bound or "environment" in self.data
        self.pending_id = self.data.get("pending", "") if self.is_bound else ""
        stored = self.instance.is_stored
        self.stored_origins = self.instance.origins if stored else None
        self.has_addresses = False  # so that it is known for which servers the secret was typed
        if stored:
            self.initial.setdefault("opened_with", signed_version(self.instance))
            self.secret_field.stored_since = self.instance.credential_changed_at
        self.secret_field.required = not stored and not self.pending_id

    @property
    def secret_field(self) -> Any:
        return self.fields[self.secret_name]

    @property
    def typed_secret(self) -> Secret | None:
        """What was typed into the secret field, even if the form is invalid."""
        typed = self.data.get(self.secret_name, "") if self.is_bound else ""
        typed = self.secret_field.to_python(typed)
        return Secret(typed) if 0 < len(typed) <= MAX_SECRET_LENGTH else None

    @property
    def opened_version(self) -> Version | None:
        """What the form showed when it was opened. None: it does not say.

        Empty where that was nothing: the form of a new profile, which has been saved meanwhile.
        """
        seen = read_version(self.data.get("opened_with", ""), self.instance.pk)
        return {} if seen is None and "profile" in self.data else seen

    @property
    def has_moved(self) -> bool:
        """Whether a valid form leads to another server than the one the stored secret is for."""
        return self.stored_origins is not None and self.stored_origins != self.instance.origins

    def show_pending(self, pending_id: str) -> None:
        """Say that the secret waits; the form carries its id, and not the secret."""
        self.pending_id = pending_id
        self.secret_field.stored_since = None
        self.secret_field.required = False
        self[self.secret_name].help_text = PENDING

    def ask_for_secret(self, sentence: str) -> None:
        """Add an error to the secret field, which may not be left empty any more."""
        self.pending_id = ""
        self.secret_field.stored_since = None
        self.secret_field.required = True
        label = self.secret_field.label
        self.add_error(self.secret_name, sentence.format(label=label[0].lower() + label[1:]))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.has_addresses = all(name in cleaned for name in ADDRESS_FIELDS if name in self.fields)
        return cleaned

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same_name = CredentialProfile.objects.filter(
            owner_id=self.instance.owner_id, kind=self.kind, name=name
        )
        if same_name.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("You already have a profile with this name.")
        return name

    def add_check_failure(self, error: UpstreamError) -> None:
        """Add the failure of the check to the field that it concerns, or to the whole form."""
        field = self.secret_name if isinstance(error, CredentialRefused) else None
        if isinstance(error, ADDRESS_ERRORS):
            field = self.sign_in_address
        self.add_error(field, error.sentence)

    def add_edited_meanwhile(self, stored: CredentialProfile | None) -> None:
        """Say what was saved meanwhile. The form has seen it now, and may replace it."""
        if stored is None:
            self.add_deleted()
            return
        changes = "; ".join(self._changes(stored)) or "it was saved again"
        self.add_error(None, EDITED.format(changes=changes))
        self._carry(signed_version(stored))
        self.stored_origins = stored.origins

    def add_deleted(self) -> None:
        """Say that the profile is gone. The form is that of a new one, which has seen nothing."""
        self.add_error(None, DELETED)
        self._carry("")

    def add_no_version(self) -> None:
        """Say that nothing was saved, as nobody knows what was seen. Now the stored one is."""
        self.add_error(None, NO_VERSION)
        self._carry(self.initial["opened_with"])

    def _carry(self, signed: str) -> None:
        typed = {name: self.data[name] for name in self.data}
        self.data = typed | {"opened_with": signed}

    def _changes(self, stored: CredentialProfile) -> list[str]:
        """What `stored` holds and this form has not shown."""
        now, changed = version_of(stored), changed_fields(stored, self.opened_version or {})
        shown = [name for name in changed if now[name] or name == "read_only"]
        return [_change(self._label(name), name, now[name]) for name in shown]

    def _label(self, name: str) -> str:
        fields: Mapping[str, Any] = {**self.fields, STORED_AT: self.secret_field}
        field = fields.get(name) or fields.get(f"dpaas_{name}")
        return (field and field.label) or name.replace("_", " ").capitalize()

    def allows_role(self, tokens: TokenSet) -> bool:
        """Whether the checked token allows the role that was typed. If not, adds an error."""
        role = self.cleaned_data.get("role", "")
        roles = tokens.identity.roles if tokens.identity else ()
        if not role or not roles or role in roles:
            return True
        allowed = ", ".join(roles)
        self.add_error("role", f"The token does not allow this role. Allowed roles: {allowed}.")
        return False


def _change(label: str, name: str, value: Any) -> str:
    if name == STORED_AT:
        return f"{label} was replaced"
    shown = ("on" if value else "off") if isinstance(value, bool) else f"“{value}”"
    return f"{label} is now {shown}"


class DxtraProfileForm(ProfileForm):
    kind = System.DXTRA
    secret_name = "personal_access_token"  # noqa: S105
    sign_in_address = "auth_url"

    name = forms.CharField(
        max_length=80, help_text="Only you can see it, for example “Dxtra production”."
    )
    auth_url = UpstreamURLField(
        label="Auth URL", help_text="The address that issues tokens, ending in /v1."
    )
    graphql_url = UpstreamURLField(label="GraphQL URL", help_text="The full address.")
    personal_access_token = TokenField(label="Personal access token")
    role = forms.CharField(
        max_length=100,
        required=False,
        help_text="One of the token's allowed roles. Leave empty for its default role.",
    )

    class Meta(ProfileForm.Meta):
        fields = ["name", "environment", "read_only", "auth_url", "graphql_url", "role"]

    field_order = [
        *("name", "auth_url", "graphql_url", "personal_access_token", "role"),
        *("environment", "read_only"),
    ]

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if not role.isascii() or not role.isprintable():
            raise forms.ValidationError(
                "A role name may only contain ASCII letters, digits and signs."
            )
        return role


class DpaasProfileForm(ProfileForm):
    kind = System.DPAAS
    secret_name = "dpaas_secret"  # noqa: S105
    sign_in_address = "base_url"

    name = forms.CharField(
        max_length=80, help_text="Only you can see it, for example “DPaaS production”."
    )
    base_url = UpstreamURLField(label="Base URL", help_text="The address before /accounts.")
    dpaas_email = UpstreamEmailField(label="Email", help_text="The DPaaS user's email address.")
    dpaas_secret = SecretField(label="Password")
    organization_slug = forms.CharField(
        max_length=100,
        label="Organization slug",
        help_text="The organization's short name, for example “myorg”.",
    )

    class Meta(ProfileForm.Meta):
        fields = ["name", "environment", "read_only", "base_url", "organization_slug"]

    field_order = [
        *("name", "base_url", "dpaas_email", "dpaas_secret", "organization_slug"),
        *("environment", "read_only"),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("dpaas_email", self.instance.email)

    def clean_dpaas_email(self) -> str:
        self.instance.email = self.cleaned_data["dpaas_email"]
        return self.instance.email


FORMS: dict[str, type[ProfileForm]] = {
    System.DXTRA: DxtraProfileForm,
    System.DPAAS: DpaasProfileForm,
}


def initial_addresses(kind: str) -> dict[str, str]:
    """The initial values in the form of a new profile."""
    if kind == System.DXTRA:
        return {"auth_url": settings.DXTRA_AUTH_URL, "graphql_url": settings.DXTRA_GRAPHQL_URL}
    return {"base_url": settings.DPAAS_BASE_URL}
