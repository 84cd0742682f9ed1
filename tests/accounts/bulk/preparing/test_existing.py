"""What DPaaS has already is read over the wire, a while in each request."""

from datetime import timedelta

import pytest
from django.db.models import F
from pytest_django import Settings

from console.accounts.bulk.preparing.existing import Existing, look
from console.accounts.lists.models import Walk
from console.profiles.models import CredentialProfile
from console.upstream.errors import RateLimited
from sandbox.dpaas import DpaasUpstream

pytestmark = pytest.mark.django_db(transaction=True)


def read(profile: CredentialProfile) -> Existing:
    existing = look(profile)
    while existing.is_reading:
        existing = look(profile)
    return existing


def rename(dpaas: DpaasUpstream, number: int, name: str) -> str:
    """Returns the id of the account."""
    acme = dpaas.data.organizations["acme"]["id"]
    account = [each for each in dpaas.data.accounts if each["organization_id"] == acme][number]
    account["name"] = name
    return str(account["id"])


def test_names_are_found_exactly_and_those_that_are_like_them_apart(
    profile: CredentialProfile, dpaas: DpaasUpstream
):
    account_id = rename(dpaas, 150, "Ação")
    existing = read(profile)
    assert (existing.is_complete, existing.read, existing.total) == (True, 240, 240)
    names = ["Ac\u0327a\u0303o", " Ação ", "ação", "Nobody"]
    assert existing.found(names) == {names[0]: account_id, names[1]: account_id}
    assert existing.alike(names) == {"ação": "Ação"}
    assert existing.name_of(account_id) == "Ação"


def test_ids_that_dpaas_does_not_have_are_missing(profile: CredentialProfile, dpaas: DpaasUpstream):
    account_id = rename(dpaas, 0, "First")
    assert read(profile).missing([account_id, "nobody"]) == {"nobody"}


def test_nothing_is_called_missing_where_not_all_was_read(
    profile: CredentialProfile, dpaas: DpaasUpstream, settings: Settings
):
    settings.LISTS_MAX_ROWS = 100
    existing = read(profile)
    assert (existing.is_complete, existing.read) == (False, 100)
    assert existing.missing(["nobody"]) == set()


def test_nor_where_dpaas_sends_rows_twice_in_place_of_others(
    profile: CredentialProfile, dpaas: DpaasUpstream
):
    """As where it has no order among accounts of one second."""
    first = {"total": 240, "page": 2, "results": dpaas.data.accounts[:100]}
    dpaas.faults.add(route="GET /accounts", body=first)
    dpaas.faults.add(route="GET /accounts", body=first)
    existing = read(profile)
    assert (existing.read, existing.total, existing.is_complete) == (100, 240, False)
    assert existing.missing(["nobody"]) == set()


def test_nor_where_the_last_page_is_gone_when_it_is_asked_for(
    profile: CredentialProfile, dpaas: DpaasUpstream
):
    """As where accounts were deleted meanwhile: Django REST framework answers 404."""
    gone = {"status": 404, "body": {"detail": "Invalid page."}}
    dpaas.faults.add(route="GET /accounts", after=2, **gone)
    existing = read(profile)
    assert (existing.read, existing.failure, existing.is_complete) == (200, None, False)


def test_a_list_of_which_few_pages_may_be_read_in_a_minute_is_read_on(
    profile: CredentialProfile, dpaas: DpaasUpstream
):
    """Read anew after each refusal, it would never be read to its end."""
    throttle = {"status": 429, "headers": {"Retry-After": "60"}, "body": {"detail": "Slow down."}}
    dpaas.faults.add(route="GET /accounts", after=1, **throttle)
    assert isinstance(look(profile).failure, RateLimited)
    Walk.objects.update(read_at=F("read_at") - timedelta(seconds=90))
    assert read(profile).is_complete
    assert dpaas.stats.counts.api_calls == 3 + 1
    Walk.objects.update(read_at=F("read_at") - timedelta(seconds=90))
    read(profile)  # again: what was read to its end is not kept as long
    assert dpaas.stats.counts.api_calls == 3 + 1 + 3


def test_a_list_that_cannot_be_read_says_why(profile: CredentialProfile, dpaas: DpaasUpstream):
    dpaas.faults.add(route="GET /accounts", status=500, body={"error": "x"})
    existing = look(profile)
    assert existing.failure is not None
    assert not existing.is_complete
    assert not existing.is_reading
    assert existing.found(["Acme"]) == {}
