"""The part of a result that a screen shows: 12 MB of JSON become a page of some 100 kB."""

from dataclasses import dataclass

from console.graphql.models import StoredResult
from console.upstream.dxtra import GraphQLError, GraphQLResult
from console.upstream.preview import Preview, Table, preview

MAX_BYTES = 64 * 1024  # of indented JSON
MAX_ROWS = 100


@dataclass(frozen=True, slots=True)
class ShownResult:
    """What the screen draws. `stored`: the whole result for download, if it was stored."""

    preview: Preview
    size: int  # bytes of the whole
    errors: tuple[GraphQLError, ...]
    failed_actions: tuple[str, ...]  # a sentence each
    has_data: bool
    stored: StoredResult | None

    @property
    def table(self) -> Table | None:
        return self.preview.table

    @property
    def is_truncated(self) -> bool:
        return self.preview.truncated

    @property
    def shown_bytes(self) -> int:
        return len(self.preview.text.encode())


def show(
    result: GraphQLResult, failed: tuple[str, ...], stored: StoredResult | None = None
) -> ShownResult:
    """Return what the screen draws of `result`. `failed`: see failed_actions."""
    return ShownResult(
        preview=preview(result.body, max_bytes=MAX_BYTES, max_rows=MAX_ROWS),
        size=len(result.body),
        errors=result.errors,
        failed_actions=failed,
        has_data=result.has_data,
        stored=stored,
    )
