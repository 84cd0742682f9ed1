"""The forms of a credential profile, one for each kind. Their fields have the upstreams' names."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings

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
ADDRESS_ERRORS = (AddressRefused, HostUnknown, ConnectFailed, CertificateRefused, Redirected)
PENDING = "Kept from your last try. Leave it empty to use that."


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
            raise forms.ValidationError("Leave out the question mark and what follows it.")
        return url


class SecretField(forms.CharField):
    """Write-only: what was typed is never rendered again."""

    widget = forms.PasswordInput
    stored_since = None  # shown by the template: an empty field keeps the secret stored then

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            strip=False,
            max_length=MAX_SECRET_LENGTH,
            widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            **kwargs,
        )


class ProfileForm(ModelForm):
    """What both kinds share. `pending_secret` was typed last time, and failed its check."""

    kind: System
    secret_name: str
    sign_in_address: str  # the name of the field

    class Meta:
        model = CredentialProfile
        fields = ["name"]

    def __init__(self, *args: Any, pending_secret: Secret | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pending_secret = pending_secret
        self.instance.kind = self.kind
        secret = self.fields[self.secret_name]
        secret.required = self.instance._state.adding and pending_secret is None
        if pending_secret is not None:
            self.show_secret_is_pending()
        elif not self.instance._state.adding:
            secret.stored_since = self.instance.credential_changed_at  # type: ignore[attr-defined]

    @property
    def typed_secret(self) -> Secret | None:
        """What was typed into the secret field, even if the form is invalid."""
        typed = self.data.get(self.secret_name, "") if self.is_bound else ""
        return Secret(typed) if 0 < len(typed) <= MAX_SECRET_LENGTH else None

    @property
    def secret(self) -> Secret | None:
        """The secret to use; None: keep the stored one."""
        return self.typed_secret or self.pending_secret

    def show_secret_is_pending(self) -> None:
        self.fields[self.secret_name].stored_since = None  # type: ignore[attr-defined]
        self[self.secret_name].help_text = PENDING

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        same_name = CredentialProfile.objects.filter(
            owner_id=self.instance.owner_id, kind=self.kind, name=name
        )
        if same_name.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("You have a profile of this name already.")
        return name

    def add_check_failure(self, error: UpstreamError) -> None:
        """Add the failure of the check to the field that it concerns, or to the whole form."""
        field = self.secret_name if isinstance(error, CredentialRefused) else None
        if isinstance(error, ADDRESS_ERRORS):
            field = self.sign_in_address
        self.add_error(field, error.sentence)

    def allows_role(self, tokens: TokenSet) -> bool:
        """Whether the checked token allows the role that was typed. If not, adds an error."""
        role = self.cleaned_data.get("role", "")
        roles = tokens.identity.roles if tokens.identity else ()
        if not role or not roles or role in roles:
            return True
        allowed = ", ".join(roles)
        self.add_error("role", f"The token does not allow this role. It allows: {allowed}.")
        return False


class DxtraProfileForm(ProfileForm):
    kind = System.DXTRA
    secret_name = "personal_access_token"  # noqa: S105
    sign_in_address = "auth_url"

    name = forms.CharField(max_length=80, help_text="For yourself: “Dxtra production”, say.")
    auth_url = UpstreamURLField(
        label="Auth URL", help_text="Where tokens come from, up to and including /v1."
    )
    graphql_url = UpstreamURLField(label="GraphQL URL", help_text="The whole address.")
    personal_access_token = SecretField(label="Personal access token")
    role = forms.CharField(
        max_length=100,
        required=False,
        help_text="One of the token's allowed roles. Empty: its default role.",
    )

    class Meta(ProfileForm.Meta):
        fields = ["name", "auth_url", "graphql_url", "role"]

    field_order = ["name", "auth_url", "graphql_url", "personal_access_token", "role"]

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if not role.isascii() or not role.isprintable():
            raise forms.ValidationError("A role's name has plain letters, digits and signs only.")
        return role


class DpaasProfileForm(ProfileForm):
    kind = System.DPAAS
    secret_name = "password"  # noqa: S105
    sign_in_address = "base_url"

    name = forms.CharField(max_length=80, help_text="For yourself: “DPaaS production”, say.")
    base_url = UpstreamURLField(label="Base URL", help_text="What stands before /accounts.")
    email = forms.EmailField(label="Email", help_text="Of the user at DPaaS.")
    password = SecretField(label="Password")
    organization_slug = forms.CharField(
        max_length=100, label="Organization slug", help_text="The short name, as in “myorg”."
    )

    class Meta(ProfileForm.Meta):
        fields = ["name", "base_url", "email", "organization_slug"]

    field_order = ["name", "base_url", "email", "password", "organization_slug"]


FORMS: dict[str, type[ProfileForm]] = {
    System.DXTRA: DxtraProfileForm,
    System.DPAAS: DpaasProfileForm,
}


def initial_addresses(kind: str) -> dict[str, str]:
    """The initial values in the form of a new profile."""
    if kind == System.DXTRA:
        return {"auth_url": settings.DXTRA_AUTH_URL, "graphql_url": settings.DXTRA_GRAPHQL_URL}
    return {"base_url": settings.DPAAS_BASE_URL}
