"""Saved views: a name for what a list shows. What is searched for may be personal: it is sealed."""

from console.accounts.lists.kinds import ListKind
from console.accounts.lists.models import SavedView
from console.profiles.targets import Target
from console.team.models import User
from console.vault.sealing import CannotUnseal, Context, seal_bytes, unseal_bytes

MAX_VIEWS = 50  # of one list
FULL = "You have 50 views of this list. Delete one first."


class ViewRefused(Exception):
    """The view cannot be saved; `sentence` says why, for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def views_of(user: User, target: Target, kind: ListKind[object]) -> list[SavedView]:
    mine = SavedView.objects.visible_to(user)
    return list(mine.filter(target=target.slug, screen=kind.screen)[:MAX_VIEWS])


def save_view(
    user: User, target: Target, kind: ListKind[object], *, name: str, query: str
) -> SavedView:
    """Save `query`, a query string, under `name`; an earlier view of the name is replaced. Raises
    ViewRefused."""
    key = {"owner": user, "target": target.slug, "screen": kind.screen, "name": name}
    view = SavedView.objects.filter(**key).first() or SavedView(**key)
    if view._state.adding and len(views_of(user, target, kind)) >= MAX_VIEWS:
        raise ViewRefused(FULL)
    view.sealed = seal_bytes(query.encode(), context=context_of(view))
    view.save()
    return view


def query_of(view: SavedView) -> str:
    """The query string of a view; empty where it does not open."""
    try:
        return unseal_bytes(bytes(view.sealed), context=context_of(view)).decode()
    except CannotUnseal:
        return ""


def context_of(view: SavedView) -> Context:
    return Context(view._meta.db_table, str(view.pk), "sealed", str(view.owner_id))
