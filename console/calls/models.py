"""One row for each proxied call. Never a secret, a variable's value or a body."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from console.upstream.systems import System

OK = "ok"
CUT_OFF = "cut_off"  # the process that waited for the answer was stopped
OUTCOMES = ("succeeded", "failed")  # to filter by
# Where a teammate reads other words than those of the `kind`.
WORDS = {
    OK: "Succeeded",
    "credential_refused": "Sign-in refused",
    "credential_needs_owner": "Sign-in refused",
    "graphql_errors": "GraphQL errors",
    "broken": "Gatehouse error",
    "cancelled_unsent": "Cancelled",
}


def words_of(outcome: str) -> str:
    return WORDS.get(outcome) or outcome.replace("_", " ").capitalize()


class Outcome(models.Model):
    """How a call ended, and the words in which a teammate reads it."""

    status = models.SmallIntegerField(null=True)  # HTTP; none where no answer came
    outcome = models.CharField(max_length=40)  # OK, CUT_OFF, or the `kind` of an UpstreamError
    milliseconds = models.FloatField()

    class Meta:
        abstract = True

    @property
    def succeeded(self) -> bool:
        return self.outcome == OK

    @property
    def outcome_in_words(self) -> str:
        """As "Timed out" for timed_out."""
        return words_of(self.outcome)

    @property
    def outcome_tone(self) -> str:
        """A kind of badge: an upstream's own "no" is a warning, the rest is bad."""
        if self.succeeded:
            return "good"
        return "warning" if self.status in range(400, 500) else "bad"


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, user: Any) -> "CallQuerySet":
        return self.filter(user_id=user.pk)

    def of_system(self, system: str) -> "CallQuerySet":
        return self.filter(system=system) if system else self

    def of_outcome(self, outcome: str) -> "CallQuerySet":
        """`outcome`: one of OUTCOMES, or empty for all."""
        if not outcome:
            return self
        return self.filter(Q(outcome=OK) if outcome == "succeeded" else ~Q(outcome=OK))

    def about(self, subject: str) -> "CallQuerySet":
        """Those that wrote to it."""
        return self.filter(subject=subject)


MAX_SUBJECT = 600  # characters


class Call(Outcome):
    at = models.DateTimeField(default=timezone.now)  # when it ended
    # The record outlives teammates and profiles, which may go while a call is still under way.
    # Their ids stay, so that no row is touched, of which there may be a million; FormerTeammate
    # knows whose they were.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    profile = models.ForeignKey(
        "profiles.CredentialProfile",
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    profile_name = models.CharField(max_length=80)  # stays when the profile is deleted
    system = models.CharField(max_length=8)  # a System
    operation = models.CharField(max_length=200)
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=300)  # without its query
    # What it wrote to, such as an account, as a path of the console; null for all other calls, so
    # that the index holds writes alone.
    subject = models.CharField(max_length=MAX_SUBJECT, null=True)  # noqa: DJ001
    received_bytes = models.BigIntegerField(default=0)
    timeline = models.JSONField(default=list)  # [[step, milliseconds or null], …]

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-at", "-id"]),
            models.Index(fields=["profile", "-at"]),
            models.Index(fields=["at"]),
            models.Index(
                fields=["subject", "user", "-at", "-id"],
                condition=Q(subject__isnull=False),
                name="calls_call_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}: {self.outcome}"

    @property
    def system_name(self) -> str:
        return System(self.system).label
