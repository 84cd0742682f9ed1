"""`manage.py doctor` finds what is wrong and says what to do."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
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
    assert doctor() == (["Nothing must be done. Sealed values: 4, and all open."], 0)


def test_each_value_that_does_not_open_is_named_with_what_to_do(
    alice: User, profile: CredentialProfile
):
    results_of(alice, 1)
    other = profile_with_tokens(alice, 1)
    change(profile, sealed_credential=other.sealed_credential, sealed_tokens=b"junk")
    lines, end = doctor()
    row = f"profile 0 (DPaaS) ({profile.pk}), alice@example.com"
    assert lines == [
        f"! The credentials of {row}, do not open: they were moved here, or damaged. "
        "Its owner edits the profile and types the secret again.",
        f"! The tokens of {row}, do not open: no key marked them. "
        "Its owner signs the profile out; it signs in anew at its next call.",
    ]
    assert end == 1


def test_values_of_a_key_that_is_not_in_force_are_named(settings: Settings, alice: User):
    settings.VAULT_KEYSET, first, second = two_keys()
    profile_with_tokens(alice, 0)
    settings.VAULT_KEYSET = disabled(promoted(settings.VAULT_KEYSET, second), first)
    lines, end = doctor()
    advice = f"key {first} is disabled. manage.py keys enable {first}."
    assert ([advice in line for line in lines], end) == ([True, True], 1)
    settings.VAULT_KEYSET = new_keyset()
    lines, end = doctor()
    advice = f"key {first} is not in the keyset. Deploy a keyset with it, if there is one. Else: "
    assert ([advice in line for line in lines], end) == ([True, True], 1)


def test_a_rotation_that_is_under_way_is_said(settings: Settings, alice: User):
    settings.VAULT_KEYSET, first, second = two_keys()
    profile_with_tokens(alice, 0)
    lines, end = doctor()
    assert [line[:30] for line in lines[:1]] == [f"- Key {second} seals nothing: it"[:30]]
    assert end == 0
    settings.VAULT_KEYSET = promoted(settings.VAULT_KEYSET, second)
    assert doctor() == (
        [f"! Key {first} is not the primary and still seals 2 values: run manage.py keys reseal."],
        1,
    )


TROUBLES: dict[str, tuple[dict[str, Any], str, int]] = {
    "needs its owner": (
        {"state": TokenState.NEEDS_USER, "last_error": CANNOT_OPEN},
        "! {who} needs its owner, who edits it. " + CANNOT_OPEN,
        1,
    ),
    "failing, and asked again at the next call": (
        {"failures": 3, "last_error": "DPaaS did not answer."},
        "! {who} got no token, 3 times in a row: look whether http://127.0.0.1:9 answers. "
        "It is asked again at its next call. DPaaS did not answer.",
        1,
    ),
    "failing, and left alone": (
        {"failures": 1, "backoff_until": seconds_from_now(60), "last_error": "No answer."},
        "! {who} got no token, 1 time: look whether http://127.0.0.1:9 answers. "
        "It is asked again from {clock} on. No answer.",
        1,
    ),
    "paused": (
        {"backoff_until": seconds_from_now(60), "last_error": "Too many sign-ins."},
        "- {who} goes on by itself from {clock} on. Too many sign-ins.",
        0,
    ),
    "a lease overdue": (
        {"state": TokenState.REFRESHING, "lease_until": seconds_from_now(-5)},
        "- {who} has a lease that ran out at {clock}, because its process ended: "
        "the next call takes over by itself.",
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
            ["! 1 migration is pending: run manage.py migrate, then this again."],
            1,
        )
    finally:
        recorder.record_applied(last.app, last.name)


def test_a_database_that_does_not_answer_is_one_sentence():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE profiles_credentialprofile RENAME TO away")
    try:
        with pytest.raises(CommandError, match=r"The database cannot be used \("):
            doctor()
        with pytest.raises(CommandError, match=r"The database cannot be used \("):
            call_command("keys", "status")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE away RENAME TO profiles_credentialprofile")


def test_every_profile_in_trouble_is_named(alice: User):
    for number in range(3):
        profile_with_tokens(alice, number)
    CredentialProfile.objects.update(failures=1)
    assert len(list(findings())) == 3
