"""Credential profiles, one row each: where an upstream is, the sealed credential, the tokens.

The columns from `generation` on belong to console/profiles/lifecycle alone, which writes them in
guarded UPDATEs; a refresh never writes the credential. All their times are the database's clock.
"""

import time
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery

from console.calls.models import Call
from console.database.clock import DatabaseNow
from console.profiles.targets import Target
from console.upstream.network.origins import origin_of
from console.upstream.systems import System
from console.vault.sealing import Context


class TokenState(models.TextChoices):
    """Drawn as a table, with what leads out of each, in docs/architecture.md."""

    EMPTY = "empty"  # a credential, no tokens
    VALID = "valid"  # one answer's tokens
    REFRESHING = "refreshing"  # somebody holds the lease; the refresh token counts as spent
    UNKNOWN = "unknown"  # the lease ended without a stored answer
    NEEDS_USER = "needs_user"  # the credential was refused


class Environment(models.TextChoices):
    """What is at stake with a profile's target, as its owner says."""

    PRODUCTION = "production", "Production"
    STAGING = "staging", "Staging"
    TEST = "test", "Test"
    LOCAL = "local", "Local"


class CredentialProfileQuerySet(models.QuerySet["CredentialProfile"]):
    def with_clock(self) -> "CredentialProfileQuerySet":
        """Also read the database's time, as `.now`."""
        return self.annotate(database_now=DatabaseNow())

    def with_last_outcome(self) -> "CredentialProfileQuerySet":
        """Also read how the last call with each profile ended, as `.last_outcome`."""
        calls = Call.objects.filter(profile_id=OuterRef("pk"), user_id=OuterRef("owner_id"))
        return self.annotate(last_outcome=Subquery(calls.order_by("-at").values("outcome")[:1]))

    def visible_to(self, user: Any) -> "CredentialProfileQuerySet":
        return self.filter(owner_id=user.pk)


