"""The creates that were asked of DPaaS, each a row before it is sent (attempts.py)."""

from django.db import models

from console.accounts.attempts import Attempt, AttemptQuerySet


class SubmissionState(models.TextChoices):
    SENDING = "sending", "Sending"
    CREATED = "created", "Created"
    REFUSED = "refused", "Refused"  # certainly not created
    UNKNOWN = "unknown", "Unknown"  # no answer tells whether it was created
    MISSING = "missing", "Not found"  # as UNKNOWN, and a search found nothing that may be it


class AccountSubmission(Attempt):
    CERTAIN = (SubmissionState.CREATED, SubmissionState.REFUSED)

    name = models.TextField()
    is_default = models.BooleanField(default=False)
    state = models.CharField(
        max_length=8, choices=SubmissionState.choices, default=SubmissionState.SENDING
    )
    account_id = models.CharField(max_length=200, blank=True)
    # Accounts that may be it, to choose from: [{"id", "name", "created_at": text}, …]
    candidates = models.JSONField(default=list)

    objects = AttemptQuerySet["AccountSubmission"].as_manager()

    class Meta(Attempt.Meta):
        permissions = [("create_account", "Can create DPaaS accounts")]

    def __str__(self) -> str:
        return f"create {self.name!r}: {self.state}"
