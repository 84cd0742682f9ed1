"""What can be done with a credential profile. Verbs; none takes a request."""

import logging
from threading import Thread

from django.db import connections, transaction

from console.calls.services import record_call
from console.profiles.clients import egress, tokens_of
from console.profiles.lifecycle import lease as leases
from console.profiles.lifecycle.background import refresh_path
from console.profiles.lifecycle.sign_out import end_session
from console.profiles.models import CredentialProfile, CredentialProfileQuerySet, TokenState
from console.team.models import User
from console.upstream.systems import System
from console.vault.sealing import CannotUnseal

log = logging.getLogger(__name__)


def use_profile(profile: CredentialProfile) -> None:
    """Remember `profile` as the one of its kind that was used last."""
    with transaction.atomic():
        lock_owner(profile)
        same_kind = same_kind_as(profile)
        same_kind.filter(is_current=True).exclude(pk=profile.pk).update(is_current=False)
        same_kind.filter(pk=profile.pk).update(is_current=True)


def refresh_now(profile: CredentialProfile) -> None:
    """Fetch a new token at a teammate's wish. Raises UpstreamError."""
    path = refresh_path(profile)
    with record_call(profile, operation="refresh token", method="POST", path=path) as timeline:
        tokens_of(profile, timeline).refresh_now()


def sign_out_profile(profile: CredentialProfile) -> bool:
    """Forget the tokens, and end their session upstream; return whether the upstream heard of it.

    Only this session: never all of them, never the personal access token (upstreams.md). A
    credential that was refused stays so: it is not tried again because of a sign-out.
    """
    before = _forget_tokens(profile)
    return before is None or sign_out_upstream(before)


def sign_out_owner(owner: User) -> None:
    """Sign out all profiles of a teammate who was deactivated, or is about to be deleted.

    Their tokens are forgotten with the transaction that this is called in. The upstreams hear of it
    afterwards, in threads, so that one that hangs keeps nobody waiting.
    """
    rows = [
        _forget_tokens(profile) for profile in owner.profiles.filter(sealed_tokens__isnull=False)
    ]
    for row in filter(None, rows):
        # Not daemons: a process that is asked to stop finishes what would else be left open.
        thread = Thread(target=_sign_out_in_thread, args=(row,), name="sign out")
        transaction.on_commit(thread.start)


def _sign_out_in_thread(profile: CredentialProfile) -> None:
    try:
        sign_out_upstream(profile)
    except Exception:
        log.exception("A session could not be ended")
    finally:
        connections.close_all()


def _forget_tokens(profile: CredentialProfile) -> CredentialProfile | None:
    """Empty the token columns; return the row as it was, None if it is gone."""
    columns = leases.empty_columns()
    with transaction.atomic():
        before = locked_row(profile)
        if before and before.state == TokenState.NEEDS_USER:
            columns |= {"state": before.state, "last_error": before.last_error}
        CredentialProfile.objects.filter(pk=profile.pk).update(**columns)
    return before


def delete_profile(profile: CredentialProfile) -> bool:
    """Delete the profile and end its session; return whether the upstream heard of it.

    Where another profile of the kind is left, it becomes the current one.
    """
    is_ended = sign_out_profile(profile)
    others = same_kind_as(profile)
    with transaction.atomic():
        was_current = others.filter(pk=profile.pk, is_current=True).exists()
        others.filter(pk=profile.pk).delete()
        heir = others.order_by("-created_at").first() if was_current else None
    if heir:
        use_profile(heir)
    return is_ended


def same_kind_as(profile: CredentialProfile) -> CredentialProfileQuerySet:
    """The owner's profiles of one kind, of which one is the current one."""
    return CredentialProfile.objects.filter(owner_id=profile.owner_id, kind=profile.kind)


def lock_owner(profile: CredentialProfile) -> None:
    """Which profile is current is decided for one owner at a time: two clicks at once queue."""
    User.objects.select_for_update().get(pk=profile.owner_id)


def locked_row(profile: CredentialProfile) -> CredentialProfile | None:
    """The row as it is stored, which nobody else changes in this transaction."""
    return CredentialProfile.objects.select_for_update().filter(pk=profile.pk).first()


def sign_out_upstream(profile: CredentialProfile) -> bool:
    """End the session whose tokens `profile`, a row as it was, held; nobody can refresh them now.

    Return whether it is ended for sure. One that was being refreshed may have other tokens by now:
    nobody stores those, and it runs out.
    """
    if profile.kind != System.DXTRA or profile.sealed_tokens is None:
        return True
    try:
        _, refresh_token = leases.open_tokens(profile)
    except CannotUnseal:
        return False
    if refresh_token is None:
        return True
    ended = end_session(profile, refresh_token, egress())
    return ended and profile.state not in (TokenState.REFRESHING, TokenState.UNKNOWN)
