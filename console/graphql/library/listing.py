"""The list of saved queries: searched, filtered, in pages."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from django.http import QueryDict

from console.graphql.library.models import SavedQuery, SavedQueryQuerySet
from console.profiles.targets import Target
from console.team.models import User
from console.web.paging import RowsPage, page_number, page_of

MAX_SEARCH = 100  # characters
MAX_CHOICES = 100  # folders and tags to filter by
MAX_COUNTED = 2_000  # rows that these are read from
WHOSE = ("mine", "team")


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a list's address asks for."""

    search: str = ""
    whose: str = ""  # "mine", "team" (shared by others), or both
    folder: str = ""  # with those below it
    tag: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        whose = query.get("whose", "")
        return cls(
            search=query.get("q", "").strip()[:MAX_SEARCH].replace("\x00", ""),
            whose=whose if whose in WHOSE else "",
            folder=query.get("folder", "")[:200].replace("\x00", ""),
            tag=query.get("tag", "")[:200].replace("\x00", ""),
            page=page_number(query.get("page", "")),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.search or self.whose or self.folder or self.tag)

    def url(self, **changes: Any) -> str:
        """The address of the list with `changes`, from its first page on."""
        asked = replace(self, **({"page": 1} | changes))
        query = {
            "q": asked.search,
            "whose": asked.whose,
            "folder": asked.folder,
            "tag": asked.tag,
            "page": asked.page if asked.page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in query.items() if value})


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list, and what can be filtered by."""

    query: ListQuery
    page: RowsPage[SavedQuery]
    folders: list[str]
    tags: list[str]

    @property
    def previous_url(self) -> str:
        return self.query.url(page=self.page.previous) if self.page.previous else ""

    @property
    def next_url(self) -> str:
        return self.query.url(page=self.page.next) if self.page.next else ""


def list_saved(user: User, target: Target, query: ListQuery) -> Listing:
    visible = SavedQuery.objects.visible_to(user).of_target(target)
    page = page_of(_found(visible, user, query).with_owner(), query.page)
    return Listing(query, page, *_choices(visible))


def list_reports(user: User, target: Target, *, limit: int | None = None) -> list[SavedQuery]:
    """What is pinned, of one's own and of the team, by name; the first `limit` of it."""
    visible = SavedQuery.objects.visible_to(user).of_target(target)
    return list(visible.filter(is_report=True).order_by("name", "pk")[:limit])


def _found(visible: SavedQueryQuerySet, user: User, query: ListQuery) -> SavedQueryQuerySet:
    if query.whose == "mine":
        visible = visible.filter(owner=user)
    elif query.whose == "team":
        visible = visible.filter(is_shared=True).exclude(owner_id=user.pk)
    if query.folder:
        inside = f"{query.folder}/"
        visible = visible.filter(folder=query.folder) | visible.filter(folder__startswith=inside)
    if query.tag:
        visible = visible.filter(tags__contains=f" {query.tag} ")
    for word in query.search.casefold().split():
        visible = visible.filter(searchable__contains=word)
    return visible


def _choices(visible: SavedQueryQuerySet) -> tuple[list[str], list[str]]:
    """The folders, with those above them, by name; the tags, the most used first."""
    pairs = visible.order_by().values_list("folder", "tags")[:MAX_COUNTED]
    folders: set[str] = set()
    tags: Counter[str] = Counter()
    for folder, words in pairs:
        steps = folder.split("/") if folder else []
        folders |= {"/".join(steps[: end + 1]) for end in range(len(steps))}
        tags.update(words.split())
    by_use = sorted(tags, key=lambda tag: (-tags[tag], tag))
    return sorted(folders, key=str.casefold)[:MAX_CHOICES], by_use[:MAX_CHOICES]
