"""What creates and changes of accounts share: a row before each is sent, and its outcome after it.

The row is inserted under the id of the form (console/calls/send_once.py), so that a double click
sends one write, and a write whose answer was lost is remembered.
"""

import uuid
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models

from console.accounts.services import CallResult
from console.calls.failures import page_status
from console.database.clock import seconds_from_now
from console.profiles.targets import Target
from console.upstream.errors import PROFILE_HELPS, ValidationFailed

# Values of `state` that both kinds have.
SENDING = "sending"
REFUSED = "refused"  # certainly nothing was written
UNKNOWN = "unknown"  # no answer tells

INTERRUPTED = "Gatehouse was interrupted while waiting for DPaaS."

A = TypeVar("A", bound="Attempt")


class AttemptQuerySet(models.QuerySet[A]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(user_id=user.pk)

    def sent_before(self, seconds: float) -> Self:
        """Those that were sent at least `seconds` ago."""
        return self.filter(sent_at__lt=seconds_from_now(-seconds))


class Attempt(models.Model):
    """A write to DPaaS that is sent once. Each kind has an `account_id`, choices of its own for
    `state`, and in `CERTAIN` those after which nothing is to be found out."""

    CERTAIN: ClassVar[tuple[str, ...]]

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
    # What it was sent to: it stays when the profile is edited or deleted.
    organization_slug = models.CharField(max_length=100, blank=True)
    base_url = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8)
    sent_at = models.DateTimeField(db_index=True)  # the database's clock
    # Why it was not done, or is not known.
    failure = models.CharField(max_length=40, blank=True)  # the `kind` of an UpstreamError
    explanation = models.TextField(blank=True)  # the sentence that was shown, without secrets
    details = models.JSONField(default=dict)  # of a 422: messages by field
    page_status = models.SmallIntegerField(default=200)  # of our page that shows it
    timeline = models.JSONField(default=list)  # [[step, milliseconds], …]
    milliseconds = models.FloatField(null=True)

    class Meta:
        abstract = True
        ordering = ["-sent_at"]

    @property
    def is_over(self) -> bool:
        return self.state != SENDING

    @property
    def target(self) -> Target:
        return Target.dpaas(self.organization_slug, self.base_url)

    @property
    def profile_helps(self) -> bool:
        """Whether the failure is put right on the profile's page."""
        return self.failure in PROFILE_HELPS


def find_own(own: "AttemptQuerySet[A]", pk: uuid.UUID, *, max_seconds: float) -> A:
    """Read one of a teammate's `own` attempts. Raises DoesNotExist.

    One that has been SENDING for longer than `max_seconds`, which no call can take, was
    interrupted: it is UNKNOWN.
    """
    found = own.filter(pk=pk)
    row = found.get()
    if not row.is_over and found.sent_before(max_seconds).exists():
        record_outcome(row, UNKNOWN, explanation=INTERRUPTED)
        row.refresh_from_db()
    return row


def record_outcome(row: Attempt, state: str, **columns: Any) -> None:
    """Write an outcome. A certain one replaces an uncertain one, and is never replaced."""
    uncertain = type(row)._default_manager.filter(pk=row.pk).exclude(state__in=row.CERTAIN)
    uncertain.update(state=state, **columns)


def record_failure(row: Attempt, result: CallResult[Any]) -> None:
    """Write why `result` failed: UNKNOWN if the write may have been carried out, else REFUSED."""
    failure = result.failure
    assert failure is not None
    # `is_write` is not set where only a token was asked for, or the account read: no write left.
    may_have_happened = failure.may_have_happened and failure.is_write
    record_outcome(
        row,
        UNKNOWN if may_have_happened else REFUSED,
        failure=failure.kind,
        explanation=failure.sentence_without_details,
        details=failure.details,
        page_status=422 if isinstance(failure, ValidationFailed) else page_status(failure),
        **timing_of(result),
    )


def timing_of(result: CallResult[Any]) -> dict[str, Any]:
    """The columns that tell where the time of a call went."""
    return {"timeline": result.timeline.steps, "milliseconds": result.timeline.total_ms}


def delete_old(attempts: "AttemptQuerySet[A]") -> None:
    """Delete those of `attempts` that are older than any call in the record."""
    attempts.sent_before(settings.CALLS_KEPT_DAYS * 86_400).delete()
