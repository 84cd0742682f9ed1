"""What was asked of DPaaS: each create is a row before it is sent (console/calls/send_once.py).

The row turns a double click into one create, and remembers a create whose answer was lost.
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
    MISSING = "missing", "Not found"  # the answer was lost, and a search found no account


class AccountSubmissionQuerySet(models.QuerySet["AccountSubmission"]):
    def visible_to(self, user: Any) -> "AccountSubmissionQuerySet":
        return self.filter(user_id=user.pk)

    def sent_before(self, seconds: float) -> "AccountSubmissionQuerySet":
        """The submissions that were sent at least `seconds` ago."""
        return self.filter(sent_at__lt=seconds_from_now(-seconds))


class AccountSubmission(models.Model):
    # Comes from the form, so that the second click finds the row of the first.
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
    # Why there is no account, or none that is known.
    failure = models.CharField(max_length=40, blank=True)  # the `kind` of an UpstreamError
    explanation = models.TextField(blank=True)  # the sentence that was shown, without secrets
    details = models.JSONField(default=dict)  # of a 422: messages by field
    page_status = models.SmallIntegerField(default=200)  # of our page that shows it
    timeline = models.JSONField(default=list)  # [[step, milliseconds], …]
    milliseconds = models.FloatField(null=True)

    objects = AccountSubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-sent_at"]
        permissions = [("create_account", "Can create DPaaS accounts")]

    def __str__(self) -> str:
        return f"create {self.name!r}: {self.state}"

    @property
    def is_over(self) -> bool:
        return self.state != SubmissionState.SENDING

    @property
    def profile_helps(self) -> bool:
        """Whether the failure is put right on the profile's page."""
        return self.failure in PROFILE_HELPS
