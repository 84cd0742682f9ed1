"""Rows, and answers of the upstreams, by factory-boy: `DpaasProfileFactory(owner=alice)`.

A test names the fields that it is about; all others have a default.
"""

from datetime import timedelta
from typing import Any

import factory
from django.contrib.auth.models import Group
from django.utils import timezone
from factory.django import DjangoModelFactory

from console.accounts.models import AccountSubmission
from console.calls.models import Call
from console.database.clock import seconds_from_now
from console.graphql.history.models import Run
from console.graphql.history.sent import Sent, seal_sent
from console.profiles.editing import saving
from console.profiles.models import CredentialProfile, Environment
from console.team.models import User
from console.upstream.systems import System
from console.vault.secret import Secret
from sandbox.people import OPS_DPAAS, OPS_DXTRA

NOBODY_LISTENS = "http://127.0.0.1:9"

# --- Rows -----------------------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    """A teammate. Without a `password` nobody can sign in as them; `groups`: their names."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        administrator = factory.Trait(is_staff=True, is_superuser=True)

    email = factory.Sequence(lambda number: f"teammate-{number}@example.com")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return model_class.objects.create_user(**fields)

    @factory.post_generation
    def groups(self, create: bool, names: list[str] | None, **_: Any) -> None:
        if names:
            self.groups.add(*Group.objects.filter(name__in=names))


class CredentialProfileFactory(DjangoModelFactory):
    """A profile as the product saves it: its `secret` sealed, nothing sent to the upstream."""

    class Meta:
        abstract = True
        model = CredentialProfile

    owner = factory.SubFactory(UserFactory)
    environment = Environment.LOCAL

    @classmethod
    def _create(
        cls, model_class: type[CredentialProfile], *args: Any, secret: str, **columns: Any
    ) -> CredentialProfile:
        return saving.save_profile(model_class(**columns), secret=Secret(secret), checked=None)


class DpaasProfileFactory(CredentialProfileFactory):
    """Signs in to the sandbox as `person`; with `base_url=dpaas.url` it can be used."""

    class Params:
        person = OPS_DPAAS

    kind = System.DPAAS
    name = "DPaaS"
    base_url = NOBODY_LISTENS
    email = factory.SelfAttribute("person.email")
    organization_slug = factory.SelfAttribute("person.organization_slug")
    secret = factory.SelfAttribute("person.password")


class DxtraProfileFactory(CredentialProfileFactory):
    """Signs in to the sandbox as `person`; with `origin=dxtra.url` it can be used."""

    class Params:
        person = OPS_DXTRA
        origin = NOBODY_LISTENS

    kind = System.DXTRA
    name = "Dxtra"
    auth_url = factory.LazyAttribute(lambda profile: f"{profile.origin}/v1")
    graphql_url = factory.LazyAttribute(lambda profile: f"{profile.origin}/v1/graphql")
    secret = factory.SelfAttribute("person.personal_access_token")


class CallFactory(DjangoModelFactory):
    """A call to DPaaS that went well, `number` seconds from now."""

    class Meta:
        model = Call

    class Params:
        number = 0

    user = factory.SubFactory(UserFactory)
    at = factory.LazyAttribute(lambda call: timezone.now() + timedelta(seconds=call.number))
    profile_name = "Sandbox"
    system = System.DPAAS
    operation = factory.LazyAttribute(lambda call: f"list accounts {call.number}")
    method = "GET"
    path = "/accounts"
    status = 200
    outcome = "ok"
    received_bytes = 2048
    milliseconds = 12.4
    timeline = [["token reused", 0.0], ["first byte", 11.2], ["body", 0.7]]


class RunFactory(DjangoModelFactory):
    """A query of Dxtra that succeeded, `number` seconds from now, sealed with what it sent."""

    class Meta:
        model = Run

    class Params:
        number = 0

    owner = factory.SubFactory(UserFactory)
    at = factory.LazyAttribute(lambda run: timezone.now() + timedelta(seconds=run.number))
    graphql_url = "https://api.dxtra.ai/v1/graphql"
    profile_name = "Dxtra"
    role = "user"
    operation = factory.LazyAttribute(lambda run: f"Subjects{run.number}")
    fields = "dataSubjects"
    is_mutation = False
    outcome = "ok"
    status = 200
    milliseconds = 14.2
    size = 2048

    @classmethod
    def _create(
        cls,
        model_class: type[Run],
        *args: Any,
        query: str = "{ dataSubjects { id } }",
        variables: str = "",
        failure: str = "",
        **columns: Any,
    ) -> Run:
        run = model_class(**columns)
        seal_sent(run, Sent(query, variables, failure=failure))
        run.save(force_insert=True)
        return run


class AccountSubmissionFactory(DjangoModelFactory):
    """A create that was sent `age` seconds ago."""

    class Meta:
        model = AccountSubmission

    class Params:
        age = 0

    user = factory.SubFactory(UserFactory)
    profile = None
    organization_slug = factory.LazyAttribute(
        lambda row: row.profile.organization_slug if row.profile else ""
    )
    base_url = factory.LazyAttribute(lambda row: row.profile.base_url if row.profile else "")
    name = "Staging"
    sent_at = factory.LazyAttribute(lambda row: seconds_from_now(-row.age))

    @classmethod
    def _create(
        cls, model_class: type[AccountSubmission], *args: Any, **columns: Any
    ) -> AccountSubmission:
        row: AccountSubmission = super()._create(model_class, **columns)
        row.refresh_from_db()  # `sent_at` is the database's time
        return row


# --- Answers, as their JSON is read ---------------------------------------------------------------


class AccountJSONFactory(factory.DictFactory):
    """An account of DPaaS."""

    id = factory.Sequence(lambda number: f"acc-{number}")
    name = factory.LazyAttribute(lambda account: f"Account {account.id}")
    organization_id = "org-1"
    is_default = False
    is_active = True
    created_at = "2026-01-01T00:00:00Z"
    updated_at = factory.SelfAttribute("created_at")


class DpaasTokensJSONFactory(factory.DictFactory):
    """What DPaaS gives for a password or a refresh token."""

    access_token = factory.Sequence(lambda number: f"access-{number}")
    refresh_token = factory.Sequence(lambda number: f"refresh-{number}")
    token_type = "Bearer"
    expires_in = 900


class DxtraTokensJSONFactory(factory.DictFactory):
    """What Dxtra gives for a personal access token."""

    class Params:
        access_token = factory.Sequence(lambda number: f"access-{number}")
        refresh_token = factory.Sequence(lambda number: f"refresh-{number}")
        expires_in = 900

    session = factory.Dict(
        {
            "accessToken": factory.SelfAttribute("..access_token"),
            "refreshToken": factory.SelfAttribute("..refresh_token"),
            "accessTokenExpiresIn": factory.SelfAttribute("..expires_in"),
        }
    )
