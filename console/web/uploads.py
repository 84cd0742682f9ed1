"""Uploaded files are dropped unread, except by views that take them, and those stay in memory.

    @takes_files
    def saved_import(request):
        request.FILES.getlist("uploads")

console/web/body_limit.py bounds them, with all the rest of a body.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(view: View) -> View:
    """Mark a view that reads `request.FILES`."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def reads_files(request: HttpRequest | None) -> bool:
    """Whether the view that answers `request` takes files."""
    match = getattr(request, "resolver_match", None)
    return match is not None and hasattr(match.func, "takes_files")


class FilesOfViewsThatTakeThem(MemoryFileUploadHandler):
    """Django's handler for files in memory, on duty only where the view takes files."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        self.activated = reads_files(self.request)
