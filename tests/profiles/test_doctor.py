"""`manage.py doctor` finds what is wrong and says what to do."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from console.database.clock import seconds_from_now
from console.profiles.diagnosis import findings
from console.profiles.lifecycle.refresh import CANNOT_OPEN
from console.profiles.models import CredentialProfile, TokenState
from console.team.models import User
from console.vault.keyset import new_keyset
from tests.profiles.lifecycle.rows import change
from tests.profiles.sealed import profile_with_tokens, results_of
from tests.vault.rings import disabled, promoted, two_keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]


def doctor() -> tuple[list[str], int]:
    """What it printed, and how it ended."""
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out)
    except SystemExit as end:
        return out.getvalue().splitlines(), int(str(end.code))
    return out.getvalue().splitlines(), 0


@pytest.fixture
def profile(alice: User) -> CredentialProfile:
    profile: CredentialProfile = profile_with_tokens(alice, 0)
    return profile


def test_where_all_is_well_it_says_so(alice: User, profile: CredentialProfile):
    results_of(alice, 2)
    assert doctor() == (["No problems found. All 6 stored secrets can be decrypted."], 0)


def test_each_value_that_does_not_open_is_named_with_what_to_do(
    alice: User, profile: CredentialProfile
):
    results_of(alice, 1)
    other = profile_with_tokens(alice, 1)
    change(profile, sealed_credential=other.sealed_credential, sealed_tokens=b"junk")
    lines, end = doctor()
    row = f"profile 0 (DPaaS) ({profile.pk}), alice@example.com"
    assert lines == [
        f"! The credentials of {row}, cannot be decrypted: they are damaged, or were "
        "copied from another row. Its owner must edit the profile and enter the secret again.",
        f"! The tokens of {row}, cannot be decrypted: they name no key. "
        "Its owner must end its session. The next call signs in again.",
    ]
    assert end == 1


def test_values_of_a_key_that_is_not_in_force_are_named(settings: Settings, alice: User):
    settings.VAULT_KEYSET, first, second = two_keys()
    profile_with_tokens(alice, 0)
    settings.VAULT_KEYSET = disabled(promoted(settings.VAULT_KEYSET, second), first)
    lines, end = doctor()
    advice = f"key {first} is disabled. Run manage.py keys enable {first}."
    assert ([advice in line for line in lines], end) == ([True, True], 1)
    settings.VAULT_KEYSET = new_keyset()
    lines, end = doctor()
    advice = f"key {first} is not in the keyset. Deploy a keyset that has it. If there is none: "
    assert ([advice in line for line in lines], end) == ([True, True], 1)


def test_a_rotation_that_is_under_way_is_said(settings: Settings, alice: User):
    settings.VAULT_KEYSET, first, second = two_keys()
    profile_with_tokens(alice, 0)
    lines, end = doctor()
    assert lines[0].startswith(f"- Key {second} is not in use. ")
    assert end == 0
    settings.VAULT_KEYSET = promoted(settings.VAULT_KEYSET, second)
    assert doctor() == (
        [
            f"! Key {first} is not the primary, and 2 values are still sealed with it. "
            "Run manage.py keys reseal."
        ],
        1,
    )


TROUBLES: dict[str, tuple[dict[str, Any], str, int]] = {
    "needs its owner": (
        {"state": TokenState.NEEDS_USER, "last_error": CANNOT_OPEN},
        "! {who}: sign-in refused. Its owner can edit it, or try again on its page. " + CANNOT_OPEN,
        1,
    ),
    "failing, and asked again at the next call": (
        {"failures": 3, "last_error": "DPaaS did not respond."},
        "! {who}: no token, failed 3 times in a row. Check that http://127.0.0.1:9 responds. "
        "Next try: at the next call. DPaaS did not respond.",
        1,
    ),
    "failing, and left alone": (
        {"failures": 1, "backoff_until": seconds_from_now(60), "last_error": "No response."},
        "! {who}: no token, failed 1 time. Check that http://127.0.0.1:9 responds. "
        "Next try: after {clock}. No response.",
        1,
    ),
    "paused": (
        {"backoff_until": seconds_from_now(60), "last_error": "Too many sign-ins."},
        "- {who}: paused. Next try: after {clock}. Too many sign-ins.",
        0,
    ),
    "a lease overdue": (
        {"state": TokenState.REFRESHING, "lease_until": seconds_from_now(-5)},
        "- {who}: a process ended while refreshing its token (lease expired at {clock}). "
        "The next call takes over.",
        0,
    ),
}


@pytest.mark.parametrize("case", TROUBLES)
def test_a_profile_in_trouble_is_named(case: str, profile: CredentialProfile):
    columns, line, code = TROUBLES[case]
    change(profile, **columns)
    profile.refresh_from_db()
    moment = profile.backoff_until or profile.lease_until
    expected = line.format(
        who=f"profile 0 (DPaaS) ({profile.pk}), alice@example.com",
        clock=f"{moment:%H:%M:%S} UTC" if moment else "",
    )
    lines, end = doctor()
    assert (lines[0], end) == (expected, code)


def test_a_lease_that_is_held_and_a_pause_that_is_over_are_no_trouble(
    profile: CredentialProfile,
):
    change(profile, state=TokenState.REFRESHING, lease_until=seconds_from_now(5))
    change(profile, backoff_until=seconds_from_now(-5))
    assert doctor()[1] == 0
    assert list(findings()) == []


def test_pending_migrations_are_said_first(profile: CredentialProfile):
    recorder = MigrationRecorder(connection)
    last = recorder.migration_qs.filter(app="calls").order_by("-name").first()
    last.delete()
    try:
        assert doctor() == (
            ["! 1 migration is pending. Run manage.py migrate, then manage.py doctor again."],
            1,
        )
    finally:
        recorder.record_applied(last.app, last.name)


def test_every_profile_in_trouble_is_named(alice: User):
    for number in range(3):
        profile_with_tokens(alice, number)
    CredentialProfile.objects.update(failures=1)
    assert len(list(findings())) == 3
