"""What was asked of DPaaS: each create is a row before it is sent.

The row makes one of a double click, and it remembers a create whose answer was lost.
"""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from console.database.clock import seconds_from_now
from console.upstream.errors import PROFILE_HELPS


class SubmissionState(models.TextChoices):
    SENDING = "sending", "Being sent"
    CREATED = "created", "Created"
    REFUSED = "refused", "Refused"  # certainly not created
    UNKNOWN = "unknown", "May exist"  # the answer was lost
    MISSING = "missing", "Not found"  # was looked for after a lost answer


class AccountSubmissionQuerySet(models.QuerySet["AccountSubmission"]):
    def visible_to(self, user: Any) -> "AccountSubmissionQuerySet":
        return self.filter(user_id=user.pk)

    def sent_before(self, seconds: float) -> "AccountSubmissionQuerySet":
        """Those that were sent at least `seconds` ago."""
        return self.filter(sent_at__lt=seconds_from_now(-seconds))


class AccountSubmission(models.Model):
    # Comes from the form, so that the second of two clicks finds the first one's row.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey(
        "profiles.CredentialProfile",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    name = models.TextField()
    is_default = models.BooleanField(default=False)
    state = models.CharField(
        max_length=8, choices=SubmissionState.choices, default=SubmissionState.SENDING
    )
    sent_at = models.DateTimeField(db_index=True)  # the database's clock
    account_id = models.CharField(max_length=200, blank=True)
    # Why there is no account, or none that is known of.
    failure = models.CharField(max_length=40, blank=True)  # the `kind` of an UpstreamError
    explanation = models.TextField(blank=True)  # the sentence told, no secret
    details = models.JSONField(default=dict)  # a 422's: field to sentences
    page_status = models.SmallIntegerField(default=200)  # of our page that tells it
    timeline = models.JSONField(default=list)  # [[step, milliseconds], …]
    milliseconds = models.FloatField(null=True)

    objects = AccountSubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at"]
        permissions = [("create_account", "Can create DPaaS accounts")]

    def __str__(self) -> str:
        return f"create {self.name!r}: {self.state}"

    @property
    def profile_helps(self) -> bool:
        """Whether the way on after the failure is on the profile's own page."""
        return self.failure in PROFILE_HELPS
