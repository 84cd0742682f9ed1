"""Take saved queries in from files, and give them out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings

from console.graphql.library.archives import write_zip
from console.graphql.library.contents import Content, folder_path
from console.graphql.library.finding import content_of
from console.graphql.library.importing.files import read_file
from console.graphql.library.importing.found import Found
from console.graphql.library.importing.graphql_files import add_fragments_of_other_files
from console.graphql.library.models import MAX_FOLDER, SavedQuery
from console.graphql.library.saving import SaveRefused, save_new
from console.profiles.targets import Target
from console.team.models import User


@dataclass(frozen=True, slots=True)
class Imported:
    saved: list[SavedQuery]
    left_out: list[str]  # a sentence each
    more_left_out: int  # that are not listed


def import_files(
    user: User, target: Target, files: Iterable[tuple[str, bytes]], *, folder: str
) -> Imported:
    """Save each query that the files hold as a private one of `user`, below `folder`.

    `files`: their names and contents. What is saved already, word for word, is left out.
    """
    found = Found()
    for name, body in files:
        read_file(name, body, found)
    add_fragments_of_other_files(found)
    saved: list[SavedQuery] = []
    for number, content in enumerate(found.contents):
        content = _below(folder, content)
        if _is_saved(user, target, content):
            found.leave_out(content.name, "skipped: already saved.")
            continue
        try:
            saved.append(save_new(user, target, content, note="Imported"))
        except SaveRefused as refused:
            rest = len(found.contents) - number
            found.put_first(f"{rest} not imported. {refused.sentence}")
            break
        if len(saved) == settings.SAVED_QUERY_IMPORT_MAX and number + 1 < len(found.contents):
            rest = len(found.contents) - number - 1
            found.put_first(
                f"{rest} not imported: an import takes {len(saved)} at most. Import the rest in "
                "another one, which skips what is saved already."
            )
            break
    return Imported(saved, found.left_out, found.more_left_out)


def export_own(user: User) -> Iterator[bytes]:
    """A zip of all saved queries of `user`, at every target, as it is written."""
    mine = SavedQuery.objects.filter(owner=user).order_by("folder", "name", "pk")
    pks = list(mine.values_list("pk", flat=True))
    return write_zip(_entries(pks))


def _entries(pks: list[UUID]) -> Iterator[tuple[Content, str]]:
    for pk in pks:  # one short query each: no cursor stays open while a browser reads
        saved = SavedQuery.objects.filter(pk=pk).first()
        content = content_of(saved) if saved else None
        if saved and content:
            yield content, saved.graphql_url


def _below(folder: str, content: Content) -> Content:
    path = folder_path(f"{folder}/{content.folder}")[:MAX_FOLDER]
    return replace(content, folder=path)


def _is_saved(user: User, target: Target, content: Content) -> bool:
    mine = SavedQuery.objects.filter(owner=user).of_target(target)
    alike = mine.filter(name=content.name, folder=content.folder)
    return any(content_of(each) == content for each in alike[:20])
