"""What the lists store: how a teammate likes them, saved views, and the rows of searched lists."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from console.profiles.models import CredentialProfile

MAX_VIEW_NAME = 80


class ListSettings(models.Model):
    """How a teammate likes the lists, and which lists a profile's API does not have."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    columns = models.JSONField(default=dict)  # {screen: [field, …]}; all where it is absent
    is_dense = models.BooleanField(default=False)
    missing = models.JSONField(default=dict)  # {profile id: {screen: time of the 404}}

    def __str__(self) -> str:
        return f"list settings of {self.owner_id}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(owner_id=user.pk)


class SavedView(models.Model):
    """A name for what a list shows. `sealed`: its query string, in which a name may be searched."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=400)  # its slug
    screen = models.CharField(max_length=40)  # the list, by its URL's name
    name = models.CharField(max_length=MAX_VIEW_NAME)
    sealed = models.BinaryField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "target", "screen", "name"], name="one_view_of_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Walk(models.Model):
    """The rows of a whole list, read page by page; console/accounts/lists/walks.py."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey(CredentialProfile, on_delete=models.CASCADE, related_name="+")
    credential = models.CharField(max_length=200)  # a credential_state(): whose answers these are
    screen = models.CharField(max_length=40)
    filters = models.CharField(max_length=300)  # as a query string
    sealed = models.BinaryField()  # the rows as JSON, compressed
    rows = models.PositiveIntegerField(default=0)
    total = models.PositiveBigIntegerField(null=True)  # by DPaaS's count, at the last page
    next_page = models.PositiveIntegerField(default=1)
    quantity = models.PositiveSmallIntegerField()  # rows of a page
    total_moved = models.BooleanField(default=False)
    is_over = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)  # grows with each page
    calls = models.PositiveIntegerField(default=0)  # pages asked for, some twice
    read_at = models.DateTimeField(default=timezone.now, db_index=True)  # the last page

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "profile", "screen", "filters"], name="one_walk_of_a_list"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rows} rows of {self.screen}"
