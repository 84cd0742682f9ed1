"""Bulk jobs: the rows that somebody brought, and the outcome of each."""

import uuid
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from console.profiles.targets import Target


class JobState(models.TextChoices):
    DRAFT = "draft", "Draft"  # nothing is sent yet
    RUNNING = "running", "Running"
    PAUSED = "paused", "Paused"
    STOPPED = "stopped", "Stopped"  # for good
    DONE = "done", "Done"


class RowState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Sending"
    DONE = "done", "Done"  # created, or changed
    REJECTED = "rejected", "Rejected"  # certainly nothing was written
    IN_DOUBT = "in_doubt", "In doubt"  # no answer tells; settled by looking, never by sending again


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(owner_id=user.pk)

    def drafts(self) -> Self:
        return self.filter(state=JobState.DRAFT)

    def started(self) -> Self:
        return self.exclude(state=JobState.DRAFT)


class Job(models.Model):
    """One operation for many rows, at one target.

    A DRAFT keeps the table that was brought in `sealed`. When it is started, a worker turns the
    table into rows, and sends them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    profile = models.ForeignKey(
        "profiles.CredentialProfile",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_constraint=False,
    )
    # What it is sent to: it stays when the profile is edited or deleted.
    organization_slug = models.CharField(max_length=100, blank=True)
    base_url = models.CharField(max_length=300, blank=True)
    credential = models.CharField(max_length=200)  # a credential_state(): what it was opened with
    operation = models.CharField(max_length=20)  # a key of BULK_OPERATIONS
    state = models.CharField(max_length=8, choices=JobState.choices, default=JobState.DRAFT)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    # What was brought, and how it is read.
    source = models.CharField(max_length=200, blank=True)  # the file's name; empty for typed rows
    sealed = models.BinaryField(null=True)  # the table; null once its rows are stored
    mapping = models.JSONField(default=dict)  # {field: number of its column}
    sends_existing = models.BooleanField(default=False)  # also names that exist already
    total = models.PositiveIntegerField(default=0)  # rows; exact once all are stored
    stored = models.PositiveIntegerField(default=0)  # of these, stored as JobRow
    # When the names of all accounts in DPaaS were known; null: never of all.
    checked_at = models.DateTimeField(null=True)

    # How it is sent. The database's clock.
    typed_name = models.CharField(max_length=400, blank=True)  # of the target (profiles/guard.py)
    rows_per_second = models.FloatField(default=5.0)
    next_send_at = models.DateTimeField(default=timezone.now)
    beat_at = models.DateTimeField(null=True)  # the last sign of life of a worker
    hands = models.PositiveIntegerField(default=0)  # grows with each revival; older tasks end
    # Why it waits or was paused, as a sentence; the seconds that it waits grow with `failures`.
    trouble = models.TextField(blank=True)
    wait_until = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    look_at = models.DateTimeField(null=True)  # when to look for the rows in doubt; null: not now

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.operation} of {self.total} rows: {self.state}"

    @property
    def target(self) -> Target:
        return Target.dpaas(self.organization_slug, self.base_url)

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.DONE, JobState.STOPPED)

    @property
    def is_settling(self) -> bool:
        """Whether it is over, and a worker still looks for its rows in doubt."""
        return self.is_over and self.finished_at is None

    @property
    def is_active(self) -> bool:
        """Whether a worker has something to do with it."""
        return self.state == JobState.RUNNING or self.is_settling


class BroughtTable(models.Model):
    """The table of a started job as it was brought: files of its rows have its columns."""

    job = models.OneToOneField(Job, primary_key=True, on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"table of {self.job_id}"


class JobRow(models.Model):
    """One row. `number`: as the spreadsheet counts it, so that the heading is 1."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    name = models.TextField(blank=True)  # of the account: to create, to give, or as it was brought
    account_id = models.CharField(max_length=200, blank=True)  # to change, or that was created
    sealed = models.BinaryField(null=True)  # the rest of what is sent, as JSON; null: nothing
    state = models.CharField(max_length=8, choices=RowState.choices, default=RowState.WAITING)
    # Of target and name, from the claim on until it is certain that nothing was created: two rows
    # with one key are never both sent, of whichever job.
    unique_key = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)  # the database's clock
    finished_at = models.DateTimeField(null=True)
    is_looked_for = models.BooleanField(default=True)  # while IN_DOUBT; False: it was, long enough
    failure = models.CharField(max_length=40, blank=True)  # the `kind` of an UpstreamError
    explanation = models.TextField(blank=True)  # the sentence that is shown, without secrets
    details = models.JSONField(default=dict)  # of a 422: messages by field

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["job", "state", "number"]),
            models.Index(fields=["account_id"]),
        ]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="one_row_of_a_number"),
            models.UniqueConstraint(
                fields=["unique_key"], condition=~Q(unique_key=""), name="one_row_of_a_unique_key"
            ),
        ]

    def __str__(self) -> str:
        return f"row {self.number}: {self.state}"
