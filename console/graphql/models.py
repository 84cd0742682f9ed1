"""What the GraphQL screen stores for a while: answers, and the mutations that were sent."""

import uuid
from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils import timezone

from console.calls.send_once import max_sending_seconds
from console.profiles.targets import Target


class StoredResultQuerySet(models.QuerySet["StoredResult"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(owner_id=user.pk)


class StoredResult(models.Model):
    """An answer, for its owner to read. console/graphql/stored.py says why, and how long."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    graphql_url = models.CharField(max_length=300)  # where it came from
    operation = models.CharField(max_length=200)
    status = models.SmallIntegerField(default=200)  # HTTP
    size = models.PositiveBigIntegerField()  # bytes of JSON
    sealed = models.BinaryField()  # compressed, then sealed for this row and owner
    sealed_outline = models.BinaryField()  # of console/graphql/answers/outline.py

    objects = StoredResultQuerySet.as_manager()

    def __str__(self) -> str:
        return f"result of {self.operation}"

    @property
    def target(self) -> Target:
        return Target.dxtra(self.graphql_url)


class MutationRun(models.Model):
    """A confirmed mutation, inserted before it is sent (console/calls/send_once.py).

    Without `ended_at` it is under way, or its answer was lost with the process that awaited it.
    """

    id = models.UUIDField(primary_key=True)  # made with the confirmation
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    began_at = models.DateTimeField(default=timezone.now, db_index=True)
    ended_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=1000, blank=True)  # in our own words alone
    page_status = models.SmallIntegerField(default=200)  # of our page that showed it
    status = models.SmallIntegerField(null=True)  # HTTP, of the answer
    result = models.ForeignKey(StoredResult, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"mutation sent at {self.began_at}"

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.is_lost

    @property
    def is_lost(self) -> bool:
        """Whether the process that waited for the answer must have ended without it."""
        longest = timedelta(seconds=max_sending_seconds(settings.DXTRA_DEADLINE))
        return self.ended_at is None and timezone.now() > self.began_at + longest
