"""The schemas that introspection brought, one for each endpoint and role, as rows to read from.

A version is kept compressed and whole, for the editor and for comparing; the types of the current
version are rows, so that a page of the documentation reads one, whatever the schema's size.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.timesince import timesince

from console.profiles.models import CredentialProfile

MAX_AGE = timedelta(days=1)  # then it is fetched again
PAUSE = timedelta(minutes=5)  # after a failure, and before a hint of a change counts


class Schema(models.Model):
    """What is known of the schema that a role sees at an endpoint.

    `profile`: who alone may see it, because no token has proved the role yet; else nobody's, and
    shown to everybody whose token allows the role (console/graphql/schema/access.py).
    """

    endpoint = models.CharField(max_length=300)  # a Target's address
    role = models.CharField(max_length=100, blank=True)  # empty: a token's default, not known
    profile = models.ForeignKey(
        CredentialProfile, null=True, on_delete=models.CASCADE, related_name="+"
    )
    version = models.ForeignKey(
        "SchemaVersion", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    checked_at = models.DateTimeField(null=True)  # when introspection last brought `version`
    is_outdated = models.BooleanField(default=False)  # an error of a query hinted at a change
    failure = models.CharField(max_length=1000, blank=True)  # a sentence; of the last fetch
    failed_at = models.DateTimeField(null=True)
    # One fetch at a time, over all processes: claimed in one conditional UPDATE.
    fetching_until = models.DateTimeField(null=True)  # the database's clock
    fetch_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "role"],
                condition=Q(profile=None),
                name="one_schema_for_endpoint_and_role",
            ),
            models.UniqueConstraint(
                fields=["endpoint", "role", "profile"], name="one_schema_of_a_profile_and_role"
            ),
        ]

    def __str__(self) -> str:
        return f"schema of {self.role or 'the default role'} at {self.endpoint}"

    @property
    def age(self) -> str:
        """How long ago it was checked: "5 minutes", "2 days"."""
        if self.checked_at is None or timezone.now() - self.checked_at < timedelta(minutes=1):
            return "a few seconds"
        return timesince(self.checked_at, depth=1)

    @property
    def is_due(self) -> bool:
        """Whether it is to be fetched without being asked to."""
        now = timezone.now()
        if self.failed_at and self.failed_at > now - PAUSE:
            return False
        return self.is_outdated or self.checked_at is None or self.checked_at < now - MAX_AGE


class SchemaVersion(models.Model):
    """One state of a schema. Kept while it is the current one, or somebody's last look."""

    schema = models.ForeignKey(Schema, on_delete=models.CASCADE, related_name="versions")
    digest = models.CharField(max_length=64)  # SHA-256 of its types, in any order
    first_seen_at = models.DateTimeField(default=timezone.now)
    size = models.PositiveBigIntegerField()  # bytes of introspection, as JSON
    type_count = models.PositiveIntegerField()
    kinds = models.JSONField(default=dict)  # how many types of each kind
    roots = models.JSONField(default=dict)  # {"query": "query_root", …}
    packed = models.BinaryField()  # gzip of the editor's {"version": …, "introspection": …}

    def __str__(self) -> str:
        return f"version of {self.first_seen_at:%Y-%m-%d %H:%M}"


class SchemaTypeQuerySet(models.QuerySet["SchemaType"]):
    def without_text(self) -> "SchemaTypeQuerySet":
        return self.defer("names", "text", "used_by", "body")


class SchemaType(models.Model):
    """A type, or a directive (`@include`), of the current version: a page of the documentation."""

    version = models.ForeignKey(SchemaVersion, on_delete=models.CASCADE, related_name="types")
    name = models.CharField(max_length=255)
    kind = models.CharField(max_length=20)  # as introspection names it, or DIRECTIVE
    is_root = models.BooleanField(default=False)
    summary = models.CharField(max_length=200, blank=True)  # the description's beginning
    used_by_count = models.PositiveIntegerField(default=0)
    # To search in, in lower case.
    key = models.CharField(max_length=255)  # the name
    names = models.TextField()  # of its fields and values, each between line feeds
    text = models.TextField()  # descriptions, and the arguments' names
    used_by = models.TextField()  # JSON: a list of [type, field, argument]
    body = models.TextField()  # JSON: the type as introspection describes it

    objects = SchemaTypeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "name"], name="one_row_for_a_schema_type")
        ]
        indexes = [models.Index(fields=["version", "kind", "key"])]

    def __str__(self) -> str:
        return self.name


class Look(models.Model):
    """The version of a schema that a teammate saw last: changes are counted from there."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    schema = models.ForeignKey(Schema, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(SchemaVersion, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "schema"], name="one_last_look_at_a_schema")
        ]

    def __str__(self) -> str:
        return f"look at {self.at:%Y-%m-%d %H:%M}"


class Comparison(models.Model):
    """What changed from one version to another: worked out once, which takes seconds."""

    old = models.ForeignKey(SchemaVersion, on_delete=models.CASCADE, related_name="+")
    new = models.ForeignKey(SchemaVersion, on_delete=models.CASCADE, related_name="+")
    changes: Any = models.JSONField()  # {"breaking": [sentence, …], "dangerous": …, "safe": …}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["old", "new"], name="one_comparison_of_two_versions")
        ]

    def __str__(self) -> str:
        return "changes between two versions"
