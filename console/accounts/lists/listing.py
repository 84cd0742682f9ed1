"""What a list shows: one page by DPaaS, or a page of what was found in the whole list."""

from dataclasses import dataclass
from typing import Any

from console.accounts import services
from console.accounts.lists.finding import find
from console.accounts.lists.kinds import ListKind
from console.accounts.lists.state import ListState, needs_walk, sent_filters
from console.accounts.lists.walks import Record, Walked, walk_list
from console.profiles.models import CredentialProfile
from console.upstream.errors import GatewayRefused, Refused
from console.upstream.pages import Page, UnreadableRow
from console.upstream.timeline import Timeline
from console.upstream.upstream_error import UpstreamError

NO_SUCH_LIST = (404, 405)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of rows, or why there is none. `walked`: the list it was found in, if it was read."""

    kind: ListKind[Any]
    timeline: Timeline
    value: Page[Any] | None = None
    failure: UpstreamError | None = None
    walked: Walked | None = None

    @property
    def is_reading(self) -> bool:
        """Whether the list is not read to its end yet."""
        return self.walked is not None and self.walked.is_reading

    @property
    def is_missing(self) -> bool:
        """Whether the API says that it has no such list. Of a path that it does not know, a
        framework may say so by a web page."""
        failure = self.failure
        return (
            self.kind.may_be_missing
            and isinstance(failure, Refused | GatewayRefused)
            and failure.status in NO_SUCH_LIST
        )


def read_list(profile: CredentialProfile, kind: ListKind[Any], state: ListState) -> Listing:
    filters = sent_filters(state, kind)
    if needs_walk(state, kind):
        return _found(walk_list(profile, kind, filters), kind, state)
    result = services.list_page(
        profile,
        kind.path,
        kind.read,
        page=state.page,
        quantity=state.quantity,
        order_by=state.order_by,
        filters=filters,
        operation=f"list {kind.plural}",
    )
    return Listing(kind, result.timeline, result.value, result.failure)


def _found(walked: Walked, kind: ListKind[Any], state: ListState) -> Listing:
    found = find(walked.records, kind, state)
    begin = (state.page - 1) * state.quantity
    rows = tuple(as_row(record, kind) for record in found[begin : begin + state.quantity])
    page: Page[Any] = Page(len(found), state.page, state.quantity, rows)
    return Listing(kind, walked.timeline, page, walked.failure, walked)


def as_row(record: Record, kind: ListKind[Any]) -> Any:
    return record if isinstance(record, UnreadableRow) else kind.read(record)
