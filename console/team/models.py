"""The user model: a teammate, identified by e-mail address."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models.functions import Lower
from django.dispatch import Signal
from django.utils import timezone

deactivated = Signal()  # sender: User; instance: a teammate who may not come in any more


class UserQuerySet(models.QuerySet["User"]):
    def update(self, **values: Any) -> int:
        """As Django's; who is deactivated by it is announced, as by save()."""
        if values.get("is_active", True) is True:
            return super().update(**values)
        with transaction.atomic(using=self.db):
            ids = list(self.values_list("pk", flat=True))
            count = super().update(**values)
            for user in User.objects.using(self.db).filter(pk__in=ids, is_active=False):
                deactivated.send(User, instance=user)
        return count


class UserManager(BaseUserManager["User"]):
    """Creates users, and finds them by e-mail address in any case."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a teammate, who cannot sign in without a password."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an administrator (`manage.py createsuperuser`)."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A teammate. The e-mail address is the user name, stored in lower case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        "email address",
        unique=True,
        error_messages={"unique": "There is already a teammate with this email address."},
    )
    name = models.CharField(
        max_length=150, blank=True, help_text="Optional. Shown beside the address."
    )
    is_active = models.BooleanField(
        "active", default=True, help_text="Clear this instead of deleting a teammate."
    )
    is_staff = models.BooleanField(
        "administrator", default=False, help_text="Can open the administration pages."
    )
    date_joined = models.DateTimeField("joined", default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "teammate"
        ordering = ("email",)
        constraints = [
            # save() stores lower case; this also covers bulk_create() and update().
            models.UniqueConstraint(
                Lower("email"),
                name="team_user_email_any_case",
                violation_error_message="There is already a teammate with this email address.",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)
        if not self.is_active:
            deactivated.send(User, instance=self)

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email


class FormerTeammate(models.Model):
    """Who a deleted teammate was, for the records that keep their id (console/calls/models.py)."""

    id = models.UUIDField(primary_key=True, editable=False)
    email = models.EmailField("email address")
    deleted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.email
