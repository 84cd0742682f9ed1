"""Saved queries and their versions. What a version says is sealed: variables hold personal data."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from console.profiles.targets import Target
from console.team.models import FormerTeammate, User

MAX_NAME = 100  # characters, as are the next three
MAX_FOLDER = 200
MAX_TAGS = 200
MAX_DESCRIPTION = 2000


class SavedQueryQuerySet(models.QuerySet["SavedQuery"]):
    def with_owner(self) -> Self:
        """With the owner of each; None where that teammate was deleted."""
        return self.select_related("owner")

    def visible_to(self, user: Any) -> Self:
        """The teammate's own, and those that are shared with the team."""
        return self.filter(Q(owner_id=user.pk) | Q(is_shared=True))

    def of_target(self, target: Target) -> Self:
        return self.filter(graphql_url=target.address)


class SavedQuery(models.Model):
    """A query that a teammate keeps, at the endpoint that it was written for.

    What is shared stays with the team when its owner is deleted: `owner_id` then names nobody but a
    FormerTeammate. Its texts are sealed to that id.

    `version` is the number of the newest SavedVersion, which holds the texts. A save names the
    version that it was made from, so that none overwrites another unseen (saving.py).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,  # so that a join finds rows whose owner is gone
        db_constraint=False,
        on_delete=models.DO_NOTHING,  # apps.py deletes what is private
        related_name="+",
    )
    graphql_url = models.CharField(max_length=300)  # in the form of targets.canonical
    name = models.CharField(max_length=MAX_NAME)
    folder = models.CharField(max_length=MAX_FOLDER, blank=True)  # "Rights/Access"
    description = models.CharField(max_length=MAX_DESCRIPTION, blank=True)
    tags = models.CharField(max_length=MAX_TAGS, blank=True)  # " a b ", in lower case
    searchable = models.TextField(blank=True)  # the four above, as casefold() writes them
    kind = models.CharField(max_length=12, blank=True)  # of its operation; empty: not known
    is_shared = models.BooleanField(default=False)
    is_report = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    updated_by = models.EmailField(blank=True)

    objects = SavedQueryQuerySet.as_manager()

    class Meta:
        ordering = ("folder", "name", "pk")
        indexes = (
            models.Index(fields=("owner", "graphql_url"), name="library_saved_owner"),
            models.Index(fields=("graphql_url", "is_shared"), name="library_saved_target"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> Target:
        return Target.dxtra(self.graphql_url)

    @property
    def owner_name(self) -> str:
        """Of a row that was read `with_owner`."""
        if self.owner:
            return self.owner.get_short_name()
        former = FormerTeammate.objects.filter(pk=str(self.owner_id)).first()
        return f"formerly {former}" if former else "a former teammate"

    def may_manage(self, user: User) -> bool:
        """Whether `user` may pin and delete it: its owner, and where that one is gone, everybody.

        Of a row that was read `with_owner`.
        """
        return self.owner_id == user.pk or self.owner is None

    @property
    def tag_list(self) -> list[str]:
        return self.tags.split()

    @property
    def is_mutation(self) -> bool:
        return self.kind == "mutation"


class SavedVersion(models.Model):
    """One save of a query: all its texts as they were then, and who made it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    saved = models.ForeignKey(SavedQuery, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()  # from 1
    created_at = models.DateTimeField(default=timezone.now)
    author = models.EmailField()  # stays when the teammate goes
    note = models.CharField(max_length=60, blank=True)  # "Restored version 3"
    size = models.PositiveIntegerField()  # bytes of `sealed`
    sealed = models.BinaryField()  # a Content (contents.py), compressed, then sealed

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("saved", "number"), name="library_version_number"),
        )

    def __str__(self) -> str:
        return f"version {self.number}"


class OpenedTab(models.Model):
    """The saved query that a tab of the desk was opened from, or saved to, and in which version."""

    tab = models.OneToOneField("desk.Tab", on_delete=models.CASCADE, primary_key=True)
    saved = models.ForeignKey(SavedQuery, on_delete=models.CASCADE, related_name="+")
    version = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"version {self.version} in a tab"
