"""The few sign-ins that one Dxtra auth server may see from us, on both databases."""

from datetime import timedelta

import pytest
from django.db import connection

from console.profiles.lifecycle.sign_in_limits import (
    MAX_SIGN_INS_PER_SERVER,
    SLOT_SECONDS,
    take_slot,
)
from console.profiles.models import CredentialProfile, SignInSlot
from tests.profiles.lifecycle.rows import row_of
from tests.services.threads import in_threads

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


def take_all(profile: CredentialProfile) -> None:
    assert [
        take_slot(profile, now=row_of(profile).now) for _ in range(MAX_SIGN_INS_PER_SERVER)
    ] == [0.0] * MAX_SIGN_INS_PER_SERVER


def test_the_wait_for_a_slot_ends_when_the_oldest_becomes_free(dxtra_profile):
    take_all(dxtra_profile)
    oldest = SignInSlot.objects.order_by("used_at").first()
    assert oldest is not None
    SignInSlot.objects.filter(pk=oldest.pk).update(used_at=oldest.used_at - timedelta(seconds=200))
    wait = take_slot(dxtra_profile, now=row_of(dxtra_profile).now)
    assert SLOT_SECONDS - 230 < wait <= SLOT_SECONDS - 200


def test_a_slot_that_was_taken_on_a_full_second_becomes_free_like_any_other(dxtra_profile):
    take_all(dxtra_profile)
    with connection.cursor() as cursor:  # as the database writes it; Django leaves out the zeros
        cursor.execute(
            "UPDATE profiles_signinslot SET used_at = '2026-01-01 00:00:00.000000+00:00'"
            if connection.vendor == "postgresql"
            else "UPDATE profiles_signinslot SET used_at = '2026-01-01 00:00:00.000000'"
        )
    take_all(dxtra_profile)


def test_of_many_that_saw_the_last_slot_free_one_takes_it(dxtra_profile):
    for _ in range(3):
        SignInSlot.objects.all().delete()
        take_all(dxtra_profile)
        last = SignInSlot.objects.order_by("pk").last()
        assert last is not None
        free = last.used_at - timedelta(seconds=2 * SLOT_SECONDS)
        SignInSlot.objects.filter(pk=last.pk).update(used_at=free)
        now = row_of(dxtra_profile).now
        waits = in_threads(8, lambda now=now: take_slot(dxtra_profile, now=now))
        assert [wait == 0 for wait in sorted(waits)] == [True] + [False] * 7


def test_one_server_has_one_set_of_slots_however_its_address_is_spelt(alice):
    spellings = [
        "https://auth.dxtra.ai/v1",
        "https://AUTH.dxtra.ai:443/v1",
        "HTTPS://auth.dxtra.ai",
    ]
    for number, auth_url in enumerate(spellings):
        profile = CredentialProfile.objects.create(
            owner=alice,
            kind="dxtra",
            name=str(number),
            auth_url=auth_url,
            sealed_credential=b"",
            credential_changed_at="2026-01-01T00:00:00Z",
        )
        take_slot(profile, now=row_of(profile).now)
    assert SignInSlot.objects.count() == MAX_SIGN_INS_PER_SERVER
