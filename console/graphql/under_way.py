"""The runs of this process whose answer has not come: the history records them at a stop."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from uuid import UUID, uuid4

from console.graphql.request import GraphQLRequest
from console.upstream.timeline import Timeline

runs_under_way: dict[UUID, tuple[GraphQLRequest, Timeline]] = {}
ending = Lock()  # held while one of them is recorded, so that it does not end meanwhile


@contextmanager
def under_way(request: GraphQLRequest, timeline: Timeline) -> Iterator[UUID]:
    """Within the block the run counts as under way, by the id that it is recorded by."""
    run_id = request.run_id or uuid4()
    runs_under_way[run_id] = request, timeline
    try:
        yield run_id
    finally:
        with ending:
            del runs_under_way[run_id]
