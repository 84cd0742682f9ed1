"""The tabs of a teammate's GraphQL desk."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from console.graphql.models import StoredResult
from console.profiles.models import CredentialProfile
from console.profiles.targets import Target
from console.vault.sealing import Context


class TabQuerySet(models.QuerySet["Tab"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(owner_id=user.pk)

    def open(self) -> Self:
        return self.filter(closed_at=None)


class Tab(models.Model):
    """A text that is being written, and where it was run or saved last.

    `sealed` holds the query and its variables, which may hold personal data. `version` grows with
    each save; `window` names the page that saved last, and `save_number` which of its saves it was.
    console/graphql/desk/tabs.py says how two windows are kept apart.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey(
        CredentialProfile, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    graphql_url = models.CharField(max_length=300)
    name = models.CharField(max_length=80, blank=True)  # given by the teammate
    title = models.CharField(max_length=200, blank=True)  # of the operation, else empty
    role = models.CharField(max_length=100, blank=True)
    operation_name = models.CharField(max_length=200, blank=True)
    sealed = models.BinaryField()
    version = models.PositiveIntegerField(default=1)
    window = models.CharField(max_length=32, blank=True)
    save_number = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    # The last answer to a run in this tab, while it is kept.
    result = models.ForeignKey(StoredResult, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = TabQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["owner", "closed_at", "created_at"])]

    def __str__(self) -> str:
        return self.name or self.title or "Untitled"

    @property
    def target(self) -> Target:
        return Target.dxtra(self.graphql_url)


def sealing_context(tab: Tab) -> Context:
    return Context(tab._meta.db_table, str(tab.pk), "sealed", str(tab.owner_id))
