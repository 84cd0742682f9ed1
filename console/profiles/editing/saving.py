"""Check a credential with its upstream, and save a new or edited profile."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from console.calls.services import record_call
from console.database.clock import DatabaseNow
from console.database.connection import release_connection
from console.profiles.clients import egress
from console.profiles.editing.versions import FORM_FIELDS, Version, version_of
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle.grants import sign_in_grant
from console.profiles.lifecycle.refresh import CANNOT_OPEN
from console.profiles.lifecycle.sign_in_limits import note_sign_in, with_sign_in
from console.profiles.lifecycle.sign_out import end_session
from console.profiles.models import CredentialProfile
from console.profiles.services import lock_owner, locked_row, same_kind_as, sign_out_upstream
from console.upstream.errors import CredentialNeedsOwner
from console.upstream.tokens import TokenSet
from console.vault.sealing import CannotUnseal
from console.vault.secret import Secret


class EditedMeanwhile(Exception):
    """Nothing was saved: somebody else, or another tab, has saved the profile since.

    `stored`: the profile as it is now; None: it was deleted.
    """

    def __init__(self, stored: CredentialProfile | None) -> None:
        super().__init__("the profile was edited after the form was opened")
        self.stored = stored


@dataclass(frozen=True, slots=True)
class Checked:
    """A credential that the upstream has just accepted, and the tokens that it gave."""

    tokens: TokenSet
    started: float  # monotonic seconds


def check_credential(profile: CredentialProfile, secret: Secret | None) -> Checked:
    """Sign in once with what the form holds; `profile` need not be saved. Raises UpstreamError.

    `secret` None: with the stored one.
    """
    if secret is None:
        try:
            secret = leases.open_credential(profile)
        except CannotUnseal:
            system = profile.get_kind_display()
            raise CredentialNeedsOwner(system, reason=CANNOT_OPEN) from None
    release_connection()
    grant = sign_in_grant(profile, secret)
    path = urlsplit(grant.url).path
    with (
        record_call(profile, operation="check credential", method="POST", path=path) as timeline,
        egress().acquire(
            grant.url,
            system=profile.get_kind_display(),
            share=str(profile.owner_id),
            timeline=timeline,
            seconds=leases.CALL_SECONDS,
        ),
    ):
        started = time.monotonic()
        tokens = grant.fetch_token(egress(), timeline=timeline, deadline=leases.CALL_SECONDS)
    return Checked(tokens, started)


def discard_check(profile: CredentialProfile, checked: Checked) -> None:
    """End the session that a check began upstream, where its tokens are not going to be stored."""
    end_session(profile, checked.tokens.refresh_token, egress())


def save_profile(
    profile: CredentialProfile,
    *,
    secret: Secret | None,
    checked: Checked | None,
    opened_with: Version | None = None,
) -> CredentialProfile:
    """Save a new or an edited profile; `secret` None keeps the stored one.

    Tokens of before go where the secret or an address changed, and their session is ended. With
    `checked` its tokens are the profile's first, so that the check was not a sign-in for nothing;
    but not where the stored secret that it tried has been replaced meanwhile. Whenever they are
    not stored, their session is ended too. Raises EditedMeanwhile, or IntegrityError where the
    name is taken.
    """
    columns: dict[str, Any] = {name: getattr(profile, name) for name in FORM_FIELDS}
    if secret is not None:
        columns["sealed_credential"] = leases.seal_credential(profile, secret)
        columns["credential_changed_at"] = DatabaseNow()
    before, voided, is_stored = None, False, False
    try:
        with transaction.atomic():
            if profile._state.adding:
                _insert(profile, columns)
            else:
                before = _unchanged(locked_row(profile), profile, secret, opened_with)
                voided = secret is not None or _reaches_elsewhere(profile, before)
                columns |= _voided_columns() if voided else {}
                CredentialProfile.objects.filter(pk=profile.pk).update(**columns)
            if checked and not _tried_a_replaced_secret(profile, before, secret):
                _store_checked(profile, checked)
                is_stored = True
    finally:
        if checked and not is_stored:
            discard_check(profile, checked)
    if before and (voided or is_stored):
        sign_out_upstream(before)
    return profile


def check_unchanged(
    profile: CredentialProfile, *, secret: Secret | None, opened_with: Version | None
) -> None:
    """Raises EditedMeanwhile where saving would overwrite what its teammate has not seen.

    `opened_with`: what the form showed when it was opened; None: nobody knows.
    """
    _unchanged(
        CredentialProfile.objects.filter(pk=profile.pk).first(), profile, secret, opened_with
    )


def _unchanged(
    stored: CredentialProfile | None,
    profile: CredentialProfile,
    secret: Secret | None,
    opened_with: Version | None,
) -> CredentialProfile:
    if stored is None:
        raise EditedMeanwhile(None)
    if secret is None and stored.origins != profile.origins:
        raise EditedMeanwhile(stored)  # its secret was typed for another server
    is_seen = opened_with is None or opened_with == version_of(stored)
    if not is_seen and not _holds_the_same(stored, profile, secret):
        raise EditedMeanwhile(stored)
    return stored


def _holds_the_same(
    stored: CredentialProfile, profile: CredentialProfile, secret: Secret | None
) -> bool:
    """Whether `profile` would overwrite nothing: a second click, mostly."""
    if any(getattr(stored, name) != getattr(profile, name) for name in FORM_FIELDS):
        return False
    try:
        return secret is None or leases.open_credential(stored).reveal() == secret.reveal()
    except CannotUnseal:
        return False


def _tried_a_replaced_secret(
    profile: CredentialProfile, before: CredentialProfile | None, secret: Secret | None
) -> bool:
    if before is None or secret is not None:
        return False
    return before.credential_changed_at != profile.credential_changed_at


def _insert(profile: CredentialProfile, columns: dict[str, Any]) -> None:
    lock_owner(profile)
    for name, value in columns.items():
        setattr(profile, name, value)
    profile.is_current = not same_kind_as(profile).filter(is_current=True).exists()
    profile.save(force_insert=True)
    profile.refresh_from_db()


def _store_checked(profile: CredentialProfile, checked: Checked) -> None:
    row = leases.read(profile.pk)
    assert row  # it is locked
    now = leases.database_time(row)
    note_sign_in(row, now=now)
    started_at = now - timedelta(seconds=time.monotonic() - checked.started)
    CredentialProfile.objects.filter(pk=row.pk).update(
        **leases.empty_columns()
        | leases.fresh_columns(row, checked.tokens, started_at=started_at)
        | {"recent_sign_ins": with_sign_in([], now=now)}
    )


def _voided_columns() -> dict[str, Any]:
    """As a profile that was never used: nothing is left of the session of before."""
    return leases.empty_columns() | {"stored_at": None, "identity": {}}


def _reaches_elsewhere(profile: CredentialProfile, stored: CredentialProfile) -> bool:
    """Would the profile sign in as somebody else, or somewhere else, than before?"""
    return profile.signs_in != stored.signs_in
