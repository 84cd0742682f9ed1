"""Tabs and their drafts: kept on the server as one types, so that nothing typed is lost.

A save names the version that its window read. It is refused where another window has saved since:
that text stays, and the teammate chooses. A window never conflicts with itself: it numbers its
saves, and one that was overtaken on its way changes nothing.
"""

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from console.graphql.desk.models import Tab, sealing_context
from console.graphql.documents import DocumentRefused, read_document
from console.graphql.models import StoredResult
from console.profiles.models import CredentialProfile
from console.team.models import User
from console.vault.sealing import CannotUnseal, seal_bytes, unseal_bytes

CLOSED_KEPT = timedelta(days=30)
MAX_CLOSED_TABS = 20  # of each teammate, the newest
MAX_DRAFT_BYTES = 400_000  # twice what may be sent: a text that is too long can be shortened


class ChangedElsewhere(Exception):
    """Another window has saved this tab since, or closed it; `tab` is how it stands now."""

    def __init__(self, tab: Tab) -> None:
        super().__init__("changed in another window")
        self.tab = tab


class DraftUnreadable(Exception):
    """What stood in the tab cannot be opened with the keys that this console has."""


class DraftTooLarge(Exception):
    """The text is longer than a draft may be."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the fields of a tab."""

    query: str
    variables: str = ""
    role: str = ""
    operation_name: str = ""

    @property
    def title(self) -> str:
        """The operation's name, or its first field; empty where the text cannot be read."""
        try:
            return read_document(self.query, self.operation_name).title
        except DocumentRefused:
            return ""


def tabs_of(user: User) -> list[Tab]:
    """The teammate's open tabs, in the order in which they were opened, without their texts."""
    tabs = Tab.objects.visible_to(user).open().defer("sealed")
    return list(tabs.order_by("created_at"))


def closed_tabs_of(user: User) -> list[Tab]:
    """The tabs that can be opened again, the last closed first, without their texts."""
    closed = Tab.objects.visible_to(user).filter(closed_at__isnull=False).defer("sealed")
    return list(closed.order_by("-closed_at")[:MAX_CLOSED_TABS])


def read_draft(tab: Tab) -> Draft:
    """Open what stands in a tab. Raises DraftUnreadable."""
    try:
        content = json.loads(unseal_bytes(bytes(tab.sealed), context=sealing_context(tab)))
    except CannotUnseal:
        raise DraftUnreadable from None
    return Draft(content["query"], content["variables"], tab.role, tab.operation_name)


def open_tab(
    user: User,
    profile: CredentialProfile | None,
    *,
    query: str,
    variables: str = "",
    role: str = "",
    operation_name: str = "",
    name: str = "",
    graphql_url: str = "",
) -> Tab:
    """Open a text in a new tab of the teammate, to be run with `profile`."""
    draft = Draft(query, variables, role, operation_name)
    url = profile.graphql_url if profile else graphql_url
    return _insert(uuid.uuid4(), user.pk, profile, url, draft, name=name)


def save_draft(
    user: User,
    tab_id: uuid.UUID,
    draft: Draft,
    *,
    profile: CredentialProfile,
    version: int,
    window: str,
    save_number: int = 0,
    overwrite: bool = False,
) -> int:
    """Save what stands in a tab; 0 as `version` makes the tab. Returns the new version.

    Raises ChangedElsewhere, unless `overwrite`; Tab.DoesNotExist for another teammate's tab;
    DraftTooLarge.
    """
    if len(draft.query.encode(errors="replace")) + len(draft.variables) > MAX_DRAFT_BYTES:
        raise DraftTooLarge
    tab = Tab.objects.filter(pk=tab_id).first()
    if tab is None:
        try:
            with transaction.atomic():
                made = _insert(
                    tab_id,
                    user.pk,
                    profile,
                    profile.graphql_url,
                    draft,
                    window=window,
                    save_number=save_number,
                )
        except IntegrityError:  # made by another request at the same moment
            tab = Tab.objects.get(pk=tab_id)
        else:
            return made.version
    if tab.owner_id != user.pk:
        raise Tab.DoesNotExist
    as_read = Q(version=version)
    if window:
        is_latest = Q(window=window, save_number__lte=save_number)
        as_read = (as_read & ~Q(window=window)) | is_latest
    expected = Q() if overwrite else as_read & Q(closed_at=None)
    saved = Tab.objects.filter(expected, pk=tab_id).update(
        sealed=_sealed(tab, draft),
        profile=profile,
        graphql_url=profile.graphql_url,
        **_columns(draft),
        version=F("version") + 1,
        window=window,
        save_number=save_number,
        updated_at=timezone.now(),
        closed_at=None,
    )
    tab.refresh_from_db()
    was_overtaken = window and tab.window == window and tab.closed_at is None
    if not saved and not was_overtaken and not _holds(tab, draft):
        raise ChangedElsewhere(tab)
    return tab.version


