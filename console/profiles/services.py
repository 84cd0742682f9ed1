"""What can be done with a credential profile. Verbs; none takes a request."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from console.calls.services import record_call
from console.database.clock import DatabaseNow
from console.database.connection import release_connection
from console.profiles.clients import egress, tokens_of
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle.background import refresh_path
from console.profiles.lifecycle.grants import sign_in_grant
from console.profiles.lifecycle.refresh import CANNOT_OPEN
from console.profiles.lifecycle.sign_in_limits import note_sign_in, with_sign_in
from console.profiles.models import CredentialProfile, CredentialProfileQuerySet, TokenState
from console.team.models import User
from console.upstream.errors import CredentialNeedsOwner, UpstreamError
from console.upstream.grants import sign_out
from console.upstream.systems import System
from console.upstream.tokens import TokenSet
from console.vault.sealing import CannotUnseal
from console.vault.secret import Secret

SIGN_OUT_DEADLINE = 5.0  # seconds; a courtesy to the upstream, not worth a longer wait


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
    with record_call(profile, operation="check credential", method="POST", path=path) as timeline:
        started = time.monotonic()
        tokens = grant.fetch_token(egress(), timeline=timeline, deadline=leases.CALL_SECONDS)
    return Checked(tokens, started)


def save_profile(
    profile: CredentialProfile, *, secret: Secret | None, checked: Checked | None
) -> CredentialProfile:
    """Save a new or an edited profile; `secret` None keeps the stored one.

    Tokens of before go where the secret or an address changed, and their session is ended. With
    `checked` its tokens are the profile's first, so that the check was not a sign-in for nothing;
    but not where the stored secret that it tried has been replaced meanwhile.
    """
    columns: dict[str, Any] = {name: getattr(profile, name) for name in FORM_FIELDS}
    if secret is not None:
        columns["sealed_credential"] = leases.seal_credential(profile, secret)
        columns["credential_changed_at"] = DatabaseNow()
    before = None
    with transaction.atomic():
        if profile._state.adding:
            _insert(profile, columns)
        elif before := _locked(profile):
            if secret is None and before.credential_changed_at != profile.credential_changed_at:
                checked = None
            voided = secret is not None or _reaches_elsewhere(profile, before)
            if voided:
                columns |= _voided_columns()
            CredentialProfile.objects.filter(pk=profile.pk).update(**columns)
            before = before if voided or checked else None
        if checked:
            _store_checked(profile, checked)
    if before:
        _sign_out_upstream(before)
    return profile


FORM_FIELDS = [
    "name",
    "auth_url",
    "graphql_url",
    "role",
    "base_url",
    "email",
    "organization_slug",
]


def use_profile(profile: CredentialProfile) -> None:
    """Make `profile` the current one of its kind."""
    with transaction.atomic():
        _one_at_a_time(profile)
        same_kind = _same_kind(profile)
        same_kind.filter(is_current=True).exclude(pk=profile.pk).update(is_current=False)
        same_kind.filter(pk=profile.pk).update(is_current=True)


def refresh_now(profile: CredentialProfile) -> None:
    """TokenRefresh a new token at a teammate's wish. Raises UpstreamError."""
    path = refresh_path(profile)
    with record_call(profile, operation="refresh token", method="POST", path=path) as timeline:
        tokens_of(profile, timeline).refresh_now()


def sign_out_profile(profile: CredentialProfile) -> bool:
    """Forget the tokens, and end their session upstream; return whether the upstream heard of it.

    Only this session: never all of them, never the personal access token (upstreams.md). A
    credential that was refused stays so: it is not tried again because of a sign-out.
    """
    columns = leases.empty_columns()
    with transaction.atomic():
        before = _locked(profile)
        if before and before.state == TokenState.NEEDS_USER:
            columns |= {"state": before.state, "last_error": before.last_error}
        CredentialProfile.objects.filter(pk=profile.pk).update(**columns)
    return before is None or _sign_out_upstream(before)


def delete_profile(profile: CredentialProfile) -> bool:
    """Delete the profile and end its session; return whether the upstream heard of it.

    Where another profile of the kind is left, it becomes the current one.
    """
    told = sign_out_profile(profile)
    others = _same_kind(profile)
    with transaction.atomic():
        was_current = others.filter(pk=profile.pk, is_current=True).exists()
        others.filter(pk=profile.pk).delete()
        heir = others.order_by("-created_at").first() if was_current else None
    if heir:
        use_profile(heir)
    return told


def _same_kind(profile: CredentialProfile) -> CredentialProfileQuerySet:
    """The owner's profiles of one kind, of which one is the current one."""
    return CredentialProfile.objects.filter(owner_id=profile.owner_id, kind=profile.kind)


def _one_at_a_time(profile: CredentialProfile) -> None:
    """Which profile is current is decided for one owner at a time: two clicks at once queue."""
    User.objects.select_for_update().get(pk=profile.owner_id)


def _insert(profile: CredentialProfile, columns: dict[str, Any]) -> None:
    _one_at_a_time(profile)
    for name, value in columns.items():
        setattr(profile, name, value)
    profile.is_current = not _same_kind(profile).filter(is_current=True).exists()
    profile.save(force_insert=True)
    profile.refresh_from_db()


def _store_checked(profile: CredentialProfile, checked: Checked) -> None:
    row = leases.read(profile.pk)
    if row is None:
        return
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
    who = ["auth_url", "graphql_url", "base_url", "email", "organization_slug"]
    return any(getattr(profile, name) != getattr(stored, name) for name in who)


def _locked(profile: CredentialProfile) -> CredentialProfile | None:
    """The row as it is stored, which nobody else changes in this transaction."""
    return CredentialProfile.objects.select_for_update().filter(pk=profile.pk).first()


def _sign_out_upstream(profile: CredentialProfile) -> bool:
    """End the session whose tokens `profile`, a row as it was, held; nobody can refresh them now.

    Return whether it is ended for sure. One that was being refreshed may have other tokens by now:
    nobody stores those, and it runs out.
    """
    if profile.kind != System.DXTRA or profile.sealed_tokens is None:
        return True  # DPaaS documents no sign-out: its tokens are forgotten, and run out
    try:
        _, refresh_token = leases.open_tokens(profile)
    except CannotUnseal:
        return False
    if refresh_token is None:
        return True
    release_connection()
    try:
        path = f"{urlsplit(profile.auth_url).path}/signout"
        with record_call(profile, operation="sign out", method="POST", path=path) as timeline:
            sign_out(
                egress(),
                auth_url=profile.auth_url,
                refresh_token=refresh_token,
                timeline=timeline,
                deadline=SIGN_OUT_DEADLINE,
            )
    except UpstreamError:
        return False
    return profile.state not in (TokenState.REFRESHING, TokenState.UNKNOWN)
