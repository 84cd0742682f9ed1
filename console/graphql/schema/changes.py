"""What changed between two versions of a schema, and which documents that breaks.

graphql-core builds both schemas for it, which takes seconds for thousands of types: so a comparison
is stored, and one thread of a process builds at a time.
"""

import json
import threading
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from django.utils import timezone
from graphql import (
    BreakingChange,
    DangerousChange,
    GraphQLError,
    GraphQLSchema,
    build_client_schema,
    parse,
    validate,
)
from graphql.utilities import find_schema_changes

from console.database.connection import release_connection
from console.graphql.schema.models import Comparison, Look, Schema, SchemaVersion
from console.graphql.schema.store import unpack
from console.team.models import User

MAX_CHANGES = 500  # of each kind that are kept
MAX_REASONS = 3  # told of one document
_building = threading.Lock()

Id = TypeVar("Id", bound=Hashable)


class SchemaUnusable(Exception):
    """graphql-core cannot build the schema: it breaks the rules of GraphQL."""


def changes_between(old: SchemaVersion, new: SchemaVersion) -> dict[str, list[str]]:
    """The changes in sentences, as "breaking", "dangerous" and "safe". Raises SchemaUnusable."""
    compared = Comparison.objects.filter(old=old, new=new)
    stored = compared.first()
    if stored is None:
        with _alone():
            stored = compared.first()  # another thread's, while this one waited
            if stored is None:
                changes = _compare(old, new)
                stored, _ = compared.get_or_create(old=old, new=new, defaults={"changes": changes})
    found: dict[str, list[str]] = stored.changes
    return found


def broken_queries(version: SchemaVersion, documents: Mapping[Id, str]) -> dict[Id, list[str]]:
    """Those of `documents` that `version` does not allow, each with its first reasons.

    One that cannot be parsed is left out: no schema has broken it. Raises SchemaUnusable.
    """
    with _alone():
        return _broken(graphql_schema(version), documents)


def _broken(schema: GraphQLSchema, documents: Mapping[Id, str]) -> dict[Id, list[str]]:
    broken = {}
    for key, text in documents.items():
        try:
            errors = validate(schema, parse(text, max_tokens=20_000), max_errors=MAX_REASONS)
        except (GraphQLError, RecursionError):
            continue
        if errors:
            broken[key] = [error.message for error in errors[:MAX_REASONS]]
    return broken


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other thread of this process builds schemas, holding no connection."""
    if not _building.acquire(blocking=False):
        release_connection()
        _building.acquire()
    try:
        yield
    finally:
        _building.release()


def graphql_schema(version: SchemaVersion) -> GraphQLSchema:
    """Build a version whole: a second for 5,000 types. Raises SchemaUnusable."""
    try:
        return build_client_schema(json.loads(unpack(version))["introspection"])
    except (TypeError, ValueError, GraphQLError, RecursionError) as error:
        raise SchemaUnusable(str(error)) from None


def last_look(user: User, schema: Schema) -> Look | None:
    """The teammate's last look; the first one is now."""
    if schema.version is None:
        return None
    look, _ = (
        Look.objects.select_related("version")
        .defer("version__packed")
        .get_or_create(user=user, schema=schema, defaults={"version": schema.version})
    )
    return look


def mark_seen(user: User, schema: Schema) -> None:
    """Count changes from the current version on."""
    seen = {"version": schema.version, "at": timezone.now()}
    Look.objects.update_or_create(user=user, schema=schema, defaults=seen)


def _compare(old: SchemaVersion, new: SchemaVersion) -> dict[str, list[str]]:
    changes: dict[str, list[str]] = {"breaking": [], "dangerous": [], "safe": []}
    try:
        found = find_schema_changes(graphql_schema(old), graphql_schema(new))
    except RecursionError as error:  # lists within lists, hundreds of them
        raise SchemaUnusable(str(error)) from None
    for change in found:
        if isinstance(change, BreakingChange):
            kind = "breaking"
        else:
            kind = "dangerous" if isinstance(change, DangerousChange) else "safe"
        if len(changes[kind]) < MAX_CHANGES:
            changes[kind].append(change.description)
    return changes
