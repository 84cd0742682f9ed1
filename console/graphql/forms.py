"""The form of the GraphQL screen. Its fields are named as GraphQL over HTTP names them."""

import re
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django import forms

from console.graphql.documents import DocumentRefused, ParsedDocument, read_document
from console.graphql.in_flight import read_cancel_key
from console.graphql.request import GraphQLRequest
from console.graphql.variables import VariablesRefused, read_variables
from console.profiles.models import CredentialProfile

WINDOW = re.compile(r"\A[0-9a-f]{32}\Z")

SEED_QUERY = """\
query {
  dataControllers {
    id
    title
  }
}"""
MAX_ROLE_LENGTH = 100
WITHOUT_ROLES = "without_roles"  # sent by a page that was drawn before the first token
NO_PROFILE = "Nothing was sent, because no Dxtra profile is selected. Add or choose one."


def code_area(rows: int) -> forms.Textarea:
    """A textarea for code. The tab key leaves it, as it leaves every field."""
    return forms.Textarea(
        attrs={
            "rows": rows,
            "class": "code-input",
            "spellcheck": "false",
            "autocapitalize": "off",
            "autocomplete": "off",
            "autocorrect": "off",
        }
    )


class OperationName(forms.TextInput):
    """A text input that suggests the names of the operations, if they are known."""

    template_name = "graphql/operation_name.html"
    names: tuple[str, ...] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "names": self.names}


class QueryForm(forms.Form):
    """A document, its variables, and the role to run it with: a `graphql_request`, if valid."""

    query = forms.CharField(
        initial=SEED_QUERY,
        strip=False,
        widget=code_area(14),
        error_messages={"required": "Write a query."},
    )
    variables = forms.CharField(
        required=False, strip=False, widget=code_area(4), help_text="A JSON object."
    )
    operation_name = forms.CharField(
        required=False,
        label="Operation name",
        widget=OperationName(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "class": "mono",
                "title": "Needed when the query has several operations",
            }
        ),
    )
    role = forms.CharField(required=False, widget=forms.Select)
    cancel_key = forms.CharField(required=False, widget=forms.HiddenInput)  # in_flight.py
    # Which tab of the desk this is, which version of it was read, by which window, and how often
    # that has saved it (static/src/desk/drafts.js).
    tab = forms.UUIDField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput
    )
    window = forms.RegexField(WINDOW, required=False, widget=forms.HiddenInput)
    save_number = forms.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, profile: CredentialProfile | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profile = profile
        self.document: ParsedDocument | None = None
        tab = str(self.data.get("tab", ""))  # a UUID where a view fills the form
        if tab and not _is_uuid(tab):
            # What is typed goes on in a new tab, and is not lost for a field that nobody sees.
            self.data = {**dict(self.data.items()), "tab": str(uuid4()), "version": "0"}
        self._offer_roles()

    def learn_roles(self) -> bool:
        """Offer the roles that a first call has brought. Returns whether the page that sent the
        form does not offer them yet: the fetch of the schema may have brought them meanwhile."""
        if self.profile is None or self.roles:
            return WITHOUT_ROLES in self.data
        stored = CredentialProfile.objects.filter(pk=self.profile.pk)
        self.profile.identity = stored.values_list("identity", flat=True).first() or {}
        self._offer_roles()
        return bool(self.roles)

    def cancel_key_of_next_run(self) -> None:
        """Draw the form with a key that no run has had."""
        key = uuid4().hex
        self.initial["cancel_key"] = key
        if self.is_bound:
            self.data = {**dict(self.data.items()), "cancel_key": key}

    @property
    def graphql_request(self) -> GraphQLRequest:
        """What a valid form asks for."""
        if self.profile is None or self.document is None:
            raise AssertionError("only a valid form gives a request")
        data = self.cleaned_data
        return GraphQLRequest(
            self.profile,
            self.document,
            data["variables"],
            data["role"],
            cancel_key=read_cancel_key(data["cancel_key"]),
        )

    def clean_query(self) -> str:
        return unix_lines(self.cleaned_data["query"])

    def clean_variables(self) -> str:
        return valid_variables(self.cleaned_data["variables"])

    def clean_role(self) -> str:
        role: str = self.cleaned_data["role"]
        if len(role) > MAX_ROLE_LENGTH or not (role.isascii() and role.isprintable()):
            raise forms.ValidationError("This is not a valid role name.")
        if role and self.roles and role not in self.roles:
            allowed = ", ".join(self.roles)
            raise forms.ValidationError(
                f"The token does not allow this role. Allowed roles: {allowed}."
            )
        return role

    def clean(self) -> None:
        if self.profile is None:
            self.add_error(None, NO_PROFILE)
        if "query" not in self.cleaned_data or "operation_name" not in self.cleaned_data:
            return
        query, name = self.cleaned_data["query"], self.cleaned_data["operation_name"]
        try:
            self.document = read_document(query, name)
        except DocumentRefused as refused:
            self.add_error(refused.field, refused.sentence)
            self.fields["operation_name"].widget.names = refused.operations

    def _offer_roles(self) -> None:
        self.roles = known_roles(self.profile) if self.profile else ()
        self.fields["role"].widget.choices = self._role_choices()
        self["role"].help_text = "" if self.roles else "More roles appear after the first call."

    def _role_choices(self) -> list[tuple[str, str]]:
        default = default_role(self.profile) if self.profile else "Default role"
        typed = (self.data if self.is_bound else self.initial).get("role") or ""
        others = () if typed in ("", *self.roles) else (typed,)  # so that it is not lost
        return [("", default), *((role, role) for role in (*self.roles, *others))]


def _is_uuid(text: str) -> bool:
    with suppress(ValueError):
        return bool(UUID(text))
    return False


def known_roles(profile: CredentialProfile) -> tuple[str, ...]:
    """The token's allowed roles and the profile's own; none before the first token."""
    roles = profile.identity.get("roles") or []
    return tuple(dict.fromkeys([*roles, *filter(None, [profile.role])])) if roles else ()


def default_role(profile: CredentialProfile) -> str:
    """The role that counts if none is chosen, for display."""
    if profile.role:
        return f"{profile.role} (profile)"
    role = profile.identity.get("default_role")
    return f"{role} (default)" if role else "Default role"


def valid_variables(typed: str) -> str:
    """`typed` as it is sent. Raises ValidationError."""
    try:
        return read_variables(unix_lines(typed))
    except VariablesRefused as refused:
        raise forms.ValidationError(refused.sentence) from None


def unix_lines(text: str) -> str:
    """`text` with LF line ends. A browser sends CRLF, but positions are counted without CR."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
