"""Which saved query a tab of the desk holds, so that Save there knows where it came from."""

import hashlib
import json
import uuid
from contextlib import suppress

from django.http import QueryDict

from console.graphql.desk import tabs
from console.graphql.desk.models import Tab
from console.graphql.desk.tabs import ChangedElsewhere, Draft, DraftTooLarge, DraftUnreadable
from console.graphql.forms import unix_lines
from console.graphql.library.contents import Content, open_content
from console.graphql.library.models import OpenedTab, SavedQuery
from console.graphql.library.saving import newest
from console.profiles.models import CredentialProfile
from console.team.models import User


def open_in_desk(user: User, saved: SavedQuery, profile: CredentialProfile | None) -> Tab:
    """Open the newest version in a new tab of `user`. Raises ContentLost."""
    content = open_content(newest(saved))
    tab = tabs.open_tab(
        user,
        profile,
        name=content.name,
        query=content.query,
        variables=content.variables,
        role=content.role,
        operation_name=content.operation_name,
        graphql_url=saved.graphql_url,
    )
    _note(tab, saved)
    return tab


def keep_draft(user: User, profile: CredentialProfile | None, sent: QueryDict) -> bool:
    """Keep what the form of the desk sent in its tab, which may not have been kept yet.

    False where it is not kept. Raises ChangedElsewhere: what another window saved stays.
    """
    tab_id = _uuid(sent.get("tab", ""))
    if profile is None or tab_id is None:
        return False
    draft = Draft(
        query=unix_lines(sent.get("query", "")),
        variables=unix_lines(sent.get("variables", "")),
        role=sent.get("role", ""),
        operation_name=sent.get("operation_name", ""),
    )
    window = sent.get("window", "")[:32]
    with suppress(DraftTooLarge, Tab.DoesNotExist):
        tabs.save_draft(
            user,
            tab_id,
            draft,
            profile=profile,
            version=_number(sent.get("version", "")),
            window=window,
            save_number=_number(sent.get("save_number", "")),
        )
        return True
    return False


def text_state(query: str, variables: str) -> str:
    """By which a form tells later what stood in a tab when it was drawn."""
    texts = [unix_lines(query).strip(), unix_lines(variables).strip()]
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def hold_in_tab(
    user: User,
    profile: CredentialProfile,
    tab_id: str,
    saved: SavedQuery,
    content: Content,
    *,
    tab_state: str,
) -> Tab | None:
    """Let the teammate's tab show what was saved from it; None where it is no tab of theirs.

    Where another window has changed it since `tab_state`, that stays, and a new tab is opened.
    """
    tab, draft = own_tab(user, tab_id), draft_in(user, tab_id)
    if tab is None:
        return None
    new = Draft(content.query, content.variables, content.role, content.operation_name)
    try:
        if draft and text_state(draft.query, draft.variables) != tab_state:
            raise ChangedElsewhere(tab)
        tabs.save_draft(user, tab.pk, new, profile=profile, version=tab.version, window="")
    except ChangedElsewhere:
        tab = tabs.open_tab(
            user,
            profile,
            query=new.query,
            variables=new.variables,
            role=new.role,
            operation_name=new.operation_name,
        )
    tabs.rename(tab, content.name)
    _note(tab, saved)
    return tab


def opened_in(user: User, tab_id: str) -> OpenedTab | None:
    """What the tab holds, as long as the teammate may see it."""
    tab = own_tab(user, tab_id)
    if tab is None:
        return None
    opened = OpenedTab.objects.select_related("saved").filter(tab=tab).first()
    if opened is None:
        return None
    visible = SavedQuery.objects.visible_to(user).filter(pk=opened.saved_id)
    return opened if visible.exists() else None


def draft_in(user: User, tab_id: str) -> Draft | None:
    """What stands in the teammate's tab; None where it is none of theirs, or does not open."""
    tab = own_tab(user, tab_id)
    try:
        return tabs.read_draft(tab) if tab else None
    except DraftUnreadable:
        return None


def own_tab(user: User, tab_id: str) -> Tab | None:
    pk = _uuid(tab_id)
    return Tab.objects.visible_to(user).filter(pk=pk).first() if pk else None


def _note(tab: Tab, saved: SavedQuery) -> None:
    newest_now = {"saved": saved, "version": saved.version}
    OpenedTab.objects.update_or_create(tab=tab, defaults=newest_now)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
