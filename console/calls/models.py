"""One row for each proxied call. Never a secret, a variable's value or a body."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from console.upstream.systems import System

OK = "ok"


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, user: Any) -> "CallQuerySet":
        return self.filter(user_id=user.pk)

    def of_system(self, system: str) -> "CallQuerySet":
        return self.filter(system=system) if system else self

    def ended(self, ending: str) -> "CallQuerySet":
        """`ending`: "well", "badly", or empty for all."""
        if not ending:
            return self
        return self.filter(Q(outcome=OK) if ending == "well" else ~Q(outcome=OK))


class Call(models.Model):
    at = models.DateTimeField(default=timezone.now)  # when it ended
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # No constraint: a profile may be deleted while its last call is still under way.
    profile = models.ForeignKey(
        "profiles.CredentialProfile",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    profile_name = models.CharField(max_length=80)  # stays when the profile is deleted
    system = models.CharField(max_length=8)  # a System
    operation = models.CharField(max_length=200)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)  # without its query
    status = models.SmallIntegerField(null=True)  # HTTP; none where no answer came
    outcome = models.CharField(max_length=40)  # "ok", or the `kind` of an UpstreamError
    received_bytes = models.BigIntegerField(default=0)
    milliseconds = models.FloatField()
    timeline = models.JSONField(default=list)  # [[step, milliseconds or null], …]

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-at", "-id"]),
            models.Index(fields=["profile", "-at"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.outcome}"

    @property
    def went_well(self) -> bool:
        return self.outcome == OK

    @property
    def system_name(self) -> str:
        return System(self.system).label

    @property
    def outcome_in_words(self) -> str:
        """As a teammate reads it: "timed out" for timed_out."""
        return self.outcome.replace("_", " ")

    @property
    def outcome_tone(self) -> str:
        """A kind of badge: an upstream's own "no" is a warning, the rest is bad."""
        if self.went_well:
            return "good"
        return "warning" if self.status in range(400, 500) else "bad"
