"""Uploaded files are dropped unread, except by views that take them, and those stay in memory.

    @takes_files(max_bytes=16 * 1024 * 1024)
    def saved_import(request):
        request.FILES.getlist("uploads")

console/web/body_limit.py bounds them, with all the rest of a body: by `max_bytes`, for those who
have signed in, where that is more than other bodies may have. It must be the outermost decorator.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(*, max_bytes: int = 0) -> Callable[[View], View]:
    """Mark a view that reads `request.FILES`. `max_bytes`: of the whole body."""

    def mark(view: View) -> View:
        view.takes_files = True  # type: ignore[attr-defined]
        view.max_body = max_bytes  # type: ignore[attr-defined]
        return view

    return mark


def reads_files(request: HttpRequest | None) -> bool:
    """Whether the view that answers `request` takes files."""
    match = getattr(request, "resolver_match", None)
    return match is not None and hasattr(match.func, "takes_files")


class FilesOfViewsThatTakeThem(MemoryFileUploadHandler):
    """Django's handler for files in memory, on duty only where the view takes files."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = reads_files(self.request)
