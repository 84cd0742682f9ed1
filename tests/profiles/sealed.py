"""Rows that hold sealed values: profiles with tokens, and kept results."""

from typing import Any

from django.utils import timezone

from console.graphql.models import StoredResult
from console.graphql.stored import store_result
from console.profiles.lifecycle import lease as leases
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.upstream.tokens import TokenSet
from console.vault.columns import SealedColumn, sealed_columns
from console.vault.secret import Secret
from tests.factories import NOBODY_LISTENS, DpaasProfileFactory


def column(name: str) -> SealedColumn:
    return next(column for column in sealed_columns() if column.name == name)


def profile_with_tokens(owner: User, number: int, *, base_url: str = NOBODY_LISTENS) -> Any:
    """A DPaaS profile whose tokens live for an hour; nobody was asked for them."""
    profile = DpaasProfileFactory(
        owner=owner,
        name=f"profile {number}",
        base_url=base_url,
        email=owner.email,
        secret=f"password {number} of {owner.email}",
    )
    tokens = TokenSet(
        access_token=Secret(f"access {number} of {owner.email}"),
        refresh_token=Secret(f"refresh {number} of {owner.email}"),
        expires_in=3600,
        identity=None,
    )
    columns = leases.fresh_columns(profile, tokens, started_at=timezone.now())
    CredentialProfile.objects.filter(pk=profile.pk).update(generation=1, **columns)
    return profile


def results_of(owner: User, count: int) -> None:
    """Kept results, also more than the three that one teammate may have."""
    kept = []
    for number in range(count):
        body = f'{{"data": "result {number} of {owner.email}"}}'.encode()
        stored = store_result(owner.pk, graphql_url="", operation=f"operation {number}", body=body)
        kept.append(StoredResult.objects.get(pk=stored.pk))
    StoredResult.objects.filter(owner=owner).delete()
    StoredResult.objects.bulk_create(kept)