class CredentialProfile(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profiles"
    )
    kind = models.CharField(max_length=8, choices=[(each.value, each.label) for each in System])
    name = models.CharField(max_length=80)
    environment = models.CharField(
        max_length=10,
        choices=Environment.choices,
        default=Environment.PRODUCTION,
        help_text="Production is marked on every screen; each change asks for the target's name.",
    )
    read_only = models.BooleanField(
        "Read-only",
        default=False,
        help_text="No mutation and no new account is sent with this profile.",
    )
    is_current = models.BooleanField(default=False)  # of its kind, the one that was used last
    created_at = models.DateTimeField(auto_now_add=True)

    # Dxtra
    auth_url = models.CharField(max_length=300, blank=True)
    graphql_url = models.CharField(max_length=300, blank=True)
    role = models.CharField(max_length=100, blank=True)
    # DPaaS
    base_url = models.CharField(max_length=300, blank=True)
    email = models.CharField(max_length=254, blank=True)
    organization_slug = models.CharField(max_length=100, blank=True)

    # The personal access token, or the password. Sealed for this row, its owner and its servers.
    sealed_credential = models.BinaryField()
    credential_changed_at = models.DateTimeField()

    # --- the token lifecycle's own ---
    generation = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=TokenState.choices, default=TokenState.EMPTY)
    # Access and refresh token in one bundle, so that a mixed pair cannot exist.
    sealed_tokens = models.BinaryField(null=True)
    stored_at = models.DateTimeField(null=True)
    advisory_refresh_at = models.DateTimeField(null=True)  # the advisory window's start
    access_expires_at = models.DateTimeField(null=True)
    lease_owner = models.UUIDField(null=True)
    lease_epoch = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    backoff_until = models.DateTimeField(null=True)  # the upstream is left alone until then
    failures = models.IntegerField(default=0)  # in a row
    last_error = models.CharField(max_length=400, blank=True)  # the sentence last told, no secret
    recent_sign_ins = models.JSONField(default=list)  # seconds since 1970, an hour's at most
    forced_at = models.DateTimeField(null=True)  # the last refresh that an API's 401 asked for
    identity = models.JSONField(default=dict)  # name, roles, default_role: for display

    objects = CredentialProfileQuerySet.as_manager()

    read_at: float  # when this row was read, on this process's monotonic clock, in seconds

    outcome_now = ""  # of the call just made with it (console/calls/services.py); no column

    class Meta:
        ordering = ["kind", "name", "created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "name"],
                name="one_name_for_one_profile",
                violation_error_message="You already have a profile with this name.",
            ),
            models.UniqueConstraint(
                fields=["owner", "kind"],
                condition=Q(is_current=True),
                name="one_current_profile_of_a_kind",
                violation_error_message="Another profile of this kind became the current one.",
            ),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read_at = time.monotonic()

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"

    @property
    def has_clock(self) -> bool:
        """Whether this row was read with_clock()."""
        return "database_now" in self.__dict__

    @property
    def now(self) -> datetime:
        """The database's time when this row was read; only a row read with_clock() knows it."""
        moment: datetime = self.database_now  # type: ignore[attr-defined]
        return moment

    @property
    def is_stored(self) -> bool:
        return not self._state.adding

    @property
    def writes(self) -> str:
        """What changes data, as the screens say it after "can" or "can't"."""
        return "create or change accounts" if self.kind == System.DPAAS else "run mutations"

    @property
    def signs_in_as(self) -> str:
        """Who the profile is to the upstream, as far as we know without a token."""
        if self.kind == System.DPAAS:
            return f"{self.email} ({self.organization_slug})"
        return str(self.identity.get("name", ""))

    @property
    def target(self) -> Target:
        """What its calls read and write."""
        if self.kind == System.DPAAS:
            return Target.dpaas(self.organization_slug, self.base_url)
        return Target.dxtra(self.graphql_url)

    @property
    def addresses(self) -> tuple[str, str, str]:
        """Where this profile's tokens are sent; a token is never sent to another address."""
        return (self.auth_url, self.graphql_url, self.base_url)

    @property
    def signs_in(self) -> tuple[str, ...]:
        """Where, and as whom: what another one's token reads and writes is not this profile's."""
        return (*self.addresses, self.email, self.organization_slug)

    @property
    def origins(self) -> tuple[str, ...]:
        """The servers of this profile: its secret and its tokens were given for these alone."""
        return tuple(dict.fromkeys(origin_of(url) for url in self.addresses if url))

    def sealing_context(self, field: str) -> Context:
        """What is sealed is bound to the servers too: moved to another one, it does not open."""
        return Context(self._meta.db_table, str(self.pk), field, str(self.owner_id), self.origins)


class Unlock(models.Model):
    """Some minutes in which a production profile writes without its target's name being typed.

    The rows stay as the record of who unlocked what, and when: they name the target, and are bound
    to it. All times are the database's clock. `locked_at`: ended early, by "Lock again".
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    profile = models.ForeignKey(
        CredentialProfile, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False
    )
    profile_name = models.CharField(max_length=80)  # stays when the profile is deleted
    target = models.TextField()  # its slug
    at = models.DateTimeField()
    until = models.DateTimeField()
    locked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["profile", "-at"])]

    def __str__(self) -> str:
        return f"{self.profile_name} unlocked until {self.until}"


class SignInSlot(models.Model):
    """One of the few sign-ins that one Dxtra auth server may see from us in five minutes.

    Nhost Auth answers 429 after ten sign-ins in five minutes from one address (upstreams.md), and
    all profiles share our address. A slot is taken in one conditional UPDATE of `used_at`.
    """

    auth_origin = models.CharField(max_length=300)
    number = models.SmallIntegerField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["auth_origin", "number"], name="one_row_for_a_slot")
        ]

    def __str__(self) -> str:
        return f"slot {self.number} of {self.auth_origin}"
