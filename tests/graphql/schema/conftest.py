"""A teammate with a schema that is there already, or is to be fetched from the sandbox."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from django.test import Client

from console.graphql.schema.access import schema_key
from console.graphql.schema.introspection import read_introspection
from console.graphql.schema.models import SchemaVersion
from console.graphql.schema.store import save_introspection
from console.profiles.models import CredentialProfile
from tests.graphql.reading import Screen, read_screen
from tests.graphql.schema.big import introspection_of
from tests.services.profiles import screen_of

Get = Callable[..., Screen]


def signed_in(profile: CredentialProfile, *roles: str) -> CredentialProfile:
    """`profile` as a token has left it that allows `roles`, the first by default."""
    profile.identity = {"name": "somebody", "roles": list(roles), "default_role": roles[0]}
    profile.save(update_fields=["identity"])
    return profile


def store(
    profile: CredentialProfile, schema: "str | dict[str, Any]", role: str = ""
) -> SchemaVersion:
    """Store a schema (SDL, or an answer to introspection) as a fetch would."""
    answer = introspection_of(schema) if isinstance(schema, str) else schema
    read, raw = read_introspection(msgspec.Raw(msgspec.json.encode(answer["data"])))
    return save_introspection(schema_key(profile, role).get_or_create(), read, raw)


@pytest.fixture
def get(client: Client, profile: CredentialProfile) -> Get:
    """`get("Query", field="users")`: a page of the documentation; without a name the first."""

    def read(name: str = "", **query: Any) -> Screen:
        screen = "graphql_type" if name else "graphql_schema"
        address = screen_of(profile, screen, *filter(None, [name]))
        return read_screen(client.get(address, query))

    return read
