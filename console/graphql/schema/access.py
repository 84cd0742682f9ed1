"""Which schema a profile may see: its endpoint's, for a role that its token allows there.

A role that the token allows shares one row with everybody whose token allows it. Until a token has
named its roles, what a profile fetched is its own.
"""

from dataclasses import dataclass

from django.db.models import QuerySet

from console.graphql.schema.models import Schema
from console.profiles.models import CredentialProfile, TokenState

MAX_ROLE = 100


class RoleNotAllowed(Exception):
    """The token does not allow the role."""


@dataclass(frozen=True, slots=True)
class SchemaKey:
    """Names one Schema; `profile_id` is None for what several may see."""

    endpoint: str
    role: str
    profile: CredentialProfile | None

    @property
    def rows(self) -> QuerySet[Schema]:
        return Schema.objects.filter(endpoint=self.endpoint, role=self.role, profile=self.profile)

    def find(self) -> Schema | None:
        return self.rows.select_related("version").defer("version__packed").first()

    def get_or_create(self) -> Schema:
        schema, _ = Schema.objects.get_or_create(
            endpoint=self.endpoint, role=self.role, profile=self.profile
        )
        return schema


def schema_key(profile: CredentialProfile, role: str = "") -> SchemaKey:
    """The schema that `profile` sees with `role`: empty for its own. Raises RoleNotAllowed."""
    roles = profile.identity.get("roles") or []
    name = role or profile.role or profile.identity.get("default_role") or ""
    endpoint = profile.target.address
    is_trusted = profile.state != TokenState.NEEDS_USER  # whose credential was refused has no role
    if name in roles and is_trusted:
        return SchemaKey(endpoint, name, None)
    if len(role) > MAX_ROLE or not role.isprintable() or (roles and role not in ("", profile.role)):
        raise RoleNotAllowed
    return SchemaKey(endpoint, name, profile)


def visible_schema(profile: CredentialProfile, role: str = "") -> Schema | None:
    """The schema as it is stored; None where there is none yet. Raises RoleNotAllowed."""
    return schema_key(profile, role).find()