def note_result(tab_id: uuid.UUID, user: User, result: StoredResult | None) -> None:
    """Remember the answer that a run in this tab brought."""
    if result is not None:
        Tab.objects.visible_to(user).filter(pk=tab_id).update(result=result)


def rename(tab: Tab, name: str) -> None:
    Tab.objects.filter(pk=tab.pk).update(name=_text(name, 80))


def close(tab: Tab) -> None:
    """Close a tab. It can be opened again for a while."""
    Tab.objects.filter(pk=tab.pk).update(closed_at=timezone.now())
    _prune(tab.owner_id)


def reopen(tab: Tab) -> None:
    Tab.objects.filter(pk=tab.pk).update(closed_at=None, updated_at=timezone.now())
    _prune(tab.owner_id)


def _insert(
    tab_id: uuid.UUID,
    owner_id: Any,
    profile: CredentialProfile | None,
    graphql_url: str,
    draft: Draft,
    *,
    window: str = "",
    save_number: int = 0,
    name: str = "",
) -> Tab:
    tab = Tab(
        pk=tab_id,
        owner_id=owner_id,
        profile=profile,
        graphql_url=graphql_url,
        name=_text(name, 80),
        **_columns(draft),
        window=window,
        save_number=save_number,
    )
    tab.sealed = _sealed(tab, draft)
    tab.save(force_insert=True)
    _prune(owner_id)
    return tab


def delete_expired() -> None:
    """Forget all tabs that were closed long ago."""
    Tab.objects.filter(closed_at__lt=timezone.now() - CLOSED_KEPT).delete()


def _prune(owner_id: Any) -> None:
    """Close the tabs over the limit that were left alone longest; forget old closed ones."""
    mine = Tab.objects.filter(owner_id=owner_id)
    newest = mine.open().order_by("-updated_at").values_list("pk", flat=True)
    over = list(newest[settings.MAX_GRAPHQL_TABS :])
    if over:
        mine.filter(pk__in=over).update(closed_at=timezone.now())
    closed = mine.filter(closed_at__isnull=False)
    delete_expired()
    kept = closed.order_by("-closed_at").values_list("pk", flat=True)[:MAX_CLOSED_TABS]
    closed.exclude(pk__in=list(kept)).delete()


def _columns(draft: Draft) -> dict[str, str]:
    """What is stored of a draft beside its sealed text."""
    return {
        "title": _text(draft.title, 200),
        "role": _text(draft.role, 100),
        "operation_name": _text(draft.operation_name, 200),
    }


def _text(text: str, length: int) -> str:
    """`text` as a column takes it; PostgreSQL stores no NUL."""
    return text.replace("\0", "").strip()[:length]


def _sealed(tab: Tab, draft: Draft) -> bytes:
    content = json.dumps({"query": draft.query, "variables": draft.variables}).encode()
    return seal_bytes(content, context=sealing_context(tab))


def _holds(tab: Tab, draft: Draft) -> bool:
    """Whether a tab that another window has saved holds the same all the same."""
    try:
        return tab.closed_at is None and read_draft(tab) == draft
    except DraftUnreadable:
        return False
