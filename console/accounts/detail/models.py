"""The changes of accounts, each a row before it is sent (console/accounts/attempts.py)."""

from django.db import models

from console.accounts.attempts import Attempt, AttemptQuerySet


class ChangeState(models.TextChoices):
    SENDING = "sending", "Sending"
    DONE = "done", "Done"
    REFUSED = "refused", "Not changed"  # certainly
    UNKNOWN = "unknown", "Unknown"  # no answer tells


class AccountChange(Attempt):
    """`sealed`: what it sends and what was there before, which may be personal (metadata)."""

    CERTAIN = (ChangeState.DONE, ChangeState.REFUSED)

    account_id = models.CharField(max_length=200)
    operation = models.CharField(max_length=20)  # a key of OPERATIONS
    sealed = models.BinaryField()
    state = models.CharField(max_length=8, choices=ChangeState.choices, default=ChangeState.SENDING)

    objects = AttemptQuerySet["AccountChange"].as_manager()

    class Meta(Attempt.Meta):
        indexes = [models.Index(fields=["user", "account_id", "-sent_at"])]

    def __str__(self) -> str:
        return f"{self.operation} of {self.account_id}: {self.state}"
