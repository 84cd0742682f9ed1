"""Save queries, version by version. A save never overwrites what its author has not seen."""

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from console.graphql.documents import DocumentRefused, read_document
from console.graphql.library.contents import Content, open_content, seal_content
from console.graphql.library.models import SavedQuery, SavedVersion
from console.profiles.targets import Target
from console.team.models import User


class SaveRefused(Exception):
    """Nothing was saved; `sentence` says why, for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class SavedMeanwhile(Exception):
    """Somebody has saved a newer version than the one that this save was made from."""


def save_new(
    user: User, target: Target, content: Content, *, is_shared: bool = False, note: str = ""
) -> SavedQuery:
    """Keep `content` as a new saved query of `user`. Raises SaveRefused."""
    if SavedQuery.objects.filter(owner=user).count() >= settings.SAVED_QUERIES_PER_TEAMMATE:
        raise SaveRefused(
            f"You have {settings.SAVED_QUERIES_PER_TEAMMATE} saved queries, which is the limit. "
            "Delete some to save more."
        )
    saved = SavedQuery(owner=user, graphql_url=target.address, is_shared=is_shared)
    _describe(saved, content, user)
    with transaction.atomic():
        saved.save(force_insert=True)
        _add_version(saved, content, user, note=note)
    return saved


def save_version(
    saved: SavedQuery, content: Content, user: User, *, made_from: int, note: str = ""
) -> None:
    """Add `content` as the newest version, if `made_from` is still the newest one.

    Raises SavedMeanwhile and SaveRefused; nothing is changed then.
    """
    _describe(saved, content, user)
    with transaction.atomic():
        mine = SavedQuery.objects.filter(pk=saved.pk, version=made_from)
        changed = mine.update(
            version=made_from + 1,
            name=saved.name,
            folder=saved.folder,
            description=saved.description,
            tags=saved.tags,
            searchable=saved.searchable,
            kind=saved.kind,
            updated_at=saved.updated_at,
            updated_by=saved.updated_by,
        )
        if not changed:
            raise SavedMeanwhile
        if saved.is_mutation:  # no report runs one; what is only broken is mended, and stays one
            SavedQuery.objects.filter(pk=saved.pk).update(is_report=False)
            saved.is_report = False
        saved.version = made_from + 1
        _add_version(saved, content, user, note=note)
    _drop_oldest(saved)


def restore(saved: SavedQuery, version: SavedVersion, user: User, *, made_from: int) -> None:
    """Save the texts of an earlier version again. Raises ContentLost, and as save_version."""
    note = f"Restored version {version.number}"
    save_version(saved, open_content(version), user, made_from=made_from, note=note)


def newest(saved: SavedQuery) -> SavedVersion:
    """The version that counts. Raises SavedVersion.DoesNotExist."""
    return find_version(saved, saved.version)


def find_version(saved: SavedQuery, number: int) -> SavedVersion:
    """Raises SavedVersion.DoesNotExist."""
    version = SavedVersion.objects.get(saved_id=saved.pk, number=number)
    version.saved = saved  # its sealing names it
    return version


def bytes_of(owner_id: UUID | None) -> int:
    """How much the versions of a teammate's saved queries take, those that others made included."""
    sizes = SavedVersion.objects.filter(saved__owner_id=owner_id).aggregate(sum=Sum("size"))
    return sizes["sum"] or 0


def kind_of(content: Content) -> str:
    """ "query" or "mutation"; empty where the text cannot be run as it is."""
    try:
        document = read_document(content.query, content.operation_name)
    except DocumentRefused:
        return ""
    return "mutation" if document.is_mutation else "query"


def _describe(saved: SavedQuery, content: Content, user: User) -> None:
    """Give the row what is listed and searched."""
    saved.name, saved.folder = content.name, content.folder
    saved.description = content.description
    saved.tags = f" {content.tags} " if content.tags else ""
    parts = (content.name, content.folder, content.description, content.tags)
    saved.searchable = "\n".join(parts).casefold()
    saved.kind = kind_of(content)
    saved.updated_at, saved.updated_by = timezone.now(), user.email


def _add_version(saved: SavedQuery, content: Content, user: User, *, note: str) -> None:
    version = SavedVersion(saved=saved, number=saved.version, author=user.email, note=note)
    seal_content(version, content)
    if bytes_of(saved.owner_id) + version.size > settings.SAVED_QUERIES_MAX_BYTES:
        raise SaveRefused(
            f"Your saved queries take {settings.SAVED_QUERIES_MAX_BYTES // 1_000_000} MB with "
            "their versions, which is the limit. Delete some to save more."
        )
    version.save(force_insert=True)


def _drop_oldest(saved: SavedQuery) -> None:
    oldest_kept = saved.version - settings.SAVED_QUERY_VERSIONS
    SavedVersion.objects.filter(saved=saved, number__lte=oldest_kept).delete()
