"""One row for each run of a GraphQL document: what it was plainly, what it sent sealed."""

import uuid
from datetime import date, datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from console.calls.models import CUT_OFF, OK, Outcome, words_of
from console.calls.send_once import max_sending_seconds
from console.graphql.models import StoredResult
from console.graphql.stored import KEPT
from console.profiles.models import CredentialProfile
from console.profiles.targets import Target
from console.upstream.errors import tree

GRAPHQL_ERRORS = ("graphql_errors", "action_failed")  # outcomes of an answer that came
UNDER_WAY = "under_way"  # sent, and not answered yet
# Only an error's `kind` is stored: after these a mutation may have been carried out.
POSSIBLY_DONE = frozenset(
    [*(error.kind for error in tree() if error.possibly_done), UNDER_WAY, CUT_OFF]
)
OUTCOMES = ("succeeded", "graphql_errors", "failed")  # to filter by
KINDS = ("query", "mutation")


class Sharing(models.TextChoices):
    """What teammates with a profile for the target may read by the link of a run."""

    NOBODY = "", "Nothing"
    QUERY = "query", "The query"
    ALL = "variables", "The query and its variables"


class RunQuerySet(models.QuerySet["Run"]):
    def visible_to(self, user: Any) -> Self:
        return self.filter(owner_id=user.pk)

    def readable_by(self, user: Any, *, target: Target, profile: CredentialProfile | None) -> Self:
        """The teammate's own runs at `target`; with a `profile` for it, also what others share."""
        mine, shared = Q(owner_id=user.pk), ~Q(sharing=Sharing.NOBODY)
        may_read = mine | shared if profile and profile.target == target else mine
        return self.of_target(target).filter(may_read)

    def of_target(self, target: Target | None) -> Self:
        return self.filter(graphql_url=target.address) if target else self

    def of_outcome(self, outcome: str) -> Self:
        """`outcome`: one of OUTCOMES, or empty for all."""
        if not outcome:
            return self
        if outcome == "failed":
            return self.exclude(outcome__in=(OK, *GRAPHQL_ERRORS))
        return self.filter(outcome__in=[OK] if outcome == "succeeded" else GRAPHQL_ERRORS)

    def of_kind(self, kind: str) -> Self:
        """`kind`: one of KINDS, or empty for both."""
        return self.filter(is_mutation=kind == "mutation") if kind else self

    def under_way(self) -> Self:
        """Those that wait for their answer now."""
        return self.filter(outcome=UNDER_WAY, at__gt=timezone.now() - _longest_run())


class Run(Outcome):
    """A document that was sent, or would have been. It goes with its owner: it holds their work.

    A profile or an answer may be deleted while the call is under way, so that no constraint holds
    their ids.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the indexes below begin with it
    )
    at = models.DateTimeField(default=timezone.now)  # when it ended, or began if it is UNDER_WAY
    graphql_url = models.CharField(max_length=300)  # the address of its Target
    profile = models.ForeignKey(
        CredentialProfile,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_constraint=False,
    )
    profile_name = models.CharField(max_length=80)  # stays when the profile is deleted
    role = models.CharField(max_length=100, blank=True)  # empty: the token's default, not known
    operation = models.CharField(max_length=200)
    fields = models.CharField(max_length=1000)  # names of the top level, to be searched
    is_mutation = models.BooleanField()
    size = models.PositiveBigIntegerField()  # bytes of the answer
    starred = models.BooleanField(default=False)
    sharing = models.CharField(max_length=10, choices=Sharing.choices, blank=True)
    answer = models.ForeignKey(
        StoredResult, null=True, on_delete=models.SET_NULL, related_name="+", db_constraint=False
    )
    sealed = models.BinaryField()  # see sent.py

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["owner", "-at", "-id"], name="history_of_owner"),
            models.Index(fields=["owner", "graphql_url", "-at", "-id"], name="history_of_target"),
            models.Index(fields=["at"], name="history_at"),
        ]

    def __str__(self) -> str:
        return f"run of {self.operation}"

    def get_absolute_url(self) -> str:
        return reverse("graphql_run", args=[self.target, self.pk])

    @property
    def target(self) -> Target:
        return Target.dxtra(self.graphql_url)

    @property
    def day(self) -> date:
        """In the reader's zone."""
        return timezone.localdate(self.at)

    @property
    def kind(self) -> str:
        return "mutation" if self.is_mutation else "query"

    @property
    def is_under_way(self) -> bool:
        return self.outcome == UNDER_WAY and not self.is_cut_off

    @property
    def is_cut_off(self) -> bool:
        """Whether the process that waited for the answer must have ended without it."""
        return self.outcome == UNDER_WAY and timezone.now() > self.at + _longest_run()

    @property
    def outcome_in_words(self) -> str:
        return words_of(CUT_OFF) if self.is_cut_off else super().outcome_in_words

    @property
    def outcome_tone(self) -> str:
        return "info" if self.is_under_way else super().outcome_tone

    @property
    def may_have_happened(self) -> bool:
        """Whether nobody knows if the mutation was carried out."""
        return self.is_mutation and self.outcome in POSSIBLY_DONE

    @property
    def kept_answer_id(self) -> uuid.UUID | None:
        """The id of the answer while it is kept; the row of an old one may not be deleted yet."""
        return self.answer_id if timezone.now() < self.answer_kept_until else None

    @property
    def answer_kept_until(self) -> datetime:
        return self.at + KEPT


def _longest_run() -> timedelta:
    return timedelta(seconds=max_sending_seconds(settings.DXTRA_DEADLINE))
