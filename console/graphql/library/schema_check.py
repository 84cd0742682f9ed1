"""Which saved queries the schema, as it is stored, does not allow any more."""

from dataclasses import dataclass

from console.graphql.library.finding import content_of
from console.graphql.library.models import SavedQuery
from console.graphql.schema.access import RoleNotAllowed, visible_schema
from console.graphql.schema.changes import SchemaUnusable, broken_queries
from console.graphql.schema.models import Schema
from console.profiles.models import CredentialProfile
from console.team.models import User

MAX_CHECKED = 200  # the newest; parsing and checking them takes seconds


@dataclass(frozen=True, slots=True)
class SchemaCheck:
    """`broken`: each query with the first reasons; `checked`: how many were looked at.

    `failure`: a sentence where nothing could be checked.
    """

    broken: list[tuple[SavedQuery, list[str]]]
    checked: int = 0
    is_part: bool = False  # there are more
    schema: Schema | None = None
    failure: str = ""


def check_saved(user: User, profile: CredentialProfile, role: str) -> SchemaCheck:
    """Check the saved queries that `user` sees against the schema that `profile` sees."""
    try:
        schema = visible_schema(profile, role)
    except RoleNotAllowed:
        return SchemaCheck([], failure="Your token does not allow this role.")
    if schema is None or schema.version is None:
        return SchemaCheck(
            [], failure="The schema has not been fetched yet. Open it, then check again."
        )
    visible = SavedQuery.objects.visible_to(user).of_target(profile.target)
    newest = list(visible.with_owner().order_by("-updated_at")[: MAX_CHECKED + 1])
    rows = newest[:MAX_CHECKED]
    contents = {row.pk: content_of(row) for row in rows}
    documents = {pk: content.query for pk, content in contents.items() if content}
    try:
        reasons = broken_queries(schema.version, documents)
    except SchemaUnusable:
        return SchemaCheck([], failure="The stored schema is not valid GraphQL.")
    broken = [(row, reasons[row.pk]) for row in rows if row.pk in reasons]
    return SchemaCheck(broken, len(documents), len(newest) > MAX_CHECKED, schema)
