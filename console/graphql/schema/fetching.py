"""Fetch a schema by introspection, through a profile and in a role, and store it."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from console.calls.failures import page_status
from console.calls.services import record_call
from console.graphql.schema.access import RoleNotAllowed, SchemaKey, schema_key
from console.graphql.schema.hints import is_hint_of_change
from console.graphql.schema.introspection import (
    FULL_QUERY,
    NEWER,
    ONE_OF_QUERY,
    OPERATION,
    PLAIN_QUERY,
    Introspection,
    IntrospectionUnreadable,
    read_introspection,
)
from console.graphql.schema.models import PAUSE, Schema
from console.graphql.schema.store import claim, give_back, save_failure, save_introspection
from console.profiles.clients import dxtra
from console.profiles.models import CredentialProfile
from console.upstream.dxtra import GraphQLResult
from console.upstream.errors import UpstreamError
from console.upstream.graphql_errors import GraphQLError


@dataclass(frozen=True, slots=True)
class Fetched:
    """How a fetch ended. `failure`: a sentence where it brought no schema."""

    failure: str = ""
    profile_helps: bool = False  # the failure is put right on the profile's page
    page_status: int = 200
    is_elsewhere: bool = False  # somebody else is fetching it now; nothing was sent


def fetch_schema(profile: CredentialProfile, role: str = "") -> Fetched:
    """Fetch the schema that `profile` sees in `role`, unless somebody is about it already.

    Raises RoleNotAllowed, but no UpstreamError.
    """
    before = schema_key(profile, role)
    claimed = before.get_or_create()
    fetch_id = claim(claimed)
    if fetch_id is None:
        return Fetched(is_elsewhere=True)
    try:
        return _fetch(profile, role, before, claimed)
    finally:
        give_back(claimed, fetch_id)


def note_errors(
    profile: CredentialProfile, errors: Iterable[GraphQLError], *, role: str = ""
) -> bool:
    """Have the schema fetched again if `errors`, of a query, say that it may have changed.

    Returns whether it is due now. One that was fetched within five minutes is taken for current, so
    that a query with a typo fetches nothing each time.
    """
    if not is_hint_of_change(errors):
        return False
    try:
        rows = schema_key(profile, role).rows
    except RoleNotAllowed:
        return False
    recent = timezone.now() - PAUSE
    marked = rows.filter(version__isnull=False, checked_at__lt=recent).update(is_outdated=True)
    return bool(marked)


def _fetch(profile: CredentialProfile, role: str, before: SchemaKey, claimed: Schema) -> Fetched:
    try:
        result = _introspect(profile, role)
    except UpstreamError as error:
        if not error.profile_helps:  # else it is this teammate's own, and others may share the row
            save_failure(claimed, error.sentence)
        return Fetched(error.sentence, error.profile_helps, page_status(error))
    schema = _own_row(profile, role, before, claimed)
    try:
        read, raw = _read(result)
        if read.has_one_of:
            with suppress(UpstreamError, IntrospectionUnreadable):  # then all but that is known
                read, raw = _read(_ask(profile, role, ONE_OF_QUERY))
    except IntrospectionUnreadable as unreadable:
        save_failure(schema, unreadable.sentence)
        return Fetched(unreadable.sentence)
    save_introspection(schema, read, raw)
    return Fetched()


def _introspect(profile: CredentialProfile, role: str) -> GraphQLResult:
    """Ask for all; if the server does not know all that may be asked, for what all servers know."""
    result = _ask(profile, role, FULL_QUERY)
    if not result.has_data and any(
        word in error.message for error in result.errors for word in NEWER
    ):
        return _ask(profile, role, PLAIN_QUERY)
    return result


def _ask(profile: CredentialProfile, role: str, query: str) -> GraphQLResult:
    path = urlsplit(profile.graphql_url).path
    call = record_call(profile, operation=OPERATION, method="POST", path=path)
    with call as timeline:
        client = dxtra(profile, timeline, role=role)
        result = client.execute(query, operation_name=OPERATION, is_mutation=False)
        if result.errors or not 200 <= result.status < 300:
            timeline.outcome = "graphql_errors"
    return result


def _own_row(profile: CredentialProfile, role: str, before: SchemaKey, claimed: Schema) -> Schema:
    """The row to store in: the first call may have brought the token's roles, and so its name."""
    stored = CredentialProfile.objects.filter(pk=profile.pk)
    fresh = stored.values("identity", "state").first()
    if fresh:
        profile.identity, profile.state = fresh["identity"], fresh["state"]
    try:
        key = schema_key(profile, role)
    except RoleNotAllowed:
        key = before
    if key == before:
        return claimed
    claimed.delete()
    return key.get_or_create()


def _read(result: GraphQLResult) -> tuple[Introspection, msgspec.Raw]:
    if not result.has_data:
        said = result.errors[0].message if result.errors else "it returned no data"
        raise IntrospectionUnreadable(f"Dxtra refuses introspection: {said.rstrip('.')}.")
    if len(result.data) > settings.SCHEMA_MAX_BYTES:
        most = filesizeformat(settings.SCHEMA_MAX_BYTES)
        size = filesizeformat(len(result.data))
        raise IntrospectionUnreadable(
            f"The schema is too large: {size}, and the limit is {most} (SCHEMA_MAX_BYTES)."
        )
    return read_introspection(result.data)
