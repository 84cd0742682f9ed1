"""Static files by the names of another release, too, while two releases run side by side."""

import re
from typing import Any

from django.http import HttpRequest
from whitenoise.middleware import WhiteNoiseMiddleware

HASHED = re.compile(r"\.[0-9a-f]{12}(?=\.[a-z0-9]+$)")  # as Django's manifest storage names files


class StaticFilesMiddleware(WhiteNoiseMiddleware):
    """WhiteNoise's. A name whose hash is not ours gets today's file, which is kept for a minute.

    A page of the release before, or of the next one, may ask this process for its files. On a
    platform each release has files of its own alone.
    """

    def __call__(self, request: HttpRequest) -> Any:  # type: ignore[override]
        path = request.path_info
        if path.startswith(self.static_prefix) and path not in self.files:
            current = self.files.get(HASHED.sub("", path))
            if current is not None:
                return self.serve(current, request)  # type: ignore[no-untyped-call]
        return super().__call__(request)  # type: ignore[no-untyped-call]
