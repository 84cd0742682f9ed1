"""How a teammate likes the lists: columns, density; and the lists that an API does not have."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from console.accounts.lists.kinds import KINDS, ListKind
from console.accounts.lists.listing import Listing
from console.accounts.lists.models import ListSettings
from console.database.compiled import CompiledQuery
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.web.templatetags.tables import Column

HIDDEN_FOR = timedelta(days=1)  # then a list that was missing is offered again
SETTINGS = CompiledQuery(lambda owner_id: ListSettings.objects.filter(owner_id=owner_id))


def settings_of(user: User) -> ListSettings:
    return SETTINGS.first(user.pk) or ListSettings(owner_id=user.pk)


def shown_columns(settings: ListSettings, kind: ListKind[Any]) -> Sequence[Column[Any]]:
    """The chosen columns; the main one always, and all where nothing was chosen."""
    chosen = settings.columns.get(kind.screen)
    if not chosen:
        return kind.columns
    return [column for column in kind.columns if column.is_main or column.field in chosen]


def choose_columns(
    user: User, kind: ListKind[Any], fields: Sequence[str], *, is_dense: bool
) -> None:
    settings = settings_of(user)
    known = [column.field for column in kind.columns]
    columns = {**settings.columns, kind.screen: [each for each in known if each in fields]}
    ListSettings.objects.update_or_create(
        owner_id=user.pk, defaults={"columns": columns, "is_dense": is_dense}
    )


def offered_kinds(settings: ListSettings, profile: CredentialProfile | None) -> list[ListKind[Any]]:
    """The lists that the profile's API has, as far as is known."""
    missing = settings.missing.get(str(profile.pk), {}) if profile else {}
    return [kind for kind in KINDS if not _is_recent(missing.get(kind.screen, ""))]


def note_missing(user: User, profile: CredentialProfile, kind: ListKind[Any]) -> None:
    """Remember that the API answered the list's path with 404 or 405."""
    settings = settings_of(user)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    of_profile = {**settings.missing.get(str(profile.pk), {}), kind.screen: now}
    missing = {**settings.missing, str(profile.pk): of_profile}
    ListSettings.objects.update_or_create(owner_id=user.pk, defaults={"missing": missing})


def note_answer(
    user: User, settings: ListSettings, profile: CredentialProfile, listing: Listing
) -> None:
    """Remember whether the API has the list that was asked for."""
    if listing.is_missing:
        note_missing(user, profile, listing.kind)
    elif listing.failure is None:
        note_there(user, settings, profile, listing.kind)


def note_there(
    user: User, settings: ListSettings, profile: CredentialProfile, kind: ListKind[Any]
) -> None:
    """Forget that a list was missing: it has just answered."""
    of_profile = settings.missing.get(str(profile.pk), {})
    if kind.screen in of_profile:
        of_profile = {screen: at for screen, at in of_profile.items() if screen != kind.screen}
        missing = {**settings.missing, str(profile.pk): of_profile}
        ListSettings.objects.filter(owner_id=user.pk).update(missing=missing)


def _is_recent(moment: str) -> bool:
    return bool(moment) and datetime.now(UTC) - datetime.fromisoformat(moment) < HIDDEN_FOR
