"""Find what an address names, among what the teammate may see: a stranger gets 404."""

import uuid
from typing import Any

from django.http import Http404

from console.graphql.library.contents import Content, ContentLost, open_content
from console.graphql.library.models import SavedQuery, SavedVersion
from console.graphql.library.saving import find_version, newest
from console.profiles.selection import Selection
from console.team.gate import TeammateRequest


def find_saved(request: TeammateRequest, selection: Selection, pk: uuid.UUID) -> SavedQuery:
    """A saved query of the page's target, one's own or shared. Raises Http404."""
    if selection.target is None:
        raise Http404
    visible = SavedQuery.objects.visible_to(request.user).of_target(selection.target)
    saved = visible.with_owner().filter(pk=pk).first()
    if saved is None:
        raise Http404
    return saved


def find_own(request: TeammateRequest, selection: Selection, pk: uuid.UUID) -> SavedQuery:
    """The same, for what its owner alone may do; where that one is gone, everybody."""
    saved = find_saved(request, selection, pk)
    if not saved.may_manage(request.user):
        raise Http404
    return saved


def find_number(saved: SavedQuery, number: int) -> SavedVersion:
    try:
        return find_version(saved, number)
    except SavedVersion.DoesNotExist:
        raise Http404 from None


def content_of(saved: SavedQuery) -> Content | None:
    """The newest texts; None where they do not open any more."""
    try:
        return open_content(newest(saved))
    except (ContentLost, SavedVersion.DoesNotExist):
        return None


def form_version(request: Any) -> int:
    """The version that a form was opened with; 0 where it names none."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
