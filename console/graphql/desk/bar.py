"""What stands around the text of a tab: the teammate's tabs, and the last answer of this one."""

from functools import cached_property

from console.graphql.desk import tabs
from console.graphql.desk.models import Tab
from console.graphql.forms import QueryForm
from console.graphql.history.models import Run
from console.graphql.results import ShownResult, find_kept
from console.profiles.selection import Selection
from console.team.models import User


class Desk:
    """Each part is read when the template asks for it."""

    def __init__(self, user: User, selection: Selection, form: QueryForm) -> None:
        self._user, self._selection, self._form = user, selection, form

    @cached_property
    def tabs(self) -> list[Tab]:
        return tabs.tabs_of(self._user)

    @cached_property
    def closed(self) -> list[Tab]:
        return tabs.closed_tabs_of(self._user)

    @property
    def current_id(self) -> str:
        return str(self._form["tab"].value() or "")

    @property
    def current(self) -> Tab | None:
        """None for a new tab, which is kept once something is typed."""
        return next((tab for tab in self.tabs if str(tab.pk) == self.current_id), None)

    @cached_property
    def mutation_under_way(self) -> Run | None:
        """The teammate's newest mutation here that has no answer yet. A teammate who comes back to
        the page must not take it for one that was not sent."""
        if self._selection.target is None:
            return None
        mine = Run.objects.visible_to(self._user).of_target(self._selection.target)
        return mine.of_kind("mutation").under_way().defer("sealed").first()

    @cached_property
    def kept(self) -> ShownResult | None:
        """The last answer to a run in this tab, if it is kept and came from this target."""
        tab = self.current
        if tab is None or tab.result_id is None:
            return None
        return find_kept(self._user, tab.result_id, self._selection.target)
