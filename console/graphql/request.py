"""A document that is to run: with which variables, role and credential."""

from dataclasses import dataclass
from uuid import UUID

from console.graphql.documents import ParsedDocument
from console.profiles.models import CredentialProfile
from console.upstream.json_text import escape_hidden


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """A document to run, with its variables, and whose credential and role it runs with."""

    profile: CredentialProfile  # of CredentialProfile.objects.with_clock()
    document: ParsedDocument
    variables: str  # a JSON object as it was typed, or empty
    role: str  # empty: the profile's, or the token's default
    typed_name: str = ""  # the target's, by which a teammate confirmed a mutation in production
    cancel_key: UUID | None = None  # under which it can be cancelled (in_flight.py)
    run_id: UUID | None = None  # under which the history holds it already: of a mutation

    @property
    def sent_role(self) -> str:
        """The role to name in the request; empty for the token's default."""
        return self.role or self.profile.role

    @property
    def known_role(self) -> str:
        """The role that counts; empty if that is the token's default, and no token has come yet."""
        return self.sent_role or self.profile.identity.get("default_role") or ""

    @property
    def displayed_role(self) -> str:
        return self.known_role or "Default role"

    @property
    def shown_variables(self) -> str:
        """The variables as they were typed; what cannot be seen is escaped."""
        return escape_hidden(self.variables)
